import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { NOW, startWorld, type World } from "./world.ts";

let world: World;
let user = "";
let giro = "";
let users = 0;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.finance.close());
beforeEach(async () => {
  user = `user-${++users}`;
  giro = await world.account(user, "Giro");
});

const csv = (...rows: string[]) => `Date,Payee,Amount\n${rows.join("\n")}\n`;
const october = csv("2026-10-30,Café,-3.50", "2026-10-30,Café,-3.50", "2026-10-31,Markt,-20.00", "2026-10-31,Employer,1000.00");

describe("a dry run", () => {
  it("says what each row would be, and which rows are bad, and enters nothing", async () => {
    const id = world.upload(user, giro, csv("2026-10-30,Café,-3.50", "soon,Café,-3.50", "2026-10-31,Shop refund,7.00"));
    const checked = await world.step(id, "check");
    expect(checked).toMatchObject({ state: "checked", counts: { rows: 3, bad: 1, duplicates: 0, added: 2, kinds: { expense: 1, refund: 1 } } });
    expect(checked.how).toMatchObject({ encoding: "utf-8", csv: { mapping: { separator: ",", days: "ymd", columns: { day: 1, merchant: 2, amount: 3 } } } });
    expect(await world.finance.ask("select n, line, problem, kind from import_rows where user_id = $1 order by n", [user])).toEqual([
      { n: 1, line: 2, problem: null, kind: "expense" },
      { n: 2, line: 3, problem: 'has a day that is none: "soon"', kind: null },
      { n: 3, line: 4, problem: null, kind: "refund" },
    ]);
    expect(await world.entries(user)).toEqual([]);
  });

  it("is done anew with another mapping", async () => {
    const id = world.upload(user, giro, "Date,Payee,Amount\n01/02/2026,Markt,-1.00\n03/04/2026,Laden,-2.00\n");
    await world.step(id, "check");
    await world.step(id, "check", { said: { days: "mdy" } });
    expect((await world.step(id, "commit")).state).toBe("committed");
    expect(await world.entries(user)).toEqual(["2026-01-02 100 EUR expense Markt", "2026-03-04 200 EUR expense Laden"]);
  });

  it.each([
    ["Buy,Sell\n1,2\n", "The file has no column with days."],
    ["", "The file is empty."],
  ])("of %j says why it can't be read", async (file, reason) => {
    const checked = await world.step(world.upload(user, giro, file), "check");
    expect([checked.state, checked.reason]).toEqual(["unreadable", reason]);
  });

  it("that takes longer than its runner has goes on where it was", async () => {
    const id = world.upload(user, giro, october);
    const one = world.asking(id, "check");
    let batches = 0;
    expect(await world.go(one, "check", { batchRows: 2, late: () => ++batches > 1 })).toEqual({ handOn: {} });
    expect(await world.finance.ask("select n from import_rows where user_id = $1 order by n", [user])).toEqual([{ n: 1 }, { n: 2 }]);
    await world.go(one, "check", { batchRows: 2 });
    expect(world.item(id)).toMatchObject({ state: "checked", counts: { rows: 4, added: 4 } });
  });

  it("that nobody has committed is forgotten with a later one", async () => {
    await world.step(world.upload(user, giro, october), "check");
    await world.finance.ask("update imports set updated_at = $2 where user_id = $1", [user, new Date(NOW - 9 * 86_400_000)]);
    await world.step(world.upload(user, giro, csv("2026-11-01,Markt,-1.00")), "check");
    expect(await world.finance.ask("select count(*)::int as n from import_rows where user_id = $1", [user])).toEqual([{ n: 1 }]);
  });

  it("goes into one's own account only", async () => {
    const other = await world.account(`${user}-other`, "Hers");
    expect(await world.step(world.upload(user, other, october), "check")).toMatchObject({ state: "unreadable", reason: "The account is not one of yours." });
  });

  it("gives a row the category that was chosen last for its merchant", async () => {
    const category = "0199aaaa-0000-7000-8000-000000000001";
    await world.finance.ask("insert into categories (user_id, id, name) values ($1, $2, 'Coffee')", [user, category]);
    await world.finance.ask(
      "insert into expenses (user_id, id, amount_minor, currency, occurred_on, merchant, category_id) values ($1, gen_random_uuid(), 1, 'EUR', '2026-01-01', 'CAFE 0815', $2)",
      [user, category],
    );
    await world.bring(user, giro, october);
    const rows = await world.finance.ask("select merchant, category_id from expenses where user_id = $1 and account_id = $2 order by merchant", [user, giro]);
    expect(rows.map(({ merchant, category_id }) => [merchant, category_id === category])).toEqual([
      ["Café", true],
      ["Café", true],
      ["Employer", false],
      ["Markt", false],
    ]);
  });
});

describe("a file that was imported", () => {
  it("adds nothing when it comes again, two equal rows included, and whatever its user has made of them", async () => {
    const first = await world.bring(user, giro, october);
    expect(first.counts).toMatchObject({ rows: 4, added: 4, duplicates: 0 });
    const entries = await world.entries(user);
    expect(entries).toHaveLength(4);
    await world.finance.ask("update expenses set merchant = 'Renamed', amount_minor = 1, version = 2 where user_id = $1 and merchant = 'Markt'", [user]);
    const again = await world.bring(user, giro, october);
    expect(again.counts).toMatchObject({ rows: 4, added: 0, duplicates: 4 });
    expect(await world.entries(user)).toHaveLength(4);
  });

  it("that overlaps adds what is new, in another form and in another order too", async () => {
    await world.bring(user, giro, october);
    const german =
      "Buchungstag;Name;Betrag\r\n02.11.2026;Bäcker;-4,20\r\n31.10.2026;Employer;1.000,00\r\n31.10.2026;Markt;-20,00\r\n31.10.2026;Markt;-20,00\r\n";
    const second = await world.bring(user, giro, german);
    expect(second.counts).toMatchObject({ added: 2, duplicates: 2 });
    expect(await world.entries(user)).toEqual([
      "2026-10-30 350 EUR expense Café",
      "2026-10-30 350 EUR expense Café",
      "2026-10-31 2000 EUR expense Markt",
      "2026-10-31 2000 EUR expense Markt",
      "2026-10-31 100000 EUR income Employer",
      "2026-11-02 420 EUR expense Bäcker",
    ]);
  });

  it("meets what was entered by hand up to three days away", async () => {
    await world.finance.ask(
      "insert into expenses (user_id, id, amount_minor, currency, occurred_on, merchant, account_id) values ($1, gen_random_uuid(), 2000, 'EUR', '2026-10-28', 'MARKT', $2)",
      [user, giro],
    );
    expect((await world.bring(user, giro, october)).counts).toMatchObject({ added: 3, duplicates: 1 });
  });

  it("by the bank's own names: a row with another name is another row, one with its name is the same on any day", async () => {
    const ofx = (...rows: string[]) =>
      `OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><CURDEF>EUR<BANKACCTFROM><ACCTID>1</BANKACCTFROM><BANKTRANLIST>${rows.join("")}</BANKTRANLIST></OFX>`;
    const row = (id: string, day: string) => `<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>${day}<TRNAMT>-3.50<FITID>${id}<NAME>Cafe</STMTTRN>`;
    await world.bring(user, giro, ofx(row("a", "20261030"), row("b", "20261030")), "ofx");
    const second = await world.bring(user, giro, ofx(row("b", "20261101"), row("c", "20261030")), "qfx");
    expect(second.counts).toMatchObject({ rows: 2, added: 1, duplicates: 1 });
    // All of them on one line of the file.
    expect(await world.finance.ask("select line from import_rows where user_id = $1 group by 1", [user])).toEqual([{ line: 4 }]);
  });
});

describe("money that was moved between two accounts", () => {
  const out = csv("2026-10-30,Card payment,-250.00", "2026-10-30,Markt,-5.00");
  const into = csv("2026-11-01,Payment thank you,250.00", "2026-11-01,Shop,-9.00");
  const kinds = async () => (await world.finance.ask("select kind from expenses where user_id = $1 order by kind", [user])).map(({ kind }) => kind);

  it("counts on neither side, whichever file comes first, and counts again when one of them goes", async () => {
    for (const [first, second] of [
      [out, into],
      [into, out],
    ] as const) {
      user = `user-${++users}`;
      const accounts = [await world.account(user, "Giro"), await world.account(user, "Card", "liability")];
      const [a = "", b = ""] = first === out ? accounts : accounts.toReversed();
      const one = await world.bring(user, a, first);
      expect(await kinds()).not.toContain("transfer");
      const other = await world.bring(user, b, second);
      expect(other.counts?.kinds).toMatchObject({ transfer: 1 });
      expect(await kinds()).toEqual(["expense", "expense", "transfer", "transfer"]);
      await world.step(other.id, "undo");
      expect(await kinds()).not.toContain("transfer");
      await world.bring(user, b, second);
      expect(await kinds()).toEqual(["expense", "expense", "transfer", "transfer"]);
      await world.step(one.id, "undo");
      expect(await kinds()).not.toContain("transfer");
    }
  });

  it("is found where one side was entered by hand", async () => {
    const card = await world.account(user, "Card", "liability");
    const add =
      "insert into expenses (user_id, id, kind, amount_minor, currency, occurred_on, merchant, account_id) values ($1, gen_random_uuid(), $2, $3, 'EUR', '2026-10-30', $4, $5)";
    await world.finance.ask(add, [user, "expense", 25_000, "To my card", giro]);
    await world.bring(user, card, into);
    expect(await kinds()).toEqual(["expense", "transfer", "transfer"]);
  });
});

describe("an undo", () => {
  it("takes away what the import has made, but for what its user has changed since", async () => {
    await world.bring(user, giro, csv("2026-10-01,Before,-1.00"));
    const one = await world.bring(user, giro, october);
    await world.finance.ask("update expenses set description = 'for the party', version = version + 1 where user_id = $1 and merchant = 'Markt'", [user]);
    expect(await world.step(one.id, "undo")).toMatchObject({ state: "undone", undone: { removed: 3, kept: 1 } });
    expect(await world.entries(user)).toEqual(["2026-10-01 100 EUR expense Before", "2026-10-31 2000 EUR expense Markt"]);
    expect(await world.finance.ask("select count(*)::int as n from import_rows where user_id = $1", [user])).toEqual([{ n: 1 }]);
  });

  it("of a dry run forgets its rows", async () => {
    const id = world.upload(user, giro, october);
    await world.step(id, "check");
    expect(await world.step(id, "undo")).toMatchObject({ state: "undone", undone: { removed: 0, kept: 0 } });
    expect(await world.finance.ask("select n from import_rows where user_id = $1", [user])).toEqual([]);
  });

  it("leaves a refund that names what goes, without the name", async () => {
    const one = await world.bring(user, giro, csv("2026-10-30,Shop,-30.00"));
    await world.finance.ask(
      "insert into expenses (user_id, id, kind, amount_minor, currency, occurred_on, refund_of) select user_id, gen_random_uuid(), 'refund', 100, 'EUR', '2026-11-01', id from expenses where user_id = $1",
      [user],
    );
    await world.step(one.id, "undo");
    expect(await world.finance.ask("select kind, refund_of, version from expenses where user_id = $1", [user])).toEqual([
      { kind: "refund", refund_of: null, version: 2 },
    ]);
  });
});

describe("several at once", () => {
  it("two commits of the same file enter it once: the second waits, and finds it there", async () => {
    const [a, b] = [world.upload(user, giro, october), world.upload(user, giro, october)];
    for (const id of [a, b]) expect((await world.step(id, "check")).counts).toMatchObject({ added: 4 });
    const [one, two] = [world.asking(a, "commit"), world.asking(b, "commit")];
    let other: unknown = null;
    let calls = 0;
    // The second begins while the first is under way.
    const first = world.go(one, "commit", { late: () => ++calls === 1 });
    expect(await first).toEqual({ handOn: null });
    other = await world.go(two, "commit");
    expect(other).toMatchObject({ handOn: null, pauseMs: 5000 });
    await world.go(one, "commit");
    await world.go(two, "commit");
    expect([world.item(a).counts, world.item(b).counts]).toMatchObject([
      { added: 4, duplicates: 0 },
      { added: 0, duplicates: 4 },
    ]);
    expect(await world.entries(user)).toHaveLength(4);
  });

  it("two runners of the same commit enter each row once", async () => {
    const id = world.upload(user, giro, october);
    await world.step(id, "check");
    const one = world.asking(id, "commit");
    const ended = await Promise.all([world.go(one, "commit"), world.go(one, "commit")]);
    expect(ended).toHaveLength(2);
    expect(await world.entries(user)).toHaveLength(4);
    expect(world.item(id)).toMatchObject({ state: "committed", counts: { added: 4 } });
  });

  it("a commit that is late finds that its import was undone", async () => {
    const id = world.upload(user, giro, october);
    await world.step(id, "check");
    const late = world.asking(id, "commit");
    await world.step(id, "undo");
    expect(await world.go(late, "commit")).toMatchObject({ result: { state: "superseded" } });
    expect(await world.entries(user)).toEqual([]);
    expect(world.item(id).state).toBe("undone");
  });
});

describe("budgets' thresholds", () => {
  const budget = (name: string) =>
    world.finance.ask(
      "insert into budgets (user_id, id, name, amount_minor, currency, period, starts_on, carry_from) values ($1, gen_random_uuid(), $2, 1000, 'EUR', 'month', '2026-01-01', '2026-01-01')",
      [user, name],
    );
  const told = () => world.finance.ask("select kind, payload from outbox where user_id = $1", [user]);

  it("are told in one message, of what runs now alone", async () => {
    await budget("All");
    await budget("Same");
    const one = await world.bring(user, giro, csv("2026-03-01,Long ago,-500.00", "2026-11-20,Now,-12.00"));
    const messages = await told();
    expect(messages).toMatchObject([
      { kind: "budget-threshold", payload: { v: 2, count: 2, budgets: [{ threshold: 100, spent: "12.00" }, { threshold: 100 }] } },
    ]);
    await world.bring(user, giro, csv("2026-11-20,Now,-12.00", "2026-11-21,More,-1.00"));
    expect(await told()).toEqual(messages);
    expect(world.raised).toContain(user);
    expect(one.state).toBe("committed");
  });

  it("say nothing of an import of the past", async () => {
    await budget("All");
    await world.bring(user, giro, csv("2026-03-01,Long ago,-500.00"));
    expect(await told()).toEqual([]);
  });
});
