/** A real HTTP server that answers as told, and a client of it whose waiting costs no time. */
import type { IncomingMessage } from "node:http";
import { type Served, serve } from "../../local/serve.ts";
import type { ClientClock } from "../../src/client/clock.ts";
import { type Client, type ClientOptions, createClient } from "../../src/client/index.ts";

export interface Seen {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingMessage["headers"];
  body: unknown;
  /** On the client's clock. */
  at: number;
}

export interface Said {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** Ends the connection instead of answering. */
  cut?: boolean;
}

export interface Stage extends AsyncDisposable {
  url: string;
  seen: Seen[];
  /** What the client slept, in milliseconds, in order. */
  slept: number[];
  clock: ClientClock;
  client(options?: Partial<ClientOptions>): Client;
}

export const START = Date.UTC(2026, 10, 21, 9);

/** Time stands still while a request is under way, and jumps to the next one who sleeps when none is. */
function still() {
  let now = START;
  let busy = 0;
  const sleepers = new Set<{ until: number; wake: () => void }>();
  const slept: number[] = [];
  let ticking = false;
  async function tick(): Promise<void> {
    if (ticking) return;
    ticking = true;
    while (sleepers.size > 0) {
      // Several turns of the event loop without a request: whoever has something to do has begun it.
      for (let quiet = 0; quiet < 5; quiet = busy > 0 ? 0 : quiet + 1) await new Promise((resolve) => setTimeout(resolve, busy > 0 ? 1 : 0));
      const next = [...sleepers].sort((a, b) => a.until - b.until)[0];
      if (next === undefined) break;
      now = Math.max(now, next.until);
      next.wake();
    }
    ticking = false;
  }
  const clock: ClientClock = {
    now: () => now,
    random: () => 1,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        slept.push(ms);
        const sleeper = {
          until: now + ms,
          wake: () => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        signal?.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
        sleepers.add(sleeper);
        void tick();
      }),
  };
  const counted: typeof fetch = async (input, init) => {
    busy++;
    try {
      const response = await fetch(input, init);
      const text = await response.text();
      return new Response([204, 304].includes(response.status) ? null : text, { status: response.status, headers: response.headers });
    } finally {
      busy--;
    }
  };
  return { clock, slept, fetch: counted };
}

async function read(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const part of request) text += String(part);
  return text === "" ? undefined : JSON.parse(text);
}

/** `answer` says what each request gets; it may look at what came before. */
export async function stage(answer: (request: Seen, before: readonly Seen[]) => Said | Promise<Said>): Promise<Stage> {
  const { clock, slept, fetch: counted } = still();
  const seen: Seen[] = [];
  const server: Served = await serve(
    async (request, response) => {
      const one: Seen = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body: await read(request), at: clock.now() };
      const said = await answer(one, [...seen, one]);
      seen.push(one);
      if (said.cut) return void request.socket.destroy();
      const type =
        said.status >= 400 && typeof said.body === "object" && said.body !== null && "type" in said.body ? "application/problem+json" : "application/json";
      response.writeHead(said.status, { ...(said.body === undefined ? {} : { "content-type": type }), ...said.headers });
      response.end(said.body === undefined ? undefined : JSON.stringify(said.body));
    },
    { port: 0 },
  );
  let keys = 0;
  return {
    url: server.url,
    seen,
    slept,
    clock,
    client: (options = {}) => createClient({ baseUrl: server.url, token: () => "token-1", fetch: counted, clock, newKey: () => `key-${++keys}`, ...options }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Problem details as the service sends them. */
export const problemOf = (kind: string, status: number, more: Record<string, unknown> = {}, headers: Record<string, string> = {}): Said => ({
  status,
  body: { type: `/problems/${kind}`, title: "A title", status, detail: `The detail of ${kind}.`, ...more },
  headers,
});
