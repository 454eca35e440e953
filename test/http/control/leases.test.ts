import { describe, expect, it } from "vitest";
import { MAX_LEASES } from "../../../src/lifecycle/writes.ts";
import { send } from "../events.ts";
import { asleep, awake, control, del, HOUR, iso, NOW, post, put } from "./memory.ts";

const DAY = 24 * HOUR;
const acquire = (expiresAt = NOW + HOUR, why = "a report") => post("/database/leases", { why, expiresAt: iso(expiresAt) });
const renew = (id: string, expiresAt = NOW + 2 * HOUR) => put(`/database/leases/${id}`, { expiresAt: iso(expiresAt) });
const release = (id: string) => del(`/database/leases/${id}`);
const anns = { by: "ann", why: "a report", expiresAt: NOW + HOUR };
const held = { ...awake, leases: { one: anns } };

describe("POST /database/leases", () => {
  it("is acquired by any user while the database serves, and found at its location", async () => {
    const memory = control(awake);
    const answer = await memory.ann(acquire());
    expect(answer).toMatchObject({ status: 201, headers: { location: "/database/leases/id-1" } });
    expect(answer.body).toEqual({ id: "id-1", by: "ann", why: "a report", expiresAt: iso(NOW + HOUR) });
    expect(memory.item).toMatchObject({ leases: { "id-1": { ...anns, sub: "s-ann" } }, rev: 1 });
    expect((await memory.ann({ path: "/database" })).body).toMatchObject({ leases: [answer.body] });
  });

  it("is refused while it does not serve, and wakes nothing", async () => {
    for (const state of [asleep, { ...awake, phase: "falling-asleep" as const, serving: false }, null]) {
      const memory = control(state);
      expect(await memory.ann(acquire())).toMatchObject({ status: 503, body: { type: "/problems/database-asleep" } });
      expect([memory.writes, memory.kicks]).toEqual([0, []]);
    }
  });

  it.each([
    [NOW, 422],
    [NOW + 1, 201],
    [NOW + DAY, 201],
    [NOW + DAY + 1, 422],
  ])("lasts a day at most: %d is %d", async (expiresAt, status) => {
    expect((await control(awake).ann(acquire(expiresAt))).status).toBe(status);
  });

  it("stops at a hundred, however many ask at once", async () => {
    const leases = Object.fromEntries(Array.from({ length: MAX_LEASES - 3 }, (_, index) => [`l${index}`, anns]));
    const memory = control({ ...awake, leases });
    const answers = await Promise.all(Array.from({ length: 10 }, () => memory.ann(acquire())));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(answers.find(({ status }) => status === 409)).toMatchObject({ body: { type: "/problems/conflict", detail: expect.stringContaining("100 leases") } });
    expect(Object.keys(memory.item?.leases ?? {})).toHaveLength(MAX_LEASES);
  });
});

describe("PUT /database/leases/{id}", () => {
  it("is renewed by its owner, and by an operator, and stays its owner's", async () => {
    const memory = control(held);
    expect(await memory.ann(renew("one"))).toMatchObject({ status: 200, body: { id: "one", by: "ann", why: "a report", expiresAt: iso(NOW + 2 * HOUR) } });
    expect(await memory.olga(renew("one", NOW + 3 * HOUR))).toMatchObject({ status: 200, body: { by: "ann" } });
    expect(memory.item?.leases).toEqual({ one: { ...anns, expiresAt: NOW + 3 * HOUR } });
  });

  it("is gone when it has ended, or nothing serves: the work has to stop", async () => {
    const ended = control({ ...awake, leases: { one: { ...anns, expiresAt: NOW } } });
    expect(await ended.ann(renew("one"))).toMatchObject({ status: 409, body: { type: "/problems/lease-gone" } });
    const draining = control({ ...held, phase: "falling-asleep", serving: false });
    expect(await draining.ann(renew("one"))).toMatchObject({ status: 409, body: { type: "/problems/lease-gone" } });
    expect(ended.writes + draining.writes).toBe(0);
  });

  it("is nobody else's: as good as none", async () => {
    const memory = control({ ...awake, leases: { one: { ...anns, by: "bob" } } });
    const others = await memory.ann(renew("one"));
    expect(others.status).toBe(404);
    expect((await memory.ann(renew("none"))).body).toEqual(others.body);
    expect((await memory.ann(release("one"))).status).toBe(404);
    expect(memory.writes).toBe(0);
  });

  it("belongs to the user, not to the name: who has it now is somebody else", async () => {
    const memory = control({ ...awake, leases: { one: { ...anns, sub: "s-ann-of-last-year" } } });
    expect((await memory.ann(renew("one"))).status).toBe(404);
    expect((await memory.ann(release("one"))).status).toBe(404);
    const renamed = control({ ...awake, leases: { one: { ...anns, by: "anna", sub: "s-ann" } } });
    expect(await renamed.ann(renew("one"))).toMatchObject({ status: 200, body: { by: "anna" } });
    expect((await renamed.ann(release("one"))).status).toBe(204);
  });

  it("tells whose it is before it looks at the body", async () => {
    const memory = control({ ...awake, leases: { one: { ...anns, by: "bob" } } });
    const body = (id: string) => put(`/database/leases/${id}`, { expiresAt: "never" });
    expect((await memory.ann(body("one"))).status).toBe(404);
    expect((await memory.ann(body("none"))).status).toBe(404);
    expect((await send(memory.handler, body("one"))).status).toBe(401);
    expect((await memory.olga(body("one"))).status).toBe(422);
  });

  it.each(["__proto__", "constructor", "toString", "a.b", "one.by", "%00", "💤"])("knows no lease %s", async (id) => {
    const memory = control(held);
    expect((await memory.ann(renew(id))).status).toBe(404);
    expect((await memory.ann(release(id))).status).toBe(404);
    expect(memory.writes).toBe(0);
  });

  it("can't be renewed into the past, or for more than a day", async () => {
    expect((await control(held).ann(renew("one", NOW))).status).toBe(422);
    expect((await control(held).ann(renew("one", NOW + DAY + 1))).status).toBe(422);
  });
});

describe("DELETE /database/leases/{id}", () => {
  it("is released once, and idle runs from there", async () => {
    const memory = control(held);
    expect(await memory.ann(release("one"))).toMatchObject({ status: 204, body: undefined });
    expect(memory.item).toMatchObject({ leases: {}, lastLeaseEndAt: NOW, rev: 1 });
    expect((await memory.ann(release("one"))).status).toBe(404);
    expect(memory.writes).toBe(1);
  });

  it("is released without harm when two do it at once", async () => {
    const memory = control(held);
    const answers = await Promise.all([memory.ann(release("one")), memory.olga(release("one"))]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
    expect(memory.writes).toBe(1);
  });

  it("is released while the database does not serve", async () => {
    expect((await control({ ...held, phase: "falling-asleep", serving: false }).ann(release("one"))).status).toBe(204);
  });
});
