import { describe, expect, it } from "vitest";
import type { DatabaseState } from "../../../src/lifecycle/state.ts";
import { awake, control, del, iso, NOW, post, put } from "./memory.ts";

const calls = [
  post("/database/start"),
  post("/database/stop"),
  put("/database/hold", { until: iso(NOW + 1000) }),
  del("/database/hold"),
  post("/database/activity"),
  post("/database/leases", { why: "work", expiresAt: iso(NOW + 1000) }),
  put("/database/leases/one", { expiresAt: iso(NOW + 1000) }),
  del("/database/leases/one"),
  { path: "/database/savings" },
];

const lease = { by: "olga", why: "work", expiresAt: NOW + 1000 };
const newer = () =>
  control({ ...awake, v: 2, leases: { one: lease }, hold: { until: NOW + 1000, by: "olga", reason: "" } } as unknown as Partial<DatabaseState>);

describe("a state item of a version that this code can't read", () => {
  it("is shown as attention, not serving, and nothing is written", async () => {
    const memory = newer();
    expect(await memory.olga({ path: "/database" })).toMatchObject({
      status: 200,
      body: { phase: "awake", serving: false, rdsStatus: "available", code: "unknown-version", attention: { code: "unknown-version" }, leases: [], hold: null },
    });
    expect(memory.writes).toBe(0);
  });

  it.each(calls.map((call) => [`${"method" in call ? call.method : "GET"} ${call.path}`, call] as const))(
    "is a problem for %s, and nothing is written",
    async (_, call) => {
      const memory = newer();
      const before = structuredClone(memory.item);
      const answer = await memory.olga(call);
      expect(answer).toMatchObject({ status: 503, body: { type: "/problems/state-unreadable", requestId: "request-1" } });
      expect(memory.item).toEqual(before);
      expect([memory.kicks, memory.asks]).toEqual([[], []]);
    },
  );
});
