/** Times and durations in words. Pure: what the time is comes in. */

const units: [string, number][] = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
];

/**
 * A length of time with at most two units: `25 s`, `3 min`, `2 h 5 min`, `3 d 4 h`. Seconds are left out from ten minutes on.
 * Negative lengths read as `0 s`.
 */
export function duration(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  if (rest >= 600) rest = Math.round(rest / 60) * 60;
  const first = units.findIndex(([, size]) => rest >= size);
  if (first === -1) return "0 s";
  const words: string[] = [];
  for (const [name, size] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    if (count > 0) words.push(`${count} ${name}`);
    rest -= count * size;
  }
  return words.join(" ");
}

/** Seconds from `now` (ms) until an ISO time; negative once it has passed. NaN for what is no time. */
export function secondsUntil(iso: string, now: number): number {
  return (Date.parse(iso) - now) / 1000;
}

/** Hours for a sum: `412 h`, `3.5 h`, below an hour in minutes. */
export function hours(seconds: number): string {
  if (seconds < 3_600) return duration(seconds);
  const value = seconds / 3_600;
  return `${new Intl.NumberFormat(undefined, { maximumFractionDigits: value < 100 ? 1 : 0 }).format(value)} h`;
}

function sameDay(a: Date, b: Date): boolean {
  return a.getFullYear() === b.getFullYear() && a.getMonth() === b.getMonth() && a.getDate() === b.getDate();
}

/** A moment for the reader: the time alone when it is today, with the day else; the year only when it is another. */
export function moment(at: number, now: number, seconds = false): string {
  const date = new Date(at);
  const today = new Date(now);
  const clock: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}) };
  if (sameDay(date, today)) return date.toLocaleTimeString(undefined, clock);
  const year: Intl.DateTimeFormatOptions = date.getFullYear() === today.getFullYear() ? {} : { year: "numeric" };
  return date.toLocaleString(undefined, { weekday: "short", day: "numeric", month: "short", ...year, ...clock });
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const utcTime = new RegExp(`(?:\\b(\\d{1,2}) (${months.join("|")}) )?\\b(\\d\\d):(\\d\\d)(?:-(\\d\\d):(\\d\\d))? UTC\\b`, "g");

/**
 * A sentence of the API in which `18:00 UTC`, `22 Nov 18:00 UTC` or `03:00-03:30 UTC` stand, with these in the reader's own zone. `said` (ms) is when it was
 * written: a time without a day is of that UTC day, a day is of the year that lies nearest.
 */
export function inOwnZone(sentence: string, said: number): string {
  const then = new Date(said);
  return sentence.replace(utcTime, (_, day, month, hour, minute, endHour, endMinute) => {
    const monthIndex = month ? months.indexOf(month) : then.getUTCMonth();
    const at = (year: number, h: string, m: string) => Date.UTC(year, monthIndex, day ? Number(day) : then.getUTCDate(), Number(h), Number(m));
    const away = (year: number) => Math.abs(at(year, hour, minute) - said);
    const year = then.getUTCFullYear();
    const nearest = day ? ([year - 1, year, year + 1].sort((a, b) => away(a) - away(b))[0] ?? year) : year;
    const from = at(nearest, hour, minute);
    if (!endHour) return moment(from, said);
    // A window is the same every day: its times alone.
    const to = at(nearest, endHour, endMinute);
    return `${moment(from, from)}–${moment(to, to)}`;
  });
}

/** `2026-11` as `November 2026`. */
export function monthName(month: string): string {
  return new Date(`${month}-01T12:00:00Z`).toLocaleDateString(undefined, { month: "long", year: "numeric", timeZone: "UTC" });
}

/** The reader's own day of a moment, `2026-11-21`. */
export function localDay(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** What an `<input type="datetime-local">` takes. */
export function localMinute(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${localDay(at)}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/**
 * The server's time as the page knows it. A reader's clock may be minutes wrong, and a countdown against it would be a lie; the `Date` header has
 * a resolution of one second, so a difference of less than three is left alone.
 */
export function serverClock(local: () => number): { now(): number; heard(dateHeader: string | null): void } {
  let skew = 0;
  return {
    now: () => local() + skew,
    heard(dateHeader) {
      const at = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
      if (Number.isNaN(at)) return;
      const difference = at + 500 - local();
      skew = Math.abs(difference) < 3_000 ? 0 : difference;
    },
  };
}
