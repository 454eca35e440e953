import { describe, expect, it } from "vitest";
import { defaultProfile, UnknownProfile } from "../../../src/finance/profile.ts";
import { me } from "./me.ts";
import { NOW } from "./memory.ts";

const DAY = 86_400_000;
const defaults = {
  sub: "s-ann",
  username: "ann",
  email: "ann@example.com",
  name: "",
  displayCurrency: "EUR",
  timeZone: "UTC",
  locale: "en",
  firstWeekday: 1,
  payday: null,
  notifications: { "budget-threshold": true, "large-expense": true, "report-ready": true, "weekly-recap": false },
  largeExpense: null,
  weeklyReport: false,
  version: 0,
};

describe("GET /me", () => {
  it("of somebody new is the defaults, version 0, and keeps nothing but the e-mail that it found", async () => {
    const memory = me();
    expect(await memory.ann()).toMatchObject({ status: 200, headers: { etag: '"0"' }, body: defaults });
    expect(memory.store.kept.get("s-ann")).toEqual({ ...defaultProfile("s-ann"), email: "ann@example.com", emailAt: NOW });
    expect([memory.asked, memory.store.writes]).toEqual([["ann-token"], 1]);
  });

  it("takes the language that the browser asks for until one is chosen", async () => {
    const memory = me();
    const headers = { "Accept-Language": "de-AT,de;q=0.9" };
    expect((await memory.ann({ headers })).body.locale).toBe("de-AT");
    expect((await memory.patch({ name: "Ann" }, headers)).body).toMatchObject({ locale: "de-AT", version: 1 });
    expect((await memory.ann({ headers: { "Accept-Language": "fr" } })).body.locale).toBe("de-AT");
  });

  it("asks for the e-mail again after a day, and not before", async () => {
    const memory = me({ emailAt: NOW - DAY + 1 });
    await memory.ann();
    expect(memory.asked).toEqual([]);
    memory.now += 1;
    memory.address = async () => "ann@example.org";
    expect((await memory.ann()).body.email).toBe("ann@example.org");
    expect(memory.store.kept.get("s-ann")).toMatchObject({ email: "ann@example.org", emailAt: memory.now, version: 1 });
  });

  it.each([
    ["fails", () => Promise.reject(new Error("secret-host 10.0.0.7"))],
    ["knows no verified address", () => Promise.resolve(null)],
  ])("answers with the e-mail that is kept when userInfo %s", async (_, address) => {
    const memory = me({ emailAt: NOW - 3 * DAY });
    memory.address = address;
    const answer = await memory.ann();
    expect(answer).toMatchObject({ status: 200, body: { email: "ann@example.com" } });
    expect([memory.store.writes, JSON.stringify(answer).includes("10.0.0.7")]).toEqual([0, false]);
  });

  it("answers all the same when the e-mail can't be kept", async () => {
    const memory = me();
    memory.store.keepEmail = () => Promise.reject(new Error("throttled"));
    expect(await memory.ann()).toMatchObject({ status: 200, body: { ...defaults, email: null } });
    expect(memory.logged).toContainEqual({ message: "the e-mail could not be looked up", extra: { error: "Error: throttled" } });
  });

  it("asks nobody without a bearer token", async () => {
    const memory = me();
    expect((await memory.ann({ headers: { authorization: "Basic x" } })).body.email).toBeNull();
    expect(memory.asked).toEqual([]);
  });

  it("never writes a token into the log", async () => {
    const memory = me();
    memory.address = () => Promise.reject(new Error("no"));
    await memory.ann();
    expect(JSON.stringify(memory.logged)).not.toContain("ann-token");
  });
});

describe("PATCH /me", () => {
  it("changes what it gives, keeps the rest, and answers with the new version", async () => {
    const memory = me();
    const body = { name: " Ann ", displayCurrency: "JPY", timeZone: "asia/tokyo", locale: "JA-jp", firstWeekday: 7, payday: 25 };
    const shown = {
      ...defaults,
      email: null,
      name: "Ann",
      displayCurrency: "JPY",
      timeZone: "Asia/Tokyo",
      locale: "ja-JP",
      firstWeekday: 7,
      payday: 25,
      version: 1,
    };
    expect(await memory.patch(body)).toMatchObject({ status: 200, headers: { etag: '"1"' }, body: shown });
    expect(await memory.patch({ payday: null })).toMatchObject({ headers: { etag: '"2"' }, body: { ...shown, payday: null, version: 2 } });
    expect((await memory.ann()).body).toEqual({ ...shown, payday: null, version: 2, email: "ann@example.com" });
  });

  it("switches mails by kind, and sets from how much on an expense is large, with all decimals of its currency", async () => {
    const memory = me();
    await memory.patch({ notifications: { "weekly-recap": true } });
    const set = await memory.patch({ notifications: { "report-ready": false }, largeExpense: { amount: "250", currency: "EUR" } });
    const wanted = { ...defaults.notifications, "weekly-recap": true, "report-ready": false };
    expect(set).toMatchObject({ status: 200, body: { notifications: wanted, largeExpense: { amount: "250.00", currency: "EUR" }, version: 2 } });
    expect(await memory.patch({ largeExpense: { amount: "250.0", currency: "EUR" } })).toMatchObject({ body: { version: 2 } });
    expect((await memory.patch({ largeExpense: null })).body).toMatchObject({ notifications: wanted, largeExpense: null, version: 3 });
    expect((await memory.patch({ weeklyReport: true })).body).toMatchObject({ notifications: wanted, weeklyReport: true, version: 4 });
  });

  it.each([
    [{ notifications: { mails: true } }, "/notifications/mails"],
    [{ notifications: { "weekly-recap": "yes" } }, "/notifications/weekly-recap"],
    [{ notifications: true }, "/notifications"],
    [{ largeExpense: { amount: "1.234", currency: "EUR" } }, "/largeExpense/amount"],
    [{ largeExpense: { amount: "-1", currency: "EUR" } }, "/largeExpense/amount"],
    [{ largeExpense: { amount: "1" } }, "/largeExpense/currency"],
    [{ largeExpense: { amount: "1", currency: "XXX" } }, "/largeExpense/currency"],
    [{ largeExpense: "5 EUR" }, "/largeExpense"],
  ])("with %j is refused at its field", async (body, pointer) => {
    const memory = me({});
    expect(await memory.patch(body)).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
    expect(memory.store.writes).toBe(0);
  });

  it("keeps a payday as a change from the user's own today on", async () => {
    const memory = me();
    await memory.patch({ timeZone: "Pacific/Kiritimati", payday: 25 });
    expect(memory.store.kept.get("s-ann")?.calendar).toEqual({
      timeZone: "Pacific/Kiritimati",
      changes: [
        { from: "0001-01-01", firstWeekday: 1, payday: null },
        { from: "2026-11-21", firstWeekday: 1, payday: 25 },
      ],
    });
  });

  it.each([[{}], [{ name: "" }], [{ payday: null, firstWeekday: 1 }], [{ timeZone: "utc" }]])("that changes nothing writes nothing: %j", async (body) => {
    const memory = me({});
    expect(await memory.patch(body)).toMatchObject({ status: 200, headers: { etag: '"1"' } });
    expect(memory.store.writes).toBe(0);
  });

  it.each(['"1"', "1", "*", '"7", "1"'])("with If-Match %s changes version 1", async (match) => {
    expect(await me({}).patch({ name: "Ann" }, { "if-match": match })).toMatchObject({ status: 200, body: { version: 2 } });
  });

  it.each(['"0"', "2", 'W/"1"', '"x"'])("with If-Match %j does not, and says the version that is", async (match) => {
    const memory = me({});
    const answer = await memory.patch({ name: "Ann" }, { "if-match": match });
    expect(answer).toMatchObject({ status: 412, headers: { etag: '"1"' }, body: { type: "/problems/changed-meanwhile", version: 1 } });
    expect(memory.store.writes).toBe(0);
  });

  it("with an If-Match that is no tag is refused", async () => {
    const memory = me({});
    expect(await memory.patch({ name: "Ann" }, { "if-match": "three" })).toMatchObject({ status: 400, body: { type: "/problems/bad-header" } });
    expect(memory.store.writes).toBe(0);
  });

  it("loses no rival's change, with neither of them asking for a version", async () => {
    const memory = me({});
    await Promise.all([memory.patch({ name: "Ann" }), memory.patch({ payday: 5 }), memory.patch({ locale: "da" })]);
    expect((await memory.ann()).body).toMatchObject({ name: "Ann", payday: 5, locale: "da", version: 4 });
  });

  it("with a version loses to a rival that came between reading and writing", async () => {
    const memory = me({});
    memory.store.rival = () => {
      memory.store.rival = () => {};
      memory.store.kept.set("s-ann", { ...defaultProfile("s-ann"), name: "Anna", version: 2 });
    };
    expect(await memory.patch({ payday: 5 }, { "if-match": '"1"' })).toMatchObject({ status: 412, body: { version: 2 } });
    expect(memory.store.kept.get("s-ann")).toMatchObject({ name: "Anna", version: 2 });
  });

  it("gives up on rivals without end", async () => {
    const memory = me({});
    memory.store.rival = () => memory.store.kept.set("s-ann", { ...defaultProfile("s-ann"), version: (memory.store.kept.get("s-ann")?.version ?? 0) + 1 });
    expect(await memory.patch({ payday: 5 })).toMatchObject({ status: 409, headers: { "retry-after": "1" }, body: { type: "/problems/conflict" } });
  });

  it("of an e-mail is refused with the place where it is changed", async () => {
    const memory = me({});
    expect(await memory.patch({ email: "eve@example.com", name: "Ann" })).toMatchObject({
      status: 422,
      body: { type: "/problems/bad-fields", errors: [{ pointer: "/email", detail: expect.stringContaining("comes from your sign-in") }] },
    });
    expect(memory.store.writes).toBe(0);
  });
});

describe("PATCH /me under an Idempotency-Key", () => {
  const key = { "idempotency-key": "k1" };

  it("happens once, and the same key and payload get the same answer again, whatever came between", async () => {
    const memory = me({});
    const first = await memory.patch({ name: "Ann", payday: 25 }, key);
    await memory.patch({ name: "Anna" });
    const again = await memory.patch({ payday: 25, name: "Ann" }, { ...key, "if-match": '"1"' });
    expect(again).toMatchObject({
      status: 200,
      body: first.body,
      headers: { etag: '"2"', "idempotency-replayed": "true", "content-type": "application/json" },
    });
    expect((await memory.ann()).body).toMatchObject({ name: "Anna", version: 3 });
  });

  it("is refused with another payload, and nothing is written", async () => {
    const memory = me({});
    await memory.patch({ name: "Ann" }, key);
    expect(await memory.patch({ name: "Eve" }, key)).toMatchObject({ status: 422, body: { type: "/problems/idempotency-key-reused" } });
    expect(memory.store.writes).toBe(1);
  });

  it("is remembered too when it changed nothing", async () => {
    const memory = me({});
    await memory.patch({ payday: null }, key);
    await memory.patch({ payday: 5 });
    expect((await memory.patch({ payday: null }, key)).body).toMatchObject({ payday: null, version: 2 });
    expect((await memory.ann()).body.payday).toBe(5);
  });

  it("sent twice at once is one change", async () => {
    const memory = me({});
    const answers = await Promise.all([memory.patch({ name: "Ann" }, key), memory.patch({ name: "Ann" }, key)]);
    expect(answers.map(({ body }) => body)).toEqual([answers[0]?.body, answers[0]?.body]);
    expect(memory.store.writes).toBe(1);
  });

  it("is free again after 7 days, and few keys are kept", async () => {
    const memory = me({});
    await memory.patch({ name: "Ann" }, key);
    memory.now += 7 * DAY - 1;
    expect((await memory.patch({ name: "Eve" }, key)).status).toBe(422);
    memory.now += 1;
    expect(await memory.patch({ name: "Eve" }, key)).toMatchObject({ status: 200, body: { name: "Eve", version: 3 } });
    for (let n = 0; n < 20; n++) await memory.patch({ name: `Ann ${n}` }, { "idempotency-key": `more ${n}` });
    expect(memory.store.kept.get("s-ann")?.answers.map(({ key }) => key)).toEqual(Array.from({ length: 10 }, (_, n) => `more ${n + 10}`));
  });

  it("that failed leaves the key free", async () => {
    const memory = me({});
    expect((await memory.patch({ name: "Ann" }, { ...key, "if-match": '"7"' })).status).toBe(412);
    expect((await memory.patch({ name: "Anna" }, key)).status).toBe(200);
  });

  it.each(["", "é", "x".repeat(256), "a\tb"])("that is no key is refused: %j", async (bad) => {
    expect(await me({}).patch({ name: "Ann" }, { "idempotency-key": bad })).toMatchObject({ status: 400, body: { type: "/problems/bad-header" } });
  });
});

/** Body, the field that is wrong, and what is said of it. */
const wrong: [what: string, body: unknown, pointer: string, detail: RegExp][] = [
  ["a zone that is none", { timeZone: "Europe/Atlantis" }, "/timeZone", /IANA/],
  ["an offset for a zone", { timeZone: "+05:30" }, "/timeZone", /IANA/],
  ["an empty zone", { timeZone: "" }, "/timeZone", /1 to 64/],
  ["a zone with NUL", { timeZone: "UTC\0" }, "/timeZone", /NUL/],
  ["no zone", { timeZone: null }, "/timeZone", /must be/],
  ["a locale that is none", { locale: "xx-YY-bad!" }, "/locale", /BCP 47/],
  ["a locale with an underscore", { locale: "de_DE" }, "/locale", /BCP 47/],
  ["a locale with NUL", { locale: "de\0" }, "/locale", /NUL/],
  ["a locale without end", { locale: "x".repeat(300) }, "/locale", /1 to 64/],
  ["a currency that is none", { displayCurrency: "EUX" }, "/displayCurrency", /ISO 4217/],
  ["a currency in lower case", { displayCurrency: "eur" }, "/displayCurrency", /ISO 4217/],
  ["a currency as a number", { displayCurrency: 978 }, "/displayCurrency", /ISO 4217/],
  ["the name of an object's own method", { displayCurrency: "constructor" }, "/displayCurrency", /ISO 4217/],
  ["payday 0", { payday: 0 }, "/payday", /1 to 31/],
  ["payday 32", { payday: 32 }, "/payday", /1 to 31/],
  ["payday 1.5", { payday: 1.5 }, "/payday", /1 to 31/],
  ["payday in words", { payday: "25" }, "/payday", /1 to 31/],
  ["weekday 0", { firstWeekday: 0 }, "/firstWeekday", /1 \(Monday\) to 7/],
  ["weekday 8", { firstWeekday: 8 }, "/firstWeekday", /1 \(Monday\) to 7/],
  ["no weekday", { firstWeekday: null }, "/firstWeekday", /1 \(Monday\) to 7/],
  ["a name with NUL", { name: "A\0nn" }, "/name", /NUL/],
  ["a name with half a surrogate pair", { name: "\ud83d" }, "/name", /surrogate/],
  ["a name of 101 characters", { name: "x".repeat(101) }, "/name", /0 to 100/],
  ["no name", { name: null }, "/name", /text/],
  ["somebody else's sub", { sub: "s-bob" }, "/sub", /^is not known; known are name, displayCurrency/],
  ["a version", { version: 7 }, "/version", /^is not known/],
  ["a calendar", { calendar: { changes: [] } }, "/calendar", /^is not known/],
  ["a list", [], "", /object/],
  ["null", null, "", /object/],
];

describe("a body that does not fit", () => {
  it.each(wrong)("is refused with its field, and nothing is written: %s", async (_, body, pointer, detail) => {
    const memory = me({});
    const answer = await memory.patch(body);
    expect(answer).toMatchObject({ status: 422, headers: { "content-type": "application/problem+json" }, body: { type: "/problems/bad-fields" } });
    expect(answer.body.errors).toContainEqual({ pointer, detail: expect.stringMatching(detail) });
    expect(memory.store.writes).toBe(0);
  });

  it("may have a name in any script, of 100 characters that people count", async () => {
    expect((await me({}).patch({ name: "💤".repeat(100) })).body.name).toBe("💤".repeat(100));
    expect((await me({}).patch({ name: "علي" })).body.name).toBe("علي");
  });

  it("has to be there, and JSON", async () => {
    expect((await me({}).ann({ method: "PATCH" })).status).toBe(422);
    expect((await me({}).ann({ method: "PATCH", body: "{name", headers: { "content-type": "application/json" } })).status).toBe(400);
  });
});

describe("/me", () => {
  it("lets nobody in without a token", async () => {
    for (const call of [{}, { method: "PATCH", body: "{}" }])
      expect(await me({}).nobody(call)).toMatchObject({ status: 401, body: { type: "/problems/not-signed-in" } });
  });

  it("has no other method", async () => {
    expect(await me({}).ann({ method: "DELETE" })).toMatchObject({ status: 405, headers: { allow: "GET, PATCH" } });
  });

  it("leaves an item of a newer version alone, and says so", async () => {
    const memory = me({});
    memory.store.read = () => Promise.reject(new UnknownProfile(2));
    for (const call of [memory.ann(), memory.patch({ name: "Ann" })])
      expect(await call).toMatchObject({
        status: 503,
        headers: { "retry-after": "60" },
        body: { type: "/problems/unavailable", detail: expect.stringContaining("newer version") },
      });
    expect(memory.store.writes).toBe(0);
  });

  it("says so too when a newer version came between reading and writing", async () => {
    const memory = me({});
    memory.store.replace = () => Promise.reject(new UnknownProfile(2));
    expect((await memory.patch({ name: "Ann" })).status).toBe(503);
  });

  it("leaks no error's text when the table fails", async () => {
    const memory = me({});
    memory.store.read = () => Promise.reject(new Error("secret-host 10.0.0.7"));
    const answer = await memory.ann();
    expect(answer).toMatchObject({ status: 500, body: { type: "/problems/internal" } });
    expect(JSON.stringify(answer)).not.toContain("10.0.0.7");
  });
});
