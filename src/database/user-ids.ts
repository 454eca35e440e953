/** Who there is, for work over all users: by the one role that may see them. */
import type { Users } from "../jobs/fan-out.ts";
import type { WhileServing } from "./while-serving.ts";

/** `asJobs`: as the role `dormouse_jobs`. A user who comes while it runs is met if the order of ids has it so. */
export async function allUsers(asJobs: WhileServing): Promise<Users> {
  const { total } = await asJobs.use((db) =>
    db
      .selectFrom("users")
      .select(({ fn }) => fn.count<string>("id").as("total"))
      .executeTakeFirstOrThrow(),
  );
  return {
    total: Number(total),
    async page(after, limit) {
      const from = asJobs.use((db) => {
        const ids = db.selectFrom("users").select("id").orderBy("id").limit(limit);
        return (after === null ? ids : ids.where("id", ">", after)).execute();
      });
      return (await from).map(({ id }) => id);
    },
  };
}
