/** Days as banks write them. Pure. */
import { type Day, FIRST_DAY, isDay } from "../finance/day.ts";

/** Year, month, day; day first; month first. */
export type DayOrder = "ymd" | "dmy" | "mdy";

export type ReadDay = { ok: true; day: Day } | { ok: false; why: string };

/** The first three letters (without accents) of the months in English, German, French, Spanish, Italian, Dutch and Portuguese. */
const MONTHS: Readonly<Record<string, number>> = Object.fromEntries(
  [
    "jan gen ene",
    "feb fev",
    "mar mrz mae mrt maa",
    "apr avr abr",
    "may mai mei mag maj",
    "jun giu",
    "jul lug",
    "aug aou ago",
    "sep set",
    "oct okt out ott",
    "nov",
    "dec dez dic des",
  ].flatMap((names, i) => names.split(" ").map((name) => [name, i + 1])),
);

/** French shortens both to "jui"; the fourth letter tells them apart. */
function monthNamed(name: string): number | null {
  const plain = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  if (plain.startsWith("juin")) return 6;
  if (plain.startsWith("juil")) return 7;
  return MONTHS[plain.slice(0, 3)] ?? null;
}

type Written = { kind: "numbers"; parts: [string, string, string] } | { kind: "named"; year: string; month: number; day: string } | null;

/** What is written, without a time of day behind it. */
function written(text: string): Written {
  const plain = text.normalize("NFKC").trim();
  const compact = /^(\d{4})(\d\d)(\d\d)(?:\D.*|\d{6}.*)?$/.exec(plain);
  if (compact !== null) return { kind: "numbers", parts: [compact[1] ?? "", compact[2] ?? "", compact[3] ?? ""] };
  const numbers = /^(\d{1,4})[-./ ]\s?(\d{1,2})[-./ ]\s?(\d{1,4})\.?(?:[T, ].*)?$/.exec(plain);
  if (numbers !== null) return { kind: "numbers", parts: [numbers[1] ?? "", numbers[2] ?? "", numbers[3] ?? ""] };
  const dayFirst = /^(\d{1,2})(?:st|nd|rd|th|\.)?[-\s/]*(\p{L}{3,12})\.?[-\s/,]*(\d{4}|\d\d)(?:[, T].*)?$/u.exec(plain);
  const monthFirst = /^(\p{L}{3,12})\.?[-\s]*(\d{1,2})(?:st|nd|rd|th)?[-\s,]+(\d{4})(?:[, T].*)?$/u.exec(plain);
  const month = monthNamed(dayFirst?.[2] ?? monthFirst?.[1] ?? "");
  if (month === null) return null;
  return { kind: "named", month, day: dayFirst?.[1] ?? monthFirst?.[2] ?? "", year: dayFirst?.[3] ?? monthFirst?.[3] ?? "" };
}

/** Two digits are a year of the hundred that ends with the last day which an expense may have. */
function fullYear(year: string, until: Day): string {
  if (year.length !== 2) return year.padStart(4, "0");
  const last = Number(until.slice(0, 4));
  const century = last - (last % 100);
  const candidate = century + Number(year);
  return String(candidate > last ? candidate - 100 : candidate);
}

/** A day in the given order; a year of four digits in front is one in any order. Refused: what is no day, and what lies outside `FIRST_DAY` to `until`. */
export function readDay(text: string, order: DayOrder, until: Day): ReadDay {
  const what = JSON.stringify(text.slice(0, 40));
  const found = written(text);
  if (found === null) return { ok: false, why: `has a day that is none: ${what}` };
  let [year, month, day] = ["", "", ""];
  if (found.kind === "named") [year, month, day] = [found.year, String(found.month), found.day];
  else if (found.parts[0].length === 4) [year, month, day] = found.parts;
  else if (order === "ymd") [year, month, day] = found.parts;
  else if (order === "dmy") [day, month, year] = found.parts;
  else [month, day, year] = found.parts;
  if (year.length !== 4 && year.length !== 2) return { ok: false, why: `has a day without a year: ${what}` };
  const read = `${fullYear(year, until)}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  if (!isDay(read)) return { ok: false, why: `has a day that the calendar has not, read as ${orderNamed[order]}: ${what}` };
  if (read < FIRST_DAY || read > until) return { ok: false, why: `has a day before ${FIRST_DAY} or after ${until}: ${what}` };
  return { ok: true, day: read };
}

const orderNamed: Readonly<Record<DayOrder, string>> = { ymd: "year, month, day", dmy: "day, month, year", mdy: "month, day, year" };

/**
 * The order that reads the most of the samples; of equals the one that makes for the fewest days out of their file's order, then the day first.
 * `sure` is false when another order reads as many.
 */
export function guessOrder(samples: readonly string[], until: Day): { order: DayOrder; sure: boolean } {
  const orders: readonly DayOrder[] = ["dmy", "mdy", "ymd"];
  const tried = orders.map((order) => {
    const read = samples.map((sample) => readDay(sample, order, until)).flatMap((each) => (each.ok ? [each.day] : []));
    let up = 0;
    let down = 0;
    for (const [i, day] of read.entries()) {
      const before = read[i - 1];
      if (before !== undefined && day > before) up++;
      if (before !== undefined && day < before) down++;
    }
    return { order, read, unsorted: Math.min(up, down) };
  });
  const [best, second] = tried.toSorted((a, b) => b.read.length - a.read.length || a.unsorted - b.unsorted);
  if (best === undefined || best.read.length === 0) return { order: "ymd", sure: false };
  const allSame = tried.every(({ read }) => read.length === best.read.length && read.every((day, i) => day === best.read[i]));
  if (allSame) return { order: "ymd", sure: true };
  const distinct = tried.filter(({ read }) => read.some((day, i) => day !== best.read[i]) && read.length === best.read.length);
  return { order: best.order, sure: second === undefined || second.read.length < best.read.length || distinct.length === 0 };
}
