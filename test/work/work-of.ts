/** Work of one kind, as its runner gives it. */
import { newJob } from "../../src/jobs/job.ts";
import type { Work } from "../../src/jobs/ports.ts";
import { idOf } from "../finance/naive/world.ts";

/** `said`: what it was told of its progress, each time that something was. */
export function workMaker(kind: string, at: number) {
  let made = 0;
  return (parameters: Record<string, unknown>, userId: string | null = "ann", goOn: Work["goOn"] = async () => {}) => {
    const id = idOf(9, 1, ++made);
    const said: unknown[] = [];
    const work: Work = {
      job: newJob({ owner: userId ?? "system", id, kind, userId, by: "ann", parameters }, at),
      isLate: () => false,
      goOn: async (change) => {
        if (change !== undefined) said.push(change.progress);
        await goOn(change);
      },
    };
    return { id, work, said };
  };
}
