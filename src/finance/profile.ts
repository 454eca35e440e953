/** Who somebody is to this application, and how they count money and time. Pure. */
import { defaultPreferences, KINDS, type Kind, type Preferences } from "../notifications/kinds.ts";
import { type Calendar, type CalendarChange, defaultCalendar, todayIn } from "./calendar.ts";
import { periodAt } from "./periods.ts";

export interface Profile {
  /** The user's id in Cognito. */
  sub: string;
  /** How they want to be called; may be empty. */
  name: string;
  /** From Cognito, and from nowhere else; null until it was found there. */
  email: string | null;
  /** ISO 4217: sums are shown in it. */
  displayCurrency: string;
  /** BCP 47. */
  locale: string;
  calendar: Calendar;
  /** Of which kinds they want mails. */
  notifications: Preferences;
  /** An expense of this much or more, in this very currency, is told of; null: none is. */
  largeExpense: AmountOf | null;
  /** Whether they get a report of each week in which they spent something, when it is over. */
  weeklyReport: boolean;
}

export interface AmountOf {
  /** A decimal string with all decimals of its currency. */
  amount: string;
  /** ISO 4217. */
  currency: string;
}

/** What a change under an idempotency key was answered, so that the same key gets the same again. */
export interface KeptAnswer {
  key: string;
  /** Of the request, in hexadecimal. */
  hash: string;
  /** Milliseconds. */
  at: number;
  version: number;
  /** JSON. */
  body: string;
}

/** As it is kept. */
export interface StoredProfile extends Profile {
  /** Rises by one with each change that its user made; 0: none yet. */
  version: number;
  /** When Cognito was last asked for the e-mail and gave it, in milliseconds; null: never. */
  emailAt: number | null;
  /** The newest last; few, because they are read with the profile. */
  answers: readonly KeptAnswer[];
}

/** What a user may change; what is left out stays. */
export interface ProfilePatch {
  name?: string | undefined;
  displayCurrency?: string | undefined;
  locale?: string | undefined;
  /** IANA. */
  timeZone?: string | undefined;
  /** ISO 8601: 1 Monday to 7 Sunday. */
  firstWeekday?: number | undefined;
  /** 1 to 31; null: no payday, months from the 1st. */
  payday?: number | null | undefined;
  /** Kinds that are left out stay as they are. */
  notifications?: { readonly [K in Kind]?: boolean | undefined } | undefined;
  /** null: none. */
  largeExpense?: AmountOf | null | undefined;
  weeklyReport?: boolean | undefined;
}

export interface ProfileReader {
  /** What is kept, or the defaults. Throws `UnknownProfile` for an item that this code can't read. */
  read(sub: string): Promise<StoredProfile>;
}

export interface ProfileStore extends ProfileReader {
  /** Keeps `next` in place of the version before it; false: that is no longer the version that is kept. */
  replace(next: StoredProfile): Promise<boolean>;
  /** Keeps an e-mail that Cognito gave at `at`. Not a change of its user's: the version stays. */
  keepEmail(sub: string, email: string, at: number): Promise<void>;
}

/** A profile that a newer version of this program wrote, or nobody did. Nothing is guessed from it. */
export class UnknownProfile extends Error {
  override name = "UnknownProfile";
  constructor(version: unknown) {
    super(`a profile has version ${JSON.stringify(version)?.slice(0, 40)} or another form than this code writes; it reads version 1`);
  }
}

/** Before anybody has changed anything: EUR, English, UTC, weeks from Monday, no payday. */
export const defaultProfile = (sub: string): StoredProfile => ({
  sub,
  name: "",
  email: null,
  displayCurrency: "EUR",
  locale: "en",
  calendar: defaultCalendar(),
  notifications: defaultPreferences,
  largeExpense: null,
  weeklyReport: false,
  version: 0,
  emailAt: null,
  answers: [],
});

/** The rule that was chosen last; it counts from the next boundary on. */
export const newestRule = ({ changes }: Calendar): CalendarChange => {
  const newest = changes.at(-1);
  if (newest === undefined) throw new RangeError("a calendar says from the first day on how it counts");
  return newest;
};

/** Whether a week or a payday month began after the newest change and not after `day`: then the change counted, and has to stay for what is past. */
function hasCounted(calendar: Calendar, day: string): boolean {
  const { from } = newestRule(calendar);
  return (["week", "payday"] as const).some((kind) => periodAt({ kind, startsOn: null, periodDays: null }, calendar, from).to < day);
}

/**
 * A new zone says at once which day is today; days are kept as text and belong to no zone, so it moves no boundary. A new first weekday or payday is a
 * change from the user's today on, and `periods.ts` makes it count at the next boundary. One that never came to count is replaced.
 */
function changedCalendar(calendar: Calendar, patch: ProfilePatch, now: number): Calendar {
  const timeZone = patch.timeZone ?? calendar.timeZone;
  const newest = newestRule(calendar);
  const firstWeekday = patch.firstWeekday ?? newest.firstWeekday;
  const payday = patch.payday === undefined ? newest.payday : patch.payday;
  if (firstWeekday === newest.firstWeekday && payday === newest.payday) return timeZone === calendar.timeZone ? calendar : { ...calendar, timeZone };
  // The latest of the days that may be the user's today, so that the period which is running for them is left alone; and changes stay sorted for somebody who flew west.
  const from = [todayIn(calendar.timeZone, now), todayIn(timeZone, now), newest.from].reduce((a, b) => (a > b ? a : b));
  const kept = calendar.changes.length > 1 && !hasCounted(calendar, from) ? calendar.changes.slice(0, -1) : calendar.changes;
  const before = kept.at(-1);
  const takenBack = before?.firstWeekday === firstWeekday && before.payday === payday;
  return { timeZone, changes: takenBack ? kept : [...kept, { from, firstWeekday, payday }] };
}

/** The very same object when nothing differs. */
function changedPreferences(preferences: Preferences, patch: ProfilePatch["notifications"] = {}): Preferences {
  const differs = KINDS.some((kind) => (patch[kind] ?? preferences[kind]) !== preferences[kind]);
  return differs ? (Object.fromEntries(KINDS.map((kind) => [kind, patch[kind] ?? preferences[kind]])) as Preferences) : preferences;
}

function changedLimit(limit: AmountOf | null, patch: AmountOf | null | undefined): AmountOf | null {
  if (patch === undefined || (patch?.amount === limit?.amount && patch?.currency === limit?.currency)) return limit;
  return patch;
}

/** The profile with what the patch gives, at `now` (milliseconds); the very same object when nothing differs. The version is the caller's business. */
export function changed<P extends Profile>(profile: P, patch: ProfilePatch, now: number): P {
  const { name = profile.name, displayCurrency = profile.displayCurrency, locale = profile.locale } = patch;
  const next = {
    name,
    displayCurrency,
    locale,
    calendar: changedCalendar(profile.calendar, patch, now),
    notifications: changedPreferences(profile.notifications, patch.notifications),
    largeExpense: changedLimit(profile.largeExpense, patch.largeExpense),
    weeklyReport: patch.weeklyReport ?? profile.weeklyReport,
  };
  const same = (Object.keys(next) as (keyof typeof next)[]).every((field) => next[field] === profile[field]);
  return same ? profile : { ...profile, ...next };
}

/** A BCP 47 tag in its canonical form, `de-DE`; null for what is none. */
export function localeNamed(tag: string): string | null {
  if (tag.length > 64) return null;
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}

/** The language that an `Accept-Language` header (RFC 9110, 12.5.4) likes best; null when it names none. */
export function localeAccepted(header: string | undefined): string | null {
  const ranges = (header ?? "")
    .slice(0, 500)
    .split(",")
    .map((range) => /^\s*([A-Za-z0-9-]+)\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?\s*$/i.exec(range))
    .flatMap((match) => (match === null ? [] : [{ locale: localeNamed(match[1] ?? ""), weight: Number(match[2] ?? 1) }]))
    .filter(({ locale, weight }) => locale !== null && weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return ranges[0]?.locale ?? null;
}
