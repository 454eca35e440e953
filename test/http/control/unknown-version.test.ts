import { describe, expect, it } from "vitest";
import type { DatabaseState } from "../../../src/lifecycle/state.ts";
import { awake, control, del, iso, NOW, post, put } from "./memory.ts";

const calls = [
  { path: "/database" },
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

describe("a state item of a version that this code can't read", () => {
  it.each(calls.map((call) => [`${"method" in call ? call.method : "GET"} ${call.path}`, call] as const))(
    "is a problem for %s, and nothing is written",
    async (_, call) => {
      const lease = { by: "olga", why: "work", expiresAt: NOW + 1000 };
      const hold = { until: NOW + 1000, by: "olga", reason: "" };
      const memory = control({ ...awake, v: 2, leases: { one: lease }, hold } as unknown as Partial<DatabaseState>);
      const before = structuredClone(memory.item);
      const answer = await memory.olga(call);
      expect(answer).toMatchObject({ status: 503, body: { type: "/problems/state-unreadable", requestId: "request-1" } });
      expect(memory.item).toEqual(before);
      expect([memory.kicks, memory.asks]).toEqual([[], []]);
    },
  );
});
