/** Durations on a command line: `90s`, `30m`, `1h`, `1.5h`, `2d`. */

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** The longest hold. */
const MOST_MS = 7 * 86_400_000;

/** Milliseconds. Throws an Error that says what is allowed. */
export function parseDuration(text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? Number.NaN);
  if (!(ms >= 1000 && ms <= MOST_MS)) throw new Error(`"${text}" is no duration from one second to seven days, such as 30m, 1h or 2d`);
  return Math.round(ms);
}
