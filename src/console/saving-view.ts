/** What the sleep saved: this month, and in all. */
import { h, part, time } from "./dom.ts";
import { money, price } from "./money.ts";
import { hours, monthName } from "./time.ts";
import type { Savings } from "./types.ts";
import { isRecord } from "./types.ts";
import { savedLessThanNothing } from "./words.ts";

export function isSavings(value: unknown): value is Savings {
  return isRecord(value) && typeof value.saved === "string" && typeof value.asleepSeconds === "number" && Array.isArray(value.months);
}

/** Cents are too coarse for the first hours. */
function sum(amount: string, currency: string): string {
  return Math.abs(Number(amount)) < 0.1 ? price(amount, currency) : money(amount, currency);
}

export function showSavings(savings: Savings, now: number): void {
  const { currency } = savings;
  const month = new Date(now).toISOString().slice(0, 7);
  const current = savings.months.find((each) => each.month === month);
  const figure = (value: string, label: string) => h("div", {}, h("dd", {}, value), h("dt", {}, label));
  const minus = savedLessThanNothing([current?.saved ?? "0", savings.saved]);
  const share = savings.asleepSeconds / Math.max(1, savings.asleepSeconds + savings.awakeSeconds);
  const rows = savings.months.map((each) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, monthName(each.month)),
      h("td", {}, hours(each.asleepSeconds)),
      h("td", {}, hours(each.awakeSeconds)),
      h("td", {}, sum(each.saved, currency)),
      h("td", {}, sum(each.spent, currency)),
    ),
  );
  const head = ["Month", "Asleep", "Awake", "Saved", "Spent"].map((name) => h("th", { scope: "col" }, name));
  const table = h(
    "table",
    { class: "months" },
    h("caption", { class: "unseen" }, "Asleep, awake, saved and spent by month"),
    h("thead", {}, h("tr", {}, ...head)),
    h("tbody", {}, ...rows),
  );
  part("saving", HTMLElement).replaceChildren(
    h(
      "dl",
      { class: "figures" },
      figure(sum(current?.saved ?? "0.00", currency), "saved this month"),
      figure(hours(current?.asleepSeconds ?? 0), "asleep this month"),
      figure(sum(savings.saved, currency), "saved in all"),
    ),
    minus === null ? "" : h("p", { class: "note" }, minus),
    h(
      "p",
      { class: "soft" },
      `Asleep for ${Math.round(share * 100)} % of the time since `,
      time(savings.since, now),
      `, at ${price(savings.pricePerHour, currency)} for an hour awake. Storage and backups cost the same asleep.`,
    ),
    rows.length > 0 ? h("details", {}, h("summary", {}, "By month"), table) : "",
  );
}
