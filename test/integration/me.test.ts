import { expect, test } from "vitest";
import { startForTest } from "./harness.ts";

test("people have a profile, with the e-mail of their sign-in, while the database sleeps, and it goes on sleeping", async () => {
  await using run = await startForTest({ settings: { idleMinutes: 30, checkMinutes: 10, drainSeconds: 10 } });
  const first = await run.ask("/me", { as: "ann", headers: { "accept-language": "de-AT, en;q=0.5" } });
  expect(first).toMatchObject({
    status: 200,
    body: {
      username: "ann",
      email: "ann@example.com",
      name: "",
      displayCurrency: "EUR",
      timeZone: "UTC",
      locale: "de-AT",
      firstWeekday: 1,
      payday: null,
      version: 0,
    },
  });
  expect(first.headers.get("etag")).toBe('"0"');
  const change = (json: object, headers: Record<string, string> = {}) => run.ask("/me", { as: "ann", method: "PATCH", json, headers });
  expect(await change({ name: "Ann", timeZone: "Europe/Vienna", payday: 25 }, { "if-match": '"0"' })).toMatchObject({
    status: 200,
    body: { version: 1, payday: 25 },
  });
  expect(await change({ payday: 1 }, { "if-match": '"0"' })).toMatchObject({ status: 412, body: { type: "/problems/changed-meanwhile", version: 1 } });
  expect(await change({ email: "eve@example.com" })).toMatchObject({ status: 422, body: { errors: [{ pointer: "/email" }] } });
  expect((await run.ask("/me", { as: "ann" })).body).toMatchObject({ name: "Ann", timeZone: "Europe/Vienna", email: "ann@example.com", version: 1 });
  expect((await run.ask("/me", { as: "bob" })).body).toMatchObject({ username: "bob", email: "bob@example.com", name: "", version: 0 });
  expect((await run.ask("/me", {})).status).toBe(401);
  expect(run.calls.filter(({ allowed }) => !allowed)).toEqual([]);
  expect(run.sent("StartDBInstance")).toBe(0);
});
