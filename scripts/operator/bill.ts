/** The monthly bill of one deployment, line by line, from a few stated assumptions. Pure; US dollars. */
import system from "../../system.json" with { type: "json" };
import { type PriceName, priced } from "./prices.ts";

/** What a month is taken to be like. Estimates, on the high side; none is measured in AWS. */
export const ASSUMED = {
  monthHours: 730,
  /** Hours awake of one visit, its idle hour included. */
  hoursPerVisit: 2,
  /** AWS starts a stopped instance after 7 days. Unused, it goes back to sleep after its start, the grace and a check. */
  forcedStartEveryHours: 168,
  forcedStartHours: 0.5,
  /** Visits lie anywhere in so many hours of a day; the backup window is in their middle. */
  workdayHours: 10,
  /** A week with use in which nobody was there at the window: from the end of a visit to the next window, on average. */
  missedWindowHours: 12,
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
  /** Of the app, while people are there: jobs (recaps, reports), mails, receipts. The courier looks for what the streams lost at each check. */
  jobsPerPeriod: 1,
  jobSeconds: 20,
  mailsPerPeriod: 3,
  receiptsPerPeriod: 5,
  courierReads: 3,
  /** Lambda asks a queue about 15 times a minute whether there is something in it, asleep or awake. */
  pollsPerMinute: 15,
  /** Receipts and reports that are kept. */
  filesGb: 0.5,
  alarms: 8,
  dashboards: 1,
  storageGb: 20,
} as const;

export interface Line {
  what: string;
  why: string;
  usd: number;
}

/** Those that Lambda polls. */
const queues = Object.keys(system.queues).length;

const memoryGb = (name: keyof typeof system.functions) => system.functions[name].memoryMb / 1024;

/**
 * Hours awake in the month that nobody wanted, and how many times. Without use AWS's own start, once a week; with use the wait for a backup window, in the
 * weeks in which no visit met one: RDS makes no backup of an instance that sleeps, and the newest must not be older than a week of use.
 */
export function safety(hours: number): { hours: number; times: number } {
  const a = ASSUMED;
  const weeks = a.monthHours / a.forcedStartEveryHours;
  const visits = hours / a.hoursPerVisit / weeks;
  const used = Math.min(1, visits);
  const missed = used * (1 - a.hoursPerVisit / a.workdayHours) ** visits;
  return { hours: weeks * (missed * a.missedWindowHours + (1 - used) * a.forcedStartHours), times: weeks * (1 - used) };
}

/** What Dormouse itself costs, for `hours` awake by use in the month. */
export function overhead(hours: number, alwaysFree: boolean): Line[] {
  const a = ASSUMED;
  const checks = (a.monthHours * 60) / system.settings.checkMinutes.default;
  const unwanted = safety(hours);
  const periods = hours / a.hoursPerVisit + unwanted.times;
  const awake = hours + unwanted.hours;
  const control = hours * a.controlRequestsPerHour + a.requestsAsleep;
  const data = hours * a.dataRequestsPerHour;
  const probes = awake * a.probesPerHour + periods * a.probesPerPeriod;
  const timers = periods * a.timersPerPeriod + awake * a.timersPerHour;
  const looks = periods * a.looksPerPeriod;
  const runs = checks + timers;
  const visits = hours / a.hoursPerVisit;
  const messages = visits * a.mailsPerPeriod;
  // Each job calls courier and runner; each mail courier and sender; each receipt the look at it. Sweep and check call the courier.
  const app = checks + a.monthHours / 24 + visits * (2 * a.jobsPerPeriod + 2 * a.mailsPerPeriod + a.receiptsPerPeriod);
  const gbSeconds =
    app * a.checkSeconds * memoryGb("courier") +
    visits * a.jobsPerPeriod * a.jobSeconds * memoryGb("job") +
    (runs * a.checkSeconds + periods * a.reconcileSecondsPerPeriod) * memoryGb("reconcile") +
    probes * a.checkSeconds * memoryGb("probe") +
    control * a.controlSeconds * memoryGb("control") +
    data * a.dataSeconds * memoryGb("data");
  // A job or a mail is written about five times, each time with its index; a receipt three times.
  const appWrites = visits * (a.jobsPerPeriod * 10 + a.mailsPerPeriod * 10 + a.receiptsPerPeriod * 3);
  const writes = (runs + looks + hours * a.touchesPerHour) * a.writeUnits + periods * a.ledgerEntriesPerPeriod * 2 + appWrites;
  const reads = runs + looks + control + data + checks * a.courierReads + appWrites;
  const logGb = ((runs + looks + probes + app) * a.logKbPerCheck + (control + data) * a.logKbPerRequest) / 1e6;
  const line = (what: string, name: PriceName, quantity: number, why: string): Line => ({ what, why, usd: priced(name, quantity, alwaysFree) });
  return [
    line("Lambda requests", "lambdaRequest", runs + probes + control + data + app, "a check each 15 minutes, twice: reconciler and courier; the API"),
    line("Lambda compute", "lambdaGbSecond", gbSeconds, "most of it waits for a start or a stop to show"),
    line("DynamoDB writes", "dynamoWrite", writes, "each decision is one conditional write of the state; on demand has no free tier"),
    line("DynamoDB reads", "dynamoRead", reads, "each request reads the state, consistently"),
    line("HTTP API", "httpApi", control + data, "not free after the first year"),
    line("Logs", "logs", logGb, "a line for each decision and request"),
    line("Custom metrics", "metric", (2 * periods) / a.monthHours, "WakeSeconds and Stop, billed for the hours in which they are sent"),
    line("Queue", "sqs", a.monthHours * 60 * a.pollsPerMinute * queues + messages * 3, "Lambda asks it whether there is something, asleep too"),
    line("Mails", "email", messages, "by SNS"),
    line("Files", "s3Storage", a.filesGb, "receipts and reports; not free after the first year"),
    line("File requests", "s3Write", visits * a.receiptsPerPeriod * 4, "an upload, a copy, a list; links cost nothing"),
    line("Alarms", "alarm", a.alarms, "the lifecycle's five; the queue's dead letters, jobs and mails given up: each one a person can act on"),
    line("Dashboard", "dashboard", a.dashboards, "one"),
    line("Timers", "timer", timers, "one-off schedules"),
    line("Users", "user", a.users, "who signs in at least once in the month"),
    line("Transfer", "transfer", ((control + data) * a.answerKb) / 1e6, "answers"),
  ];
}

/** The instance: what sleep can save, and what it can't. */
export function instance(hours: number): Line[] {
  return [
    { what: "Compute, in use", why: "hours awake, each visit's idle hour included", usd: priced("instanceHour", hours, false) },
    {
      what: "Compute, for backups and AWS's own starts",
      why: "weeks with use in which nobody was there at the backup window; weeks without use",
      usd: priced("instanceHour", safety(hours).hours, false),
    },
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
