import { describe, expect, it } from "vitest";
import system from "../../../system.json" with { type: "json" };
import { send } from "../events.ts";
import { asleep, control } from "./memory.ts";

const routes = system.functions.control.http.filter(({ access }) => access !== "public");

/** The gateway's `$default` is public and ends in the same function: a path that the gateway does not know, and the router does, comes without an authorizer. */
describe("without claims of the gateway's authorizer", () => {
  it.each(routes.flatMap(({ method, path }) => [path, `${path}/`].map((at) => [method, at.replace("{id}", "one")] as const)))(
    "%s %s lets nobody in and tells nothing",
    async (method, path) => {
      const memory = control({ ...asleep, reason: "a secret reason" });
      const body = method === "GET" || method === "DELETE" ? undefined : "{}";
      const answer = await send(memory.handler, { method, path, body });
      // A body that does not fit may be said first.
      expect([401, 422]).toContain(answer.status);
      expect(JSON.stringify(answer.body)).not.toContain("secret");
      expect([memory.writes, memory.kicks, memory.asks]).toEqual([0, [], []]);
    },
  );

  it.each(routes.filter(({ method }) => method === "GET"))("$method $path is 401", async ({ path }) => {
    expect(await send(control(asleep).handler, { path })).toMatchObject({ status: 401, body: { type: "/problems/not-signed-in" } });
  });
});
