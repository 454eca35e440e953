import { describe, expect, it } from "vitest";
import { api } from "../../src/http/api.ts";
import { refusing } from "../../src/http/refused.ts";
import { asleep, control, NOW } from "./control/memory.ts";
import { send } from "./events.ts";

const T0 = NOW;
const claims = (sub: string) => ({ sub, username: sub, "cognito:groups": "[operators]" });
const soon = new Date(T0 + 3_600_000).toISOString();

describe("whoever has deleted their account", () => {
  it.each([
    ["GET", "/database", undefined],
    ["POST", "/database/start", {}],
    ["POST", "/database/stop", {}],
    ["PUT", "/database/hold", { until: soon, reason: "x" }],
    ["DELETE", "/database/hold", undefined],
    ["POST", "/database/activity", {}],
    ["POST", "/database/leases", { why: "x", expiresAt: soon }],
    ["PUT", "/database/leases/one", { expiresAt: soon }],
    ["DELETE", "/database/leases/one", undefined],
  ])("is let in nowhere by control: %s %s", async (method, path, body) => {
    const memory = control({ ...asleep, refused: { ann: T0 } });
    const call = { method, path, body: body === undefined ? undefined : JSON.stringify(body), params: { id: "one" } };
    expect(await send(memory.handler, { ...call, claims: claims("ann") })).toMatchObject({ status: 403, body: { type: "/problems/account-deleted" } });
    expect([memory.writes, memory.kicks, memory.asks]).toEqual([0, [], []]);
    expect((await send(control({ ...asleep, refused: { ann: T0 } }).handler, { ...call, claims: claims("bob") })).status).not.toBe(403);
  });

  it("gets to no route that is asked for it before, and others do", async () => {
    const called: string[] = [];
    const route = { method: "GET", path: "/me", handler: () => ({ status: called.push("me") > 0 ? 200 : 500 }) } as const;
    const handler = api(
      refusing([route], async (sub) => (sub === "ann" ? T0 : null)),
      { logger: { info: () => {}, error: () => {} } },
    );
    expect((await send(handler, { path: "/me", claims: claims("ann") })).status).toBe(403);
    expect((await send(handler, { path: "/me" })).status).toBe(401);
    expect(called).toEqual([]);
    expect((await send(handler, { path: "/me", claims: claims("bob") })).status).toBe(200);
  });
});
