/** The weekly recap's notification: for whoever asked for it, once for each week in which something was spent, when that week is over. */
import { createHash } from "node:crypto";
import { bySize, countOf, sumBy, totalOf } from "../finance/insights/spend.ts";
import { weekFrame } from "../finance/insights/weekly-recap.ts";
import { formatAmount } from "../finance/money.ts";
import { addDays, type Calendar, type Day, type Period, periodAt } from "../finance/periods.ts";
import type { Profile } from "../finance/profile.ts";
import { uuid7 } from "../finance/uuid7.ts";
import { tell } from "./outbox.ts";
import { readCategories, readSpending } from "./summary.ts";
import type { Watch } from "./thresholds.ts";
import type { Tx } from "./users.ts";

/** What the outbox calls it. */
export const WEEKLY_RECAP = "weekly-recap";
/** So many days of the next week a recap may come late; later it is no news. */
const LATE_DAYS = 2;
/** So many categories are named. */
const NAMED = 3;

const WEEK = { kind: "week", startsOn: null, periodDays: null } as const;

/**
 * Tells of the user's last week, when it is just over and they want that. Its message has its id from the week: told again, it is the one that is there.
 * A week in which nothing was spent is none to wake a database for, and none to write about.
 */
export async function tellWeek(tx: Tx, { sub, notifications, displayCurrency: currency }: Profile, watch: Watch): Promise<void> {
  if (!notifications[WEEKLY_RECAP]) return;
  const { from, to, weeks } = weekFrame(watch.calendar, undefined, watch.today);
  const next = addDays(to, 1);
  if (watch.today > addDays(next, LATE_DAYS)) return;
  const before: Period | undefined = weeks.at(-1);
  const starts = [...(before === undefined ? [] : [before.from]), from];
  const rows = await readSpending(tx, sub, { starts, to }, currency);
  const mine = rows.filter(({ span }) => starts[span] === from);
  const others = rows.filter(({ span }) => starts[span] !== from);
  if (countOf(mine) === 0) return;
  const names = new Map(
    (
      await readCategories(
        tx,
        sub,
        mine.map(({ categoryId }) => categoryId),
      )
    ).map(({ id, name }) => [id, name]),
  );
  const money = (minor: bigint) => formatAmount(minor, currency);
  const top = [...sumBy(mine, ({ categoryId }) => categoryId)]
    .flatMap(([id, minor]) => (id !== null && minor > 0n ? [{ name: names.get(id) ?? "", minor }] : []))
    .filter(({ name }) => name !== "")
    .sort((a, b) => bySize(a.minor, b.minor) || (a.name < b.name ? -1 : 1))
    .slice(0, NAMED);
  const payload = {
    v: 1,
    from,
    to,
    currency,
    total: money(totalOf(mine)),
    count: countOf(mine),
    previous: countOf(others) === 0 ? null : money(totalOf(others)),
    top: top.map(({ name, minor }) => ({ name, total: money(minor) })),
  };
  const id = uuid7(Date.parse(`${next}T00:00:00Z`), createHash("sha256").update(`${WEEKLY_RECAP} ${sub} ${from}`).digest());
  await tell(tx, sub, [{ id, kind: WEEKLY_RECAP, payload }], watch.now);
}

/** A user's last week, for whoever wants its report: when it is just over, and something was spent in it. */
export async function weekToReport(tx: Tx, { sub, weeklyReport, calendar }: Profile, today: Day): Promise<Period | null> {
  if (!weeklyReport) return null;
  const { from, to } = weekFrame(calendar, undefined, today);
  if (today > addDays(to, 1 + LATE_DAYS)) return null;
  const spent = tx.selectFrom("expenses").select("id").where("user_id", "=", sub).where("occurred_on", ">=", from).where("occurred_on", "<=", to);
  return (await spent.where("kind", "in", ["expense", "refund"]).limit(1).executeTakeFirst()) === undefined ? null : { from, to };
}

/** The day after the first week, from the running one on, in which something was spent; null while there is none, and for who does not want to know. */
export async function nextWeekly(tx: Tx, { sub, notifications, weeklyReport }: Profile, calendar: Calendar, today: Day): Promise<Day | null> {
  if (!notifications[WEEKLY_RECAP] && !weeklyReport) return null;
  const first = await tx
    .selectFrom("expenses")
    .select("occurred_on")
    .where("user_id", "=", sub)
    .where("occurred_on", ">=", periodAt(WEEK, calendar, today).from)
    .where("kind", "in", ["expense", "refund"])
    .orderBy("occurred_on")
    .limit(1)
    .executeTakeFirst();
  return first === undefined ? null : addDays(periodAt(WEEK, calendar, first.occurred_on).to, 1);
}
