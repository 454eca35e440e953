/** An export as JSON: see `document.ts`. */
import { type Counts, EXPORT_VERSION, type ExportHead, type ExportList, type ExportSource, listNames, type Writing } from "./document.ts";

async function* once<T>(all: readonly T[]): AsyncGenerator<readonly T[], void, undefined> {
  if (all.length > 0) yield all;
}

const pagesOf = (source: ExportSource): Record<ExportList, () => AsyncIterable<readonly unknown[]>> => ({
  categories: () => once(source.categories),
  accounts: () => once(source.accounts),
  rates: source.rates,
  balances: source.balances,
  budgets: () => once(source.budgets),
  receipts: source.receipts,
  expenses: () => source.expenses(),
});

/** The file's bytes, a page at a time; throws what the source throws. */
export async function* exportJson(source: ExportSource): Writing {
  const encoder = new TextEncoder();
  const counts = {} as Counts;
  let bytes = 0;
  const part = (text: string) => {
    const encoded = encoder.encode(text);
    bytes += encoded.length;
    return encoded;
  };
  const head: ExportHead = { dormouse: "export", v: EXPORT_VERSION, madeAt: new Date(source.madeAt).toISOString(), filter: source.filter };
  yield part(`${JSON.stringify(head).slice(0, -1)},\n"profile":${JSON.stringify(source.profile)}`);
  const pages = pagesOf(source);
  for (const name of listNames) {
    counts[name] = 0;
    yield part(`,\n"${name}":[`);
    for await (const page of pages[name]()) {
      // The first has no comma before it.
      const lines = page.map((item, i) => `${counts[name] + i === 0 ? "" : ","}\n${JSON.stringify(item)}`);
      counts[name] += page.length;
      if (lines.length > 0) yield part(lines.join(""));
    }
    yield part("\n]");
  }
  yield part(`,\n"counts":${JSON.stringify(counts)}}\n`);
  return { rows: counts.expenses, bytes };
}
