/** The finance part. It lives in the database: while that sleeps, what was known last stays, with the time that it is of. */
import type { Api } from "../api.ts";
import { part, say, setText, show } from "../dom.ts";
import { problemOf } from "../problem.ts";
import { moment } from "../time.ts";
import type { DatabaseView } from "../types.ts";
import type { Write } from "../writes.ts";
import { createBook } from "./book.ts";
import { budgetsView } from "./budgets-view.ts";
import { expenseForm } from "./expense-form.ts";
import { expenseList } from "./expense-list.ts";
import { receiptField } from "./receipt-field.ts";
import { createReceipts } from "./receipts.ts";
import { summaryView } from "./summary-view.ts";
import { isRecap } from "./types.ts";

export interface FinanceView {
  show(view: DatabaseView): void;
}

export interface FinanceDeps {
  api: Api;
  write: Write;
  now(): number;
  /** Milliseconds. */
  wait(ms: number): Promise<void>;
  /** Called after a request that used the database. */
  used(): Promise<void>;
}

/** What others (or another tab) have entered shows within this; in ms. Asked for as background: it keeps nothing awake. */
const STALE = 300_000;

const words: Record<DatabaseView["phase"], string> = {
  asleep: "Expenses live in the database, and it is asleep.",
  waking: "The database is waking up. Expenses are back as soon as it serves.",
  awake: "The database does not answer for now. Expenses are back as soon as it does.",
  "falling-asleep": "The database is falling asleep, and takes no new expenses.",
};

export function financeView({ api, write, now, wait, used }: FinanceDeps): FinanceView {
  const place = part("finance", HTMLElement);
  const form = part("expense-form", HTMLElement);
  const error = part("finance-error", HTMLElement);
  const recap = part("recap", HTMLElement);
  const book = createBook(api, write);
  let serving = false;
  let wasServing = false;
  let phase: DatabaseView["phase"] = "asleep";
  /** When what is shown was read; null: nothing is shown yet. */
  let knownAt: number | null = null;
  let reading: Promise<void> | null = null;
  /** While it reads, something was written: it reads once more. */
  let again = false;
  /** The last reading failed in part. */
  let behind = false;

  const written = async () => {
    await read();
    await used();
  };
  const budgets = budgetsView(write, book, now, written);
  const summary = summaryView(api, book, (of) => {
    budgets.show(of);
    expense.refresh(of.currency);
  });
  const receipts = createReceipts({ api, write, fetch: (...call) => fetch(...call), wait });
  const openReceipt = async (id: string) => {
    // It is sent as an attachment: the page stays. Another window might be taken for an advertisement after the wait for the link.
    location.assign(await receipts.link(id));
  };
  const list = expenseList(api, book, now, (of) => expense.edit(of), openReceipt);
  const expense = expenseForm({
    api,
    write,
    book,
    receipt: receiptField(receipts, openReceipt),
    now,
    async changed(id, after, how) {
      // At once what is known of it; the whole is read after.
      list.put(id, after);
      if (how === "learnt") return;
      showCategories();
      if (how === "written") list.focus(after === null ? null : id);
      await read();
      await used();
    },
  });
  const showCategories = () => {
    budgets.showCategories();
    expense.showCategories();
  };

  const readRecap = async () => {
    // A sentence more: without it the figures stand all the same.
    const body = await api("GET", "/insights/weekly-recap", { background: true }).catch(() => null);
    if (!isRecap(body)) return;
    const { count, weekBefore } = body.figures;
    setText(recap, body.sentence);
    // To who has just begun it would say that nothing is as much as nothing.
    show(part("recap-place", HTMLElement), count > 0 || /[1-9]/.test(weekBefore.total));
  };

  // Nobody pressed anything for this, so it is background: it must not keep the database awake. Two at a time: each has a connection.
  const readOnce = async () => {
    const at = now();
    const first = async () => {
      await book.load(true);
      showCategories();
      await list.load(true);
    };
    const second = async () => {
      await summary.load(true);
      await readRecap();
    };
    const failures = (await Promise.allSettled([first(), second()])).flatMap((each) => (each.status === "rejected" ? [problemOf(each.reason)] : []));
    // Between the look and this it may have gone to sleep: the next look says so. Only what fails again although it serves is worth a word.
    const [failure] = failures.filter(({ status }) => status !== 503 || (behind && serving));
    behind = failures.length > 0;
    if (!behind) knownAt = at;
    say(error, failure?.detail ?? null);
    draw();
  };
  const readAll = async () => {
    do {
      again = false;
      await readOnce();
    } while (again);
    reading = null;
  };
  const read = (): Promise<void> => {
    if (reading) again = true;
    else reading = readAll();
    return reading;
  };

  const draw = () => {
    place.toggleAttribute("data-resting", !serving);
    show(part("figures", HTMLElement), knownAt !== null);
    show(part("expenses", HTMLElement), knownAt !== null || serving || expense.draft());
    show(form, serving || expense.draft());
    show(part("expenses-asleep", HTMLElement), !serving);
    const asOf = knownAt === null ? "" : ` What you see is as of ${moment(knownAt, now())}.`;
    setText(part("expenses-asleep-text", HTMLElement), `${words[phase]}${asOf}`);
  };

  let asked = false;
  return {
    show(view) {
      if (!asked) {
        asked = true;
        void receipts.there().then((there) => show(part("receipt-place", HTMLElement), there));
      }
      serving = view.serving;
      phase = view.phase;
      expense.refresh(null);
      show(part("restart-expenses", HTMLElement), view.mode === "manage" && (phase === "asleep" || phase === "falling-asleep"));
      draw();
      if (serving && (!wasServing || knownAt === null || behind || now() - knownAt > STALE)) void read();
      wasServing = serving;
    },
  };
}
