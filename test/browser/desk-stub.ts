/** The routes of the stub that answer while the database sleeps: work, notifications, mails. Nothing happens by itself. */
import { randomUUID } from "node:crypto";
import type { Choices, Export, Import, ImportRow, Job, News, Subscription } from "../../src/console/desk/types.ts";

export interface DeskAnswer {
  status: number;
  body: unknown;
}

export interface DeskStub {
  /** Newest first, both. */
  jobs: Job[];
  news: News[];
  exports: Export[];
  imports: Import[];
  /** Of any import: those that are not to be entered. */
  importRows: Partial<ImportRow>[];
  subscription: Subscription;
  choices: Choices;
  /** By id. What is uploaded for one is looked at by a test, which changes its state. */
  receipts: Map<string, { fileName: string; state: "awaiting" | "ready" | "refused"; reason: string | null; uploaded: string | null }>;
  /** Whether its routes are there at all. */
  there: boolean;
  /** Null for a route of others. */
  answer(method: string, url: URL, body: Record<string, unknown>): DeskAnswer | null;
}

export const newsOf = (subject: string, more: Partial<News> = {}): News => ({
  id: randomUUID(),
  kind: "budget-threshold",
  subject,
  text: `${subject}: the whole of it.`,
  data: {},
  state: "sent",
  deliveryMethod: "sns",
  reason: null,
  createdAt: new Date().toISOString(),
  read: false,
  readAt: null,
  ...more,
});

export const jobOf = (state: Job["state"], more: Partial<Job> = {}): Job => {
  const at = new Date().toISOString();
  return { id: randomUUID(), kind: "recap", state, attempt: 0, progress: null, result: null, reason: null, createdAt: at, updatedAt: at, ...more };
};

export const importOf = (state: Import["state"], more: Partial<Import> = {}): Import => {
  const at = new Date().toISOString();
  const nothing = { reason: null, read: null, counts: null, undone: null, progress: null };
  return { id: randomUUID(), format: "csv", accountId: ACCOUNT.id, mapping: {}, state, ...nothing, createdAt: at, updatedAt: at, ...more };
};

const ACCOUNT = { id: randomUUID(), version: 1, name: "Giro", type: "asset", currency: "EUR", archived: false };

function importAnswer(
  stub: DeskStub,
  method: string,
  list: string,
  id: string | undefined,
  more: string | undefined,
  body: Record<string, unknown>,
): DeskAnswer {
  if (list === "accounts") return { status: 200, body: { items: [ACCOUNT], next: null } };
  if (method === "GET" && id === undefined) return { status: 200, body: { items: stub.imports, next: null } };
  if (method === "GET" && more === "rows") return { status: 200, body: { items: stub.importRows, next: null } };
  if (method === "POST" && id === undefined) {
    const made = importOf("awaiting", { format: body.format as Import["format"], accountId: String(body.accountId) });
    stub.imports.unshift(made);
    // Its form is posted where those of receipts are.
    stub.receipts.set(made.id, { fileName: "", state: "awaiting", reason: null, uploaded: null });
    return { status: 201, body: { ...made, upload: { url: "/uploads", fields: { key: made.id } } } };
  }
  const found = stub.imports.find((one) => one.id === id);
  if (found === undefined) return { status: 404, body: { detail: "There is no such import." } };
  if (method !== "GET") {
    found.state = method === "DELETE" ? "undoing" : more === "check" ? "checking" : "committing";
    found.mapping = (body?.mapping as Record<string, unknown> | undefined) ?? found.mapping;
    stub.jobs.unshift(jobOf("running", { kind: "import" }));
  }
  return { status: method === "GET" ? 200 : 202, body: found };
}

export function deskStub(): DeskStub {
  const stub: DeskStub = {
    jobs: [],
    news: [],
    exports: [],
    imports: [],
    importRows: [],
    subscription: { state: "none", deliveryMethod: null, address: "ann@example.org", since: null, reason: null },
    choices: {
      notifications: { "budget-threshold": true, "large-expense": true, "report-ready": true, "weekly-recap": false },
      largeExpense: null,
      weeklyReport: false,
    },
    receipts: new Map(),
    there: true,
    answer(method, url, body) {
      const [, list, id, more] = url.pathname.split("/");
      if (!stub.there) return null;
      if (list === "imports" || list === "accounts") return importAnswer(stub, method, list, id, more, body);
      switch (`${method} /${list}${id === undefined ? "" : id === "subscription" ? "/subscription" : "/{id}"}`) {
        case "GET /jobs":
          return { status: 200, body: { items: stub.jobs.slice(0, Number(url.searchParams.get("limit") ?? "50")), next: null } };
        case "POST /jobs": {
          const made = jobOf("waiting", { kind: String(body.kind) });
          stub.jobs.unshift(made);
          return { status: 202, body: made };
        }
        case "POST /me/{id}": {
          if (more !== undefined) {
            stub.jobs.unshift(jobOf("waiting", { kind: "restore" }));
            return { status: 202, body: stub.jobs[0] };
          }
          const file = randomUUID();
          stub.receipts.set(file, { fileName: "", state: "awaiting", reason: null, uploaded: null });
          return { status: 201, body: { id: file, upload: { url: "/uploads", fields: { key: file } } } };
        }
        case "GET /exports":
          return { status: 200, body: { items: stub.exports, next: null } };
        case "POST /exports": {
          const job = jobOf("waiting", { kind: "export" });
          stub.jobs.unshift(job);
          const { id: made, state, createdAt, updatedAt } = job;
          stub.exports.unshift({
            id: made,
            state,
            request: { format: String(body.format), filter: {} },
            progress: null,
            file: null,
            reason: null,
            createdAt,
            updatedAt,
          });
          return { status: 202, body: stub.exports[0] };
        }
        case "GET /exports/{id}":
          return { status: 200, body: { url: `/files/${id}`, fileName: "dormouse.json", expiresAt: new Date().toISOString() } };
        case "GET /notifications": {
          const from = Number(url.searchParams.get("cursor") ?? "0");
          const until = from + Number(url.searchParams.get("limit") ?? "50");
          const unread = stub.news.filter(({ read }) => !read).length;
          return { status: 200, body: { items: stub.news.slice(from, until), next: until < stub.news.length ? String(until) : null, unread } };
        }
        case "PATCH /notifications/{id}": {
          const read = body.read === true;
          stub.news = stub.news.map((each) => (each.id === id ? { ...each, read, readAt: read ? new Date().toISOString() : null } : each));
          return { status: 200, body: stub.news.find((each) => each.id === id) };
        }
        case "GET /notifications/subscription":
          return { status: 200, body: stub.subscription };
        case "POST /notifications/subscription":
          stub.subscription = { ...stub.subscription, state: "pending", reason: null };
          return { status: 202, body: stub.subscription };
        case "DELETE /notifications/subscription":
          stub.subscription = { ...stub.subscription, state: "none", reason: null };
          return { status: 204, body: undefined };
        case "DELETE /me":
          return { status: 202, body: { id: randomUUID(), state: "waiting", refusedUntil: new Date().toISOString() } };
        case "GET /me":
          return { status: 200, body: stub.choices };
        case "PATCH /me": {
          const { notifications = {}, ...others } = body as Partial<Choices>;
          stub.choices = { ...stub.choices, ...others, notifications: { ...stub.choices.notifications, ...notifications } };
          return { status: 200, body: stub.choices };
        }
        case "GET /receipts":
          return { status: 200, body: { items: [], next: null } };
        case "POST /receipts": {
          const made = randomUUID();
          stub.receipts.set(made, { fileName: String(body.fileName), state: "awaiting", reason: null, uploaded: null });
          return { status: 201, body: { id: made, state: "awaiting", upload: { url: "/uploads", fields: { key: made, "Content-Type": body.contentType } } } };
        }
        case "GET /receipts/{id}": {
          const found = stub.receipts.get(id ?? "");
          const download = found?.state === "ready" ? { url: `/files/${id}` } : null;
          return found ? { status: 200, body: { id, ...found, download } } : { status: 404, body: { detail: "There is no such receipt." } };
        }
        default:
          return null;
      }
    },
  };
  return stub;
}
