/**
 * A small stand-in for the API and the sign-in, which plays the phases when a test says so. It serves the real page under the real policy.
 * Time is the machine's; nothing happens by itself.
 */
import { randomUUID } from "node:crypto";
import type { DatabaseView, HistoryItem, Phase } from "../../src/console/types.ts";
import type { ConsoleBundle } from "./bundle.ts";
import { fillPage } from "./bundle.ts";
import { type DeskStub, deskStub } from "./desk-stub.ts";
import { type FinanceStub, financeStub } from "./finance-stub.ts";
import { listen, read, startIssuer } from "./issuer.ts";
import { asleep, pastDays } from "./past.ts";

export interface Seen {
  method: string;
  path: string;
  background: boolean;
  /** `Idempotency-Key` and `If-Match`. */
  key: string | null;
  ifMatch: string | null;
  user: string | null;
  body: unknown;
}
interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface Stub {
  url: string;
  authUrl: string;
  /** A page of another origin, with a strict policy of its own, that carries the button. */
  hostUrl: string;
  state: DatabaseView;
  history: HistoryItem[];
  finance: FinanceStub;
  desk: DeskStub;
  seen: Seen[];
  /** The next answer to `METHOD /path` (the query left out), instead of the usual one; once, or until taken away. */
  answers: Map<string, Answer & { times: number }>;
  /** Changes the phase and writes the ledger. */
  become(phase: Phase, more?: Partial<DatabaseView>): void;
  /** What the console keeps in the tab's storage when somebody has signed in. */
  session(name: string): { access: string; refresh: string };
  /** Tokens given out so far are refused from now on; with `refresh` refresh tokens too. */
  expire(refresh: boolean): void;
  close(): Promise<void>;
}

const second = 1_000;
const iso = (at: number) => new Date(at).toISOString();
const rdsStatus: Record<Phase, string> = { asleep: "stopped", waking: "starting", awake: "available", "falling-asleep": "stopping" };

export async function startStub(bundle: ConsoleBundle, part: "all" | "lifecycle" = "all"): Promise<Stub> {
  const issuer = await startIssuer();
  const filled = fillPage(bundle.page, { authUrl: issuer.url, clientId: "console", part });
  const sleeping = (): Answer => ({
    status: 503,
    body: { type: "about:blank", title: "Not serving", status: 503, detail: "The database is asleep. Wake it first." },
    headers: { "retry-after": "25" },
  });

  const usual = (method: string, url: URL, body: Record<string, unknown>): Answer => {
    switch (`${method} ${url.pathname}`) {
      case "GET /database":
        return { status: 200, body: stub.state };
      case "POST /database/start":
        if (stub.state.phase === "awake") return { status: 200, body: stub.state };
        stub.become("waking");
        return { status: 202, body: stub.state, headers: { "retry-after": "2" } };
      case "POST /database/stop":
        if (stub.state.leases.length > 0 && body.force !== true)
          return {
            status: 409,
            body: {
              title: "The database is needed",
              status: 409,
              detail: "olga asked for sleep; refused.",
              blockers: stub.state.leases.map(({ by, why }) => ({ kind: "lease", what: `${by}: ${why}` })),
            },
          };
        stub.become("falling-asleep");
        return { status: 202, body: stub.state };
      case "PUT /database/hold":
        stub.state.hold = { until: String(body.until), by: "olga", reason: String(body.reason) };
        stub.state.sleepsAt = null;
        return { status: 200, body: stub.state };
      case "DELETE /database/hold":
        stub.state.hold = null;
        return { status: 200, body: stub.state };
      case "GET /database/history": {
        const from = Number(url.searchParams.get("cursor") ?? "0");
        const limit = Number(url.searchParams.get("limit") ?? "50");
        const next = from + limit < stub.history.length ? String(from + limit) : null;
        return { status: 200, body: { items: stub.history.slice(from, from + limit), next } };
      }
      case "GET /database/savings": {
        const month = new Date().toISOString().slice(0, 7);
        const sums = { awakeSeconds: 324_000, asleepSeconds: 1_483_200, spent: "1.62", saved: "7.42" };
        return {
          status: 200,
          body: { currency: "USD", pricePerHour: "0.018", since: "2026-03-03T08:00:00Z", ...sums, saved: "31.20", months: [{ month, ...sums }] },
        };
      }
      default:
        return { status: 404, body: { message: "Not Found" } };
    }
  };

  const cors = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "authorization,content-type,dormouse-background",
    "access-control-allow-methods": "GET,POST,PUT,DELETE",
    "access-control-expose-headers": "Retry-After",
  };
  const api = await listen(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://stub");
    const method = request.method ?? "GET";
    if (method === "OPTIONS") {
      response.writeHead(204, cors).end();
      return;
    }
    if (url.pathname === "/") {
      response
        .writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": filled.policy, "cache-control": "no-store" })
        .end(filled.html);
      return;
    }
    if (url.pathname === "/dormouse-button.js") {
      response.writeHead(200, { ...cors, "content-type": "text/javascript; charset=utf-8" }).end(bundle.button);
      return;
    }
    const text = await read(request);
    if (url.pathname === "/uploads") {
      // What S3 does with a form: no token, the key among the fields, the file last.
      const [, id = ""] = /name="key"\r\n\r\n([^\r]+)/.exec(text) ?? [];
      const receipt = stub.desk.receipts.get(id);
      if (receipt) receipt.uploaded = text;
      response.writeHead(receipt ? 204 : 403, cors).end();
      return;
    }
    if (url.pathname.startsWith("/files/")) {
      response.writeHead(200, { "content-type": "text/plain", "content-disposition": "attachment" }).end("a file");
      return;
    }
    const body: unknown = text ? JSON.parse(text) : null;
    const token = (request.headers.authorization ?? "").replace("Bearer ", "");
    const user = issuer.userOf(token);
    const header = (name: string) => request.headers[name]?.toString() ?? null;
    const [idempotencyKey, ifMatch] = [header("idempotency-key"), header("if-match")];
    stub.seen.push({ method, path: url.pathname, background: request.headers["dormouse-background"] === "?1", key: idempotencyKey, ifMatch, user, body });
    const key = `${method} ${url.pathname}`;
    const planned = stub.answers.get(key);
    if (planned && --planned.times <= 0) stub.answers.delete(key);
    const given = (body ?? {}) as Record<string, unknown>;
    const usually = (): Answer => {
      const desk = stub.desk.answer(method, url, given);
      if (desk !== null) return desk;
      if (!/^\/(categories|expenses|summary|budgets|insights)/.test(url.pathname)) return usual(method, url, given);
      if (!stub.state.serving) return sleeping();
      return stub.finance.answer(method, url, given, { key: idempotencyKey, ifMatch }) ?? usual(method, url, given);
    };
    const answer = user === null ? { status: 401, body: { message: "Unauthorized" } } : (planned ?? usually());
    const type = answer.status >= 400 ? "application/problem+json" : "application/json";
    response.writeHead(answer.status, { ...cors, "content-type": type, ...answer.headers }).end(JSON.stringify(answer.body));
  });

  const host = await listen(async (request, response) => {
    const name = new URL(request.url ?? "/", "http://stub").searchParams.get("as") ?? "ann";
    const script = `const button = document.querySelector("dormouse-button"); window.events = [];
for (const name of ["dormouse-phase", "dormouse-awake", "dormouse-error"]) document.addEventListener(name, (event) => window.events.push({ name, detail: event.detail }));
button.getToken = () => "${issuer.token(name)}";`;
    const nonce = randomUUID();
    const policy = `default-src 'none'; script-src ${api.url} 'nonce-${nonce}'; connect-src ${api.url}; base-uri 'none'`;
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy });
    response.end(
      `<!doctype html><html lang="en"><title>Host</title><h1>Somebody’s app</h1><dormouse-button api="${api.url}"></dormouse-button><script type="module" src="${api.url}/dormouse-button.js"></script><script type="module" nonce="${nonce}">${script}</script></html>`,
    );
  });

  const stub: Stub = {
    url: api.url,
    authUrl: issuer.url,
    hostUrl: host.url,
    state: asleep(Date.now()),
    history: pastDays(9, Date.now()),
    finance: financeStub(),
    desk: deskStub(),
    seen: [],
    answers: new Map(),
    become(phase, more = {}) {
      const now = Date.now();
      const before = stub.state;
      const lastedSeconds = Math.round((now - Date.parse(before.since)) / 1000);
      const words: Record<Phase, [string, string]> = {
        asleep: ["stopped", "stopped, idle for 63 min, limit 60"],
        waking: ["wake", "ann pressed restart database"],
        awake: ["within-limit", "used 0 min ago, limit 60"],
        "falling-asleep": ["idle-limit", "idle for 63 min, limit 60"],
      };
      const [code, reason] = words[phase];
      const item = {
        at: iso(now),
        from: before.phase,
        phase,
        action: phase === "waking" ? "start" : "none",
        code,
        cause: "button",
        by: "ann",
        reason,
        rdsStatus: rdsStatus[phase],
        lastedSeconds,
      };
      if (before.phase !== phase) stub.history.unshift(item);
      stub.state = {
        ...before,
        phase,
        serving: phase === "awake",
        rdsStatus: rdsStatus[phase],
        since: iso(now),
        code,
        reason,
        sleepsAt: phase === "awake" ? iso(now + 60 * 60 * second) : null,
        lastActivityAt: phase === "awake" ? iso(now) : before.lastActivityAt,
        estimate: before.estimate ? { ...before.estimate, readyAt: phase === "waking" ? iso(now + before.estimate.p50Seconds * second) : null } : null,
        ...more,
      };
    },
    session: issuer.session,
    expire: issuer.expire,
    async close() {
      for (const { server } of [api, issuer, host]) {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
      }
    },
  };
  return stub;
}
