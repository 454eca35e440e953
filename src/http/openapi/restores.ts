/** `/me/restore`. */
import { jobShown } from "../desk/job-schemas.ts";
import { restoreMade } from "../desk/restores.ts";
import { waiting as waitingJob } from "./jobs.ts";
import { type Operation, operation } from "./operation.ts";

export const answers = { RestoreMade: restoreMade };

const id = "01931c5e-7c1d-7a52-9f6e-3b1c7d2e4f66";
const job = { ...waitingJob, id: "01931c5e-7c1d-8a52-9f6e-3b1c7d2e4f67", kind: "restore" };

export const operations: readonly Operation[] = [
  operation({
    id: "addRestore",
    method: "POST",
    path: "/me/restore",
    tag: "Exports",
    summary: "A form for an export that is to be brought back",
    description:
      "Works while the database sleeps, and writes nothing. The file, an export of everything as JSON of at most 50 MB, is posted to `upload.url` with `upload.fields` before it, in half an hour; then `POST /me/restore/{id}`.",
    headers: ["Idempotency-Key"],
    responses: {
      201: {
        description: "The form.",
        schema: restoreMade,
        headers: ["Location"],
        example: {
          id,
          upload: {
            url: "https://dormouse-files.s3.eu-central-1.amazonaws.com/",
            fields: { key: `imports/ann/${id}`, Policy: "eyJ…" },
            expiresAt: "2026-11-21T17:30:00.000Z",
          },
        },
      },
    },
    problems: [],
  }),
  operation({
    id: "beginRestore",
    method: "POST",
    path: "/me/restore/{id}",
    tag: "Exports",
    summary: "Bring an export back",
    description:
      "Works while the database sleeps, and wakes it, within what its user may wake it in a day. The file becomes categories, accounts, rates, balances, budgets and entries of whoever calls, who must have no entries yet. It is looked through first: nothing is entered of one that is broken. Asked for again it is the same job; `GET /jobs/{id}` says how far it is.",
    paramsExample: { id },
    responses: { 202: { description: "It is going to be done.", schema: jobShown, headers: ["Location", "Retry-After"], example: job } },
    problems: ["conflict", "not-found", "unavailable"],
  }),
];
