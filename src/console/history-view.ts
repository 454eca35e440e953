/** The ledger as a table: what happened, by whom, why. */
import { h, part, show, time } from "./dom.ts";
import type { Ledger } from "./ledger.ts";
import { duration, inOwnZone } from "./time.ts";
import type { HistoryItem } from "./types.ts";
import { happened, phaseNames } from "./words.ts";

const step = 12;
const columns = ["When", "Phase", "What happened", "By", "Why", "The phase before lasted"] as const;

/** `more` loads older entries until there are `count`. The roles are written out because the phone layout takes the cells' table display away, and with it their meaning. */
export function historyView(ledger: Ledger, more: (count: number) => Promise<void>): { show(now: number): void } {
  const place = part("history", HTMLElement);
  const button = part("history-more", HTMLButtonElement);
  let count = step;
  let clock = 0;
  const body = h("tbody", { role: "rowgroup" });
  const head = h("tr", { role: "row" }, ...columns.map((name) => h("th", { scope: "col", role: "columnheader" }, name)));
  const caption = h("caption", { class: "unseen" }, "What happened to the database, newest first");
  const table = h("table", { role: "table", class: "history" }, caption, h("thead", { role: "rowgroup" }, head), body);
  const empty = h("p", { class: "soft" }, "Nothing has happened yet.");
  place.append(table, empty);

  const row = (item: HistoryItem, now: number): HTMLTableRowElement => {
    const cells: (Node | string)[][] = [
      [time(item.at, now)],
      [h("span", { class: `dot p-${item.phase}`, "aria-hidden": "true" }), phaseNames[item.phase]],
      [happened(item)],
      [item.by, ...(item.cause && item.cause !== item.by ? [" ", h("span", { class: "soft" }, `(${item.cause})`)] : [])],
      [inOwnZone(item.reason, Date.parse(item.at)), " ", h("code", {}, item.code)],
      [item.lastedSeconds === null ? "–" : duration(item.lastedSeconds)],
    ];
    return h("tr", { role: "row" }, ...cells.map((cell, index) => h("td", { role: "cell", "data-label": columns[index] ?? "" }, h("div", {}, ...cell))));
  };

  const draw = () => {
    const items = ledger.items();
    body.replaceChildren(...items.slice(0, count).map((item) => row(item, clock)));
    show(table, items.length > 0);
    show(empty, items.length === 0);
    show(button, items.length > count || ledger.more());
  };
  button.addEventListener("click", async () => {
    const before = count;
    count += step;
    await more(count);
    draw();
    // The keyboard goes on where the new rows begin when the button has gone.
    const first = body.rows[before];
    if (button.hasAttribute("hidden") && first) {
      first.tabIndex = -1;
      first.focus();
    }
  });
  return {
    show(now) {
      clock = now;
      draw();
    },
  };
}
