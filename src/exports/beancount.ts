/**
 * An export as a ledger of Beancount (version 2 and 3, "Beancount Language Syntax"): accounts and categories are opened, rates are prices, expenses, refunds
 * and income are transactions of two postings. What the ledger's language has no exact word for is a `custom` directive, which states it and changes no sum:
 * a balance (a day's own statement, which entries need not add up to), a transfer (it does not say which way the money went), and budgets as Fava reads them.
 */
import type { ExportedBudget, ExportedExpense, ExportSource, Writing } from "./document.ts";
import { pathsOf } from "./paths.ts";

/** Before whatever may be entered. */
const OPENED = "1900-01-01";

/** A string: with its quotes. */
export const text = (value: string): string =>
  `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t")}"`;

/** One part of an account's name: capital letter or digit, then letters, digits and dashes. */
export function component(name: string): string {
  const plain = name
    .normalize("NFC")
    .replaceAll(/[^\p{L}\p{Nd}]+/gu, "-")
    .replaceAll(/^-+|-+$/g, "");
  const [first = "", ...rest] = plain;
  const capital = first.toUpperCase();
  // A script without capitals, or nothing at all, begins with one that says so.
  return /^[\p{Lu}\p{Nd}]/u.test(capital) ? capital + rest.join("") : `X${plain === "" ? "" : `-${plain}`}`;
}

/** Gives each key a name of its own: of two that would be the same the later one gets a number. */
function unique(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    let own = name;
    for (let n = 2; taken.has(own); n++) own = `${name}-${n}`;
    taken.add(own);
    return own;
  };
}

/** What may stand behind `#`. */
const TAG = /^[A-Za-z0-9\-_/.]+$/;

/** Fava's words for the length of a budget's period; others it has none for. */
const FAVA: Readonly<Partial<Record<ExportedBudget["period"], string>>> = { week: "weekly", month: "monthly", quarter: "quarterly", year: "yearly" };

/** The file's bytes, a page at a time; throws what the source throws. */
export async function* exportBeancount(source: ExportSource): Writing {
  const encoder = new TextEncoder();
  let rows = 0;
  let bytes = 0;
  const part = (lines: readonly string[]) => {
    const encoded = encoder.encode(lines.map((each) => `${each}\n`).join(""));
    bytes += encoded.length;
    return encoded;
  };

  const own = unique();
  const opened: string[] = [];
  const open = (name: string, facts: Readonly<Record<string, string>>) => {
    const account = own(name);
    opened.push(`${OPENED} open ${account}`, ...Object.entries(facts).map(([key, value]) => `  ${key}: ${text(value)}`));
    return account;
  };
  const without = { asset: open("Assets:Unassigned", {}), expense: open("Expenses:Uncategorised", {}), income: open("Income:Uncategorised", {}) };
  const accounts = new Map(
    source.accounts.map(({ id, name, type, currency }) => [
      id,
      { account: open(`${type === "asset" ? "Assets" : "Liabilities"}:${component(name)}`, { name, currency }), currency },
    ]),
  );
  const paths = pathsOf(source.categories);
  const categories = new Map(
    source.categories.map(({ id }) => {
      const path = paths.get(id) ?? [];
      const below = path.map(component).join(":");
      const facts = { name: path.join(" > ") };
      return [id, { expense: open(`Expenses:${below}`, facts), income: open(`Income:${below}`, facts) }];
    }),
  );

  function entry(it: ExportedExpense): string[] {
    const account = accounts.get(it.accountId ?? "")?.account ?? without.asset;
    const money = (sign: "" | "-") => `${sign}${it.amount} ${it.currency}`;
    const facts = [
      `  id: ${text(it.id)}`,
      ...(it.refundOf === null ? [] : [`  refund-of: ${text(it.refundOf)}`]),
      ...(it.tags.every((tag) => TAG.test(tag)) ? [] : [`  tags: ${text(it.tags.join(","))}`]),
    ];
    if (it.kind === "transfer") return [`${it.occurredOn} custom "transfer" ${account} ${money("")} ${text(it.merchant)} ${text(it.description)}`, ...facts];
    const to = categories.get(it.categoryId ?? "")?.[it.kind === "income" ? "income" : "expense"] ?? without[it.kind === "income" ? "income" : "expense"];
    const tags = it.tags.filter((tag) => TAG.test(tag)).map((tag) => ` #${tag}`);
    const spent = it.kind === "expense";
    return [
      `${it.occurredOn} ${it.status === "cleared" ? "*" : "!"} ${text(it.merchant)} ${text(it.description)}${tags.join("")}`,
      ...facts,
      `  ${account}  ${money(spent ? "-" : "")}`,
      `  ${to}  ${money(spent ? "" : "-")}`,
    ];
  }

  const budget = (it: ExportedBudget) =>
    it.amounts.map(({ from, amount }) => {
      const interval = FAVA[it.period];
      const account = categories.get(it.categoryId ?? "")?.expense;
      return interval !== undefined && account !== undefined
        ? `${from} custom "budget" ${account} ${text(interval)} ${amount} ${it.currency}`
        : `${from} custom "dormouse-budget" ${text(it.name)} ${text(it.period)} ${amount} ${it.currency}`;
    });

  yield part([`; Dormouse, ${new Date(source.madeAt).toISOString()}`, `option "title" ${text(source.profile.name || "Dormouse")}`, "", ...opened]);
  for await (const page of source.rates()) yield part(page.map(({ day, base, quote, rate }) => `${day} price ${base} ${rate} ${quote}`));
  for await (const page of source.balances())
    yield part(
      page.flatMap(({ accountId, day, amount }) => {
        const at = accounts.get(accountId);
        return at === undefined ? [] : [`${day} custom "balance" ${at.account} ${amount} ${at.currency}`];
      }),
    );
  if (source.budgets.length > 0) yield part(source.budgets.flatMap(budget));
  for await (const page of source.expenses()) {
    rows += page.length;
    yield part(page.flatMap((it) => ["", ...entry(it)]));
  }
  return { rows, bytes };
}
