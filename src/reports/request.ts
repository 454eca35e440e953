/** Which report somebody asks for, and what that comes to on the day of asking. Pure. */
import { isDay } from "../finance/day.ts";
import { exponentOf } from "../finance/money.ts";
import { addDays, type Calendar, type Day, daysBetween, type Period, periodAt, previousPeriod } from "../finance/periods.ts";
import type { Profile } from "../finance/profile.ts";
import { MAX_DAYS, type ReportAsked, type ReportKind } from "./data.ts";
import { type Language, languageOf, languages } from "./format.ts";

export const reportKinds = ["weekly", "monthly", "custom"] as const satisfies readonly ReportKind[];
export const formats = ["pdf", "csv", "xlsx"] as const;
export type ReportFormat = (typeof formats)[number];

export const contentTypes: Readonly<Record<ReportFormat, string>> = {
  pdf: "application/pdf",
  csv: "text/csv; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};

export interface ReportRequest {
  kind: ReportKind;
  /** Of a weekly one: a day of the week; without it the last week that was over when it was asked for. */
  on?: Day | undefined;
  /** Of a monthly one, `2026-10`; without it the last month that was over. */
  month?: string | undefined;
  /** Of a custom one, both days included. */
  from?: Day | undefined;
  to?: Day | undefined;
  format: ReportFormat;
  /** Without it that of the user's locale. */
  language?: Language | undefined;
  /** ISO 4217; without it the one in which the user wants sums. */
  currency?: string | undefined;
}

const isMonth = (value: string): boolean => /^\d{4}-\d\d$/.test(value) && isDay(`${value}-01`);

/** What is wrong with the fields together: the field, and the end of a sentence that begins with it. */
export function requestFault({ kind, on, month, from, to }: ReportRequest): { field: "on" | "month" | "from" | "to"; why: string } | null {
  if (on !== undefined && kind !== "weekly") return { field: "on", why: "is for the kind weekly only" };
  if (month !== undefined && kind !== "monthly") return { field: "month", why: "is for the kind monthly only" };
  if (month !== undefined && !isMonth(month)) return { field: "month", why: "must be a month such as 2026-10" };
  if (kind !== "custom") {
    if (from !== undefined) return { field: "from", why: "is for the kind custom only" };
    return to === undefined ? null : { field: "to", why: "is for the kind custom only" };
  }
  if (from === undefined) return { field: "from", why: "is missing: a custom report is from one day to another" };
  if (to === undefined) return { field: "to", why: "is missing: a custom report is from one day to another" };
  if (to < from) return { field: "to", why: "must not be before from" };
  return daysBetween(from, to) >= MAX_DAYS ? { field: "to", why: `must be within ${MAX_DAYS} days from from` } : null;
}

const isOneOf = <T extends string>(all: readonly T[], value: unknown): value is T => all.some((one) => one === value);
const textOr = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** A request as a job keeps it; null for what this code can't read. */
export function readRequest(parameters: Readonly<Record<string, unknown>>): ReportRequest | null {
  const { kind, format, language, currency, on, month, from, to } = parameters;
  if (!isOneOf(reportKinds, kind) || !isOneOf(formats, format)) return null;
  if (language !== undefined && !isOneOf(languages, language)) return null;
  if (currency !== undefined && (typeof currency !== "string" || exponentOf(currency) === null)) return null;
  for (const day of [on, from, to]) if (day !== undefined && !(typeof day === "string" && isDay(day))) return null;
  const read: ReportRequest = { kind, format, language, currency, on: textOr(on), month: textOr(month), from: textOr(from), to: textOr(to) };
  return requestFault(read) === null ? read : null;
}

/** What makes two requests one, in a fixed order. */
export const contentOf = ({ kind, on, month, from, to, format, language, currency }: ReportRequest): (string | null)[] =>
  [kind, on, month, from, to, format, language, currency].map((value) => value ?? null);

const month = { kind: "month", startsOn: null, periodDays: null } as const;
const week = { kind: "week", startsOn: null, periodDays: null } as const;

function periods({ kind, on, month: named, from, to }: ReportRequest, calendar: Calendar, askedOn: Day): { period: Period; previous: Period } {
  if (kind === "custom" && from !== undefined && to !== undefined) {
    const days = daysBetween(from, to) + 1;
    return { period: { from, to }, previous: { from: addDays(from, -days), to: addDays(from, -1) } };
  }
  const rhythm = kind === "weekly" ? week : month;
  const day = kind === "weekly" ? on : named === undefined ? undefined : `${named}-01`;
  const period = day === undefined ? previousPeriod(rhythm, calendar, periodAt(rhythm, calendar, askedOn)) : periodAt(rhythm, calendar, day);
  return { period: { from: period.from, to: period.to }, previous: previousPeriod(rhythm, calendar, period) };
}

export interface ReportPlan {
  asked: ReportAsked;
  format: ReportFormat;
  language: Language;
  locale: string;
  name: string;
}

/** The report that a request comes to for this user. `askedOn`, `today`: the user's days on which it was asked for, and is made. */
export function planReport(request: ReportRequest, profile: Profile, askedOn: Day, today: Day): ReportPlan {
  const { calendar, displayCurrency, locale, name } = profile;
  const asked: ReportAsked = { kind: request.kind, ...periods(request, calendar, askedOn), currency: request.currency ?? displayCurrency, calendar, today };
  return { asked, format: request.format, language: request.language ?? languageOf(locale), locale, name };
}

/** What the file is called when it is saved: days alone, the same in every language. */
export const fileNameOf = ({ asked: { kind, period }, format }: Pick<ReportPlan, "asked" | "format">): string =>
  `report-${kind === "monthly" ? period.from.slice(0, 7) : `${period.from}-${period.to}`}.${format}`;

/** Where reports lie in the bucket. */
export const REPORTS = "reports/";

/** A `sub` in a key: what S3 would read as a folder, or escape, is written in percent form. */
export const folderOf = (userId: string): string =>
  encodeURIComponent(userId).replace(/[.!'()*~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

export const reportKey = ({ userId, id }: { userId: string; id: string }, format: ReportFormat): string => `${REPORTS}${folderOf(userId)}/${id}.${format}`;
