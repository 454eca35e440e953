import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { operations } from "../../../src/http/openapi/index.ts";
import type { DatabaseState } from "../../../src/lifecycle/state.ts";
import { asleep, awake, control, HOUR, intent, type Memory, NOW } from "../control/memory.ts";
import { type Answer, textCall } from "../events.ts";
import { checkAnswer, faultsOf } from "./answers.ts";
import { type Request, requestOf } from "./generate.ts";

const states: Record<string, Partial<DatabaseState> | null> = {
  unknown: null,
  asleep,
  "asleep, with wakes to learn from": { ...asleep, wakeSeconds: [20, 30, 200] },
  waking: { ...asleep, phase: "waking", rdsStatus: "starting", wake: intent(), lastWakeAt: NOW - 1000 },
  awake,
  "awake and held, with leases": {
    ...awake,
    hold: { until: NOW + HOUR, by: "olga", reason: "demo" },
    leases: { "0193e0f6-0000-7000-8000-000000000001": { by: "ann", why: "import", expiresAt: NOW + HOUR } },
  },
  "falling asleep": { ...awake, phase: "falling-asleep", serving: false },
  "in need of a human": { ...asleep, attention: { code: "no-capacity", since: NOW - HOUR, what: "No capacity.", doThis: "Wait." } },
  "of a newer version": { ...awake, v: 2 } as unknown as Partial<DatabaseState>,
};

const entries = Array.from({ length: 60 }, (_, index) => ({
  seq: 60 - index,
  at: NOW - index * HOUR,
  from: "asleep" as const,
  phase: "waking" as const,
  action: "start",
  code: "wake-intent",
  cause: "button",
  by: "ann",
  reason: "ann asked for it",
  rdsStatus: "stopped",
  minimumAddsSeconds: null,
  lastedSeconds: index % 2 === 0 ? 12.5 : null,
}));

const send = (memory: Memory, { method, path, headers, body }: Request, who: "ann" | "olga"): Promise<Answer> =>
  memory[who](textCall(method, path, body, headers));

describe("the control plane's answers", () => {
  const those = operations.filter(({ tag }) => tag === "Database");

  it.each(Object.entries(states))("are what the document declares, whatever is sent (%s)", async (_, state) => {
    const seen = new Set<string>();
    const request = fc.oneof(...those.map((each) => requestOf(each, () => ["0193e0f6-0000-7000-8000-000000000001", "id-1"])));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(request, fc.constantFrom("ann" as const, "olga" as const)), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (calls, watch) => {
          const memory = control(state, { wakesPerUserPerDay: 1, mode: watch ? "watch" : "manage" });
          memory.entries = entries;
          memory.totals = [{ month: "2026-11", awakeSeconds: 3600, asleepSeconds: 7200, minimumAddsSeconds: 60 }];
          for (const [call, who] of calls) {
            const answer = await send(memory, call, who);
            expect(answer.status, JSON.stringify(answer.body)).not.toBe(500);
            checkAnswer(call.method, call.path, answer);
            seen.add(`${answer.status}`);
          }
        },
      ),
      { numRuns: 150 },
    );
    expect(seen.size).toBeGreaterThan(3);
  });

  it("to a stop that is refused lists what stands against it, as declared", async () => {
    const memory = control(awake);
    memory.onAsk = async () => ({ phase: "awake", action: "refuse", code: "stop-refused", reason: "refused", blockers: [{ kind: "lease", what: "import" }] });
    const answer = await memory.olga({ method: "POST", path: "/database/stop" });
    expect(answer.status).toBe(409);
    checkAnswer("POST", "/database/stop", answer);
  });

  it("without a reconciler are unavailable, as declared", async () => {
    const memory = control(awake);
    memory.onAsk = async () => {
      throw new Error("no answer");
    };
    const answer = await memory.olga({ method: "POST", path: "/database/stop" });
    expect(answer.status).toBe(503);
    checkAnswer("POST", "/database/stop", answer);
  });
});

describe("the checker", () => {
  const good: Answer = { status: 200, headers: { "content-type": "application/json" }, body: { status: "ok" } };
  const asleepProblem = {
    status: 503,
    headers: { "content-type": "application/problem+json", "retry-after": "5" },
    body: { type: "/problems/database-asleep", title: "The database is not serving", status: 503, detail: "x", phase: "asleep", requestId: "r" },
  };

  it("takes an answer that is declared", () => {
    expect(faultsOf("GET", "/health?x=1", good)).toEqual([]);
    expect(faultsOf("POST", "/database/activity", asleepProblem)).toEqual([]);
  });

  it.each([
    ["a path that is none", "GET", "/nothing", good, "no such operation"],
    ["a status", "GET", "/health", { ...good, status: 418 }, "418"],
    ["a type", "GET", "/health", { ...good, headers: { "content-type": "text/plain" } }, "text/plain"],
    ["a field that does not fit", "GET", "/health", { ...good, body: { status: "fine" } }, "/status"],
    ["a field that nobody named", "GET", "/health", { ...good, body: { status: "ok", more: 1 } }, "more"],
    ["a field that is missing", "GET", "/health", { ...good, body: {} }, "status"],
    [
      "a header that is missing",
      "POST",
      "/database/activity",
      { ...asleepProblem, headers: { "content-type": "application/problem+json" } },
      "Retry-After is missing",
    ],
    [
      "a header that does not fit",
      "POST",
      "/database/activity",
      { ...asleepProblem, headers: { ...asleepProblem.headers, "retry-after": "soon" } },
      "Retry-After (soon)",
    ],
    ["a header that is not declared", "GET", "/health", { ...good, headers: { ...good.headers, etag: '"1"' } }, "etag is not declared"],
    [
      "a kind of problem that this route has not",
      "GET",
      "/database",
      { ...asleepProblem, body: { ...asleepProblem.body, type: "/problems/too-slow" } },
      "type",
    ],
    ["a body where none belongs", "DELETE", "/database/leases/x", { status: 204, headers: {}, body: { a: 1 } }, "there is a body"],
  ])("finds %s", (_, method, path, answer, said) => {
    expect(faultsOf(method, path, answer as Answer).join("\n")).toContain(said);
    expect(() => checkAnswer(method, path, answer as Answer)).toThrow(said);
  });
});
