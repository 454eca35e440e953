/** Times and durations as people read them. Pure; UTC, because a reason stands in the ledger for readers in any zone. */

/** `18:00 UTC`, or `22 Nov 18:00 UTC` when `at` is on another day than `now`. Both in milliseconds since the epoch. */
export function clock(at: number, now: number): string {
  const date = new Date(at);
  const time = date.toISOString().slice(11, 16);
  const sameDay = date.toISOString().slice(0, 10) === new Date(now).toISOString().slice(0, 10);
  if (sameDay) return `${time} UTC`;
  const month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][date.getUTCMonth()];
  return `${date.getUTCDate()} ${month} ${time} UTC`;
}

/** `45 s`, `63 min`, `3.5 h`, `9 days`; for `ms` milliseconds. */
export function span(ms: number): string {
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 360) / 10} h`;
  return `${Math.round(seconds / 86400)} days`;
}
