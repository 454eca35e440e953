/** The monthly bill of one deployment, line by line, from a few stated assumptions. Pure; US dollars. */
import system from "../../system.json" with { type: "json" };
import { type PriceName, priced } from "./prices.ts";

/** What a month is taken to be like. Estimates, on the high side; none is measured in AWS. */
export const ASSUMED = {
  monthHours: 730,
  /** Hours awake of one visit, its idle hour included. */
  hoursPerVisit: 2,
  /** No automatic backup is made while asleep, and AWS starts a stopped instance after 7 days: once a week it stays up to the next backup window. */
  safetyEveryHours: 168,
  safetyHours: 12,
  /** Seconds that `reconcile` looks and waits for one wake and one sleep, and its looks. */
  reconcileSecondsPerPeriod: 600,
  looksPerPeriod: 150,
  /** Billed seconds of one short run: check, probe (a cold start among them). */
  checkSeconds: 1,
  probesPerHour: 4,
  probesPerPeriod: 10,
  controlRequestsPerHour: 300,
  controlSeconds: 0.1,
  dataRequestsPerHour: 300,
  dataSeconds: 0.15,
  /** Of the console while asleep. */
  requestsAsleep: 3000,
  /** The state item is below 4 KB. */
  writeUnits: 4,
  touchesPerHour: 60,
  ledgerEntriesPerPeriod: 8,
  logKbPerCheck: 2,
  logKbPerRequest: 1.5,
  answerKb: 3,
  timersPerPeriod: 6,
  timersPerHour: 2,
  users: 5,
  alarms: 5,
  dashboards: 1,
  storageGb: 20,
} as const;

export interface Line {
  what: string;
  why: string;
  usd: number;
}

const memoryGb = (name: keyof typeof system.functions) => system.functions[name].memoryMb / 1024;

/** What Dormouse itself costs, for `hours` awake by use in the month. */
export function overhead(hours: number, alwaysFree: boolean): Line[] {
  const a = ASSUMED;
  const checks = (a.monthHours * 60) / system.settings.checkMinutes.default;
  const safety = a.monthHours / a.safetyEveryHours;
  const periods = hours / a.hoursPerVisit + safety;
  const awake = hours + safety * a.safetyHours;
  const control = hours * a.controlRequestsPerHour + a.requestsAsleep;
  const data = hours * a.dataRequestsPerHour;
  const probes = awake * a.probesPerHour + periods * a.probesPerPeriod;
  const timers = periods * a.timersPerPeriod + awake * a.timersPerHour;
  const looks = periods * a.looksPerPeriod;
  const runs = checks + timers;
  const gbSeconds =
    (runs * a.checkSeconds + periods * a.reconcileSecondsPerPeriod) * memoryGb("reconcile") +
    probes * a.checkSeconds * memoryGb("probe") +
    control * a.controlSeconds * memoryGb("control") +
    data * a.dataSeconds * memoryGb("data");
  const writes = (runs + looks + hours * a.touchesPerHour) * a.writeUnits + periods * a.ledgerEntriesPerPeriod * 2;
  const reads = runs + looks + control + data;
  const logGb = ((runs + looks + probes) * a.logKbPerCheck + (control + data) * a.logKbPerRequest) / 1e6;
  const line = (what: string, name: PriceName, quantity: number, why: string): Line => ({ what, why, usd: priced(name, quantity, alwaysFree) });
  return [
    line("Lambda requests", "lambdaRequest", runs + probes + control + data, "a check each 15 minutes; the API"),
    line("Lambda compute", "lambdaGbSecond", gbSeconds, "most of it waits for a start or a stop to show"),
    line("DynamoDB writes", "dynamoWrite", writes, "each decision is one conditional write of the state; on demand has no free tier"),
    line("DynamoDB reads", "dynamoRead", reads, "each request reads the state, consistently"),
    line("HTTP API", "httpApi", control + data, "not free after the first year"),
    line("Logs", "logs", logGb, "a line for each decision and request"),
    line("Custom metrics", "metric", (2 * periods) / a.monthHours, "WakeSeconds and Stop, billed for the hours in which they are sent"),
    line("Alarms", "alarm", a.alarms, "attention; reconciler failing, silent; dead letters; awake for too long: each one a person can act on"),
    line("Dashboard", "dashboard", a.dashboards, "one"),
    line("Timers", "timer", timers, "one-off schedules"),
    line("Users", "user", a.users, "who signs in at least once in the month"),
    line("Transfer", "transfer", ((control + data) * a.answerKb) / 1e6, "answers"),
  ];
}

/** The instance: what sleep can save, and what it can't. */
export function instance(hours: number): Line[] {
  const safety = (ASSUMED.monthHours / ASSUMED.safetyEveryHours) * ASSUMED.safetyHours;
  return [
    { what: "Compute, in use", why: "hours awake, each visit's idle hour included", usd: priced("instanceHour", hours, false) },
    { what: "Compute, for a backup each week", why: "at most; see below", usd: priced("instanceHour", safety, false) },
    { what: "Storage", why: "20 GB of gp3, the least; backups up to that size are free", usd: priced("rdsStorage", ASSUMED.storageGb, false) },
  ];
}

export const sum = (lines: readonly Line[]): number => lines.reduce((total, { usd }) => total + usd, 0);

/** The same instance around the clock. */
export const alwaysOn = (): number => priced("instanceHour", ASSUMED.monthHours, false) + priced("rdsStorage", ASSUMED.storageGb, false);

/** Aurora Serverless v2, pausing by itself after 5 minutes instead of an idle hour, at half an ACU (1 GiB, like the instance), with `usedGb` of data. */
export function aurora(hours: number, usedGb: number): number {
  const visits = hours / ASSUMED.hoursPerVisit;
  const active = hours - visits * (55 / 60);
  return priced("acuHour", active * 0.5, false) + priced("auroraStorage", usedGb, false) + priced("auroraIo", hours / 40, false);
}
