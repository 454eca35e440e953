/** `DELETE /me`. */
import { accountDeletion } from "../desk/leaving.ts";
import { type Operation, operation } from "./operation.ts";

export const answers = { AccountDeletion: accountDeletion };

export const operations: readonly Operation[] = [
  operation({
    id: "deleteMe",
    method: "DELETE",
    path: "/me",
    tag: "Profile",
    summary: "Delete my account, with everything in it",
    description:
      "Entries, budgets, files in all their versions, reports, notifications, subscription, profile and sign-in: for good. Works while the database sleeps, and wakes it. From this answer on every token of this user is refused (`account-deleted`) until it has ended by itself; so it is the last that they get. A job does the work, and looks into each place again when it is done: operators find its counts under `/runs`. Sent again it is the same job. What the history says of who woke the database stays, and so do backups, until they end.",
    responses: {
      202: {
        description: "It is going to be deleted.",
        schema: accountDeletion,
        example: { id: "5cb9996f-f98f-8a87-b999-c89e5a79fc6b", state: "waiting", refusedUntil: "2026-11-21T18:05:00.000Z" },
      },
    },
    problems: ["unavailable"],
  }),
];
