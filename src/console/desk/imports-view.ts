/** Banks' files: chosen, looked through, entered, undone. All but the rows themselves and the list of accounts is there while the database sleeps. */
import type { Api } from "../api.ts";
import { busy, confirmed, h, part, say, setText, show, time } from "../dom.ts";
import { pageOf } from "../finance/types.ts";
import { problemOf } from "../problem.ts";
import { isRecord } from "../types.ts";
import type { Write } from "../writes.ts";
import { formatNamed, importWords, moves, readWords, rowWords } from "./import-words.ts";
import { type Import, type ImportRow, isAccount, isImport, isImportRow } from "./types.ts";
import { isUpload, refused, send, type Upload } from "./upload.ts";

export interface ImportsView {
  /** Reads the newest. Throws ApiError. */
  load(): Promise<void>;
  /** A step of one is under way. */
  open(): boolean;
}

export interface ImportsDeps {
  api: Api;
  write: Write;
  fetch: typeof fetch;
  now(): number;
  /** Called after something was asked for that wakes the database. */
  asked(): Promise<void>;
}

const SHOWN = 3;
/** Rows that are shown of those that are not entered. */
const ROWS = 10;

export function importsView({ api, write, fetch, now, asked }: ImportsDeps): ImportsView {
  const list = part("imports-list", HTMLElement);
  const form = part("imports-form", HTMLFormElement);
  const file = part("imports-file", HTMLInputElement);
  const account = part("imports-account", HTMLSelectElement);
  const ask = part("imports-ask", HTMLButtonElement);
  const error = part("imports-error", HTMLElement);
  const announce = part("imports-announce", HTMLElement);
  let items: Import[] = [];
  let left = new Map<string, ImportRow[]>();
  let drawn = "";

  const failed = (failure: unknown) => say(error, problemOf(failure).detail);
  /** Does something about one of them, and looks at it again. */
  async function act(work: () => Promise<unknown>): Promise<void> {
    say(error, null);
    try {
      await work();
      await load();
    } catch (failure) {
      failed(failure);
    }
    await asked();
  }
  const button = (words: string, work: () => Promise<unknown>) => {
    const made = h("button", { type: "button", class: "quiet" }, words);
    made.addEventListener("click", () => void busy(made, () => act(work)));
    return made;
  };
  const choice = (name: string, label: string, options: Record<string, string>, chosen: string | undefined) =>
    h(
      "label",
      {},
      `${label} `,
      h("select", { name }, ...Object.entries(options).map(([value, words]) => h("option", { value, selected: value === chosen }, words))),
    );

  /** What was guessed, to be said otherwise. */
  function otherwise(one: Import): HTMLElement | null {
    const mapping = one.read?.csv?.mapping;
    if (mapping === undefined || one.state !== "checked") return null;
    const fields = h(
      "p",
      { class: "row" },
      choice("days", "Days", { dmy: "day, month, year", mdy: "month, day, year", ymd: "year, month, day" }, mapping.days),
      choice("decimals", "Decimals", { ",": "comma", ".": "point" }, mapping.decimals),
      choice("out", "Money out", { negative: "below zero", positive: "above zero" }, mapping.out),
    );
    const said = () => Object.fromEntries([...fields.querySelectorAll("select")].map((select) => [select.name, select.value]));
    const again = button("Look again", () => api("POST", `/imports/${one.id}/check`, { body: { mapping: { ...one.mapping, ...said() } } }));
    return h("details", {}, h("summary", {}, "It was read otherwise than it should"), fields, h("p", { class: "actions" }, again));
  }

  function row(one: Import): HTMLLIElement {
    const actions: HTMLButtonElement[] = [];
    if (one.state === "checked" && (one.counts?.added ?? 0) > 0) actions.push(button("Enter them", () => api("POST", `/imports/${one.id}/commit`)));
    if (one.state !== "undone" && one.state !== "undoing") {
      const undo = h("button", { type: "button", class: "quiet" }, one.state === "committed" ? "Undo" : "Forget it");
      confirmed(undo, "Really?", () => act(() => api("DELETE", `/imports/${one.id}`)));
      actions.push(undo);
    }
    const how = readWords(one);
    const rows = left.get(one.id) ?? [];
    return h(
      "li",
      {},
      h("p", { class: "row" }, h("strong", {}, importWords(one)), h("span", { class: "soft" }, time(one.createdAt, now()))),
      one.state === "checked" && how !== "" ? h("p", { class: "soft" }, how) : null,
      rows.length > 0 ? h("ul", { class: "small-print" }, ...rows.map((each) => h("li", {}, rowWords(each)))) : null,
      otherwise(one),
      actions.length > 0 ? h("p", { class: "actions" }, ...actions) : null,
    );
  }

  const draw = () => {
    const text = JSON.stringify([items, [...left]]);
    if (text === drawn) return;
    drawn = text;
    list.replaceChildren(...items.map(row));
    show(list, items.length > 0);
  };

  /** What needs the database, and is left as it was while that sleeps. */
  async function details(): Promise<void> {
    const page = pageOf(await api("GET", "/accounts?limit=100", { background: true }), isAccount);
    const chosen = account.value;
    account.replaceChildren(...page.items.filter(({ archived }) => !archived).map(({ id, name }) => h("option", { value: id, selected: id === chosen }, name)));
    const checked = items.filter(({ state, counts }) => state === "checked" && counts !== null && counts.bad + counts.duplicates > 0);
    const read = async ({ id }: Import): Promise<[string, ImportRow[]]> => {
      const of = async (only: string) => pageOf(await api("GET", `/imports/${id}/rows?only=${only}&limit=${ROWS}`, { background: true }), isImportRow).items;
      return [id, [...(await of("bad")), ...(await of("duplicate"))].slice(0, ROWS)];
    };
    left = new Map(await Promise.all(checked.map(read)));
  }

  async function load(): Promise<void> {
    const before = new Map(items.map((one) => [one.id, one]));
    const listed = pageOf(await api("GET", `/imports?limit=${SHOWN}`, { background: true }), isImport).items;
    // How far a step is, and that it failed, only the import itself says.
    const one = async (each: Import) => {
      const found = moves(each) ? await api("GET", `/imports/${each.id}`, { background: true }) : each;
      return isImport(found) ? found : each;
    };
    items = await Promise.all(listed.map(one));
    await details().catch(() => {});
    const [ended] = items.filter((each) => {
      const known = before.get(each.id);
      return known !== undefined && moves(known) && !moves(each);
    });
    if (ended !== undefined) setText(announce, importWords(ended));
    draw();
  }

  async function upload(chosen: File): Promise<void> {
    const format = formatNamed(chosen.name);
    if (format === null) throw refused("Choose a file that ends in .csv, .ofx or .qfx.");
    if (account.value === "") throw refused("Choose the account that the file is of. Accounts are shown while the database is awake.");
    const made = await write("POST", "/imports", { format, accountId: account.value });
    if (!isMade(made)) throw refused("The API answered something that this page does not know. Reload the page.");
    await send(fetch, made.upload, chosen);
    await api("POST", `/imports/${made.id}/check`);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [chosen] = file.files ?? [];
    if (chosen === undefined) return say(error, "Choose a file of your bank.");
    void busy(ask, () =>
      act(async () => {
        await upload(chosen);
        form.reset();
      }),
    );
  });
  return { load, open: () => items.some(moves) };
}

const isMade = (value: unknown): value is { id: string; upload: Upload } => isRecord(value) && typeof value.id === "string" && isUpload(value.upload);
