/**
 * EventBridge Scheduler, as far as it is used: one-off schedules, kept in a file. AWS fires a schedule within its minute; here it fires in its second,
 * so that a short idle limit can be watched. What fires may fire twice when the platform is killed in between, as AWS promises "at least once" only.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import type { Clock } from "./clock.ts";
import { account, authenticate, authorize, Denied, type DeniedBecause, type Keyring, prefix, region } from "./gate.ts";
import { check, Refused, timeOf, type Wanted } from "./schedule-input.ts";
import { readBody, sendJson, serve } from "./serve.ts";

export { startSchedules } from "./schedules.ts";

export interface SchedulerOptions {
  /** Keeps `scheduler.json` there. */
  dataDir: string;
  clock: Clock;
  keyring: Keyring;
  /** Rejects when the target could not be invoked: tried again, as the retry policy says. */
  invoke: (targetArn: string, input: string) => Promise<void>;
  /** Takes what failed for good, where the schedule names a queue for it. May reject: then it is lost, as in AWS. */
  deadLetter?: (queueArn: string, letter: DeadLetter) => Promise<void>;
  /** Any free one unless told, or when it is taken. */
  port?: number;
}

/** What Scheduler sends to a dead-letter queue ("Configuring a schedule's dead-letter queue", its user guide): the target's input, and why. */
export interface DeadLetter {
  body: string;
  attributes: Record<string, string>;
}

export interface Scheduler {
  url: string;
  close(): Promise<void>;
}

interface Schedule extends Omit<Wanted, "ClientToken"> {
  Name: string;
  Arn: string;
  /** Milliseconds since the epoch. */
  at: number;
  createdAt: number;
  modifiedAt: number;
  /** It has fired, and was kept. */
  done: boolean;
}

const gateErrors: Record<DeniedBecause, string> = {
  "no-signature": "MissingAuthenticationTokenException",
  "unknown-key": "UnrecognizedClientException",
  "wrong-signature": "InvalidSignatureException",
  expired: "InvalidSignatureException",
  "not-allowed": "AccessDeniedException",
};

const operations: Record<string, string> = { POST: "CreateSchedule", PUT: "UpdateSchedule", GET: "GetSchedule", DELETE: "DeleteSchedule" };

export async function startScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const { clock, keyring } = options;
  const file = join(options.dataDir, "scheduler.json");
  const schedules = read(file);
  const timers = new Map<string, { cancel(): void }>();
  let closed = false;

  const keep = () => save(file, schedules);
  const arm = (schedule: Schedule) => {
    timers.get(schedule.Arn)?.cancel();
    timers.delete(schedule.Arn);
    if (schedule.done || schedule.State === "DISABLED" || closed) return;
    timers.set(
      schedule.Arn,
      clock.after(schedule.at - clock.now(), () => void fire(schedule, 0)),
    );
  };
  const fire = async (schedule: Schedule, retries: number): Promise<void> => {
    // Changed or deleted in the meantime: then another timer speaks for it, or none.
    const isCurrent = () => !closed && schedules.get(schedule.Arn) === schedule;
    if (!isCurrent()) return;
    if (clock.now() < schedule.at) return arm(schedule);
    const { Arn, Input, RetryPolicy, DeadLetterConfig } = schedule.Target;
    const failure = await options.invoke(Arn, Input).then(
      () => null,
      (error: unknown) => error ?? new Error("failed"),
    );
    if (!isCurrent()) return;
    const waitMs = 1000 * 2 ** Math.min(retries, 8);
    const again = retries < RetryPolicy.MaximumRetryAttempts && clock.now() + waitMs - schedule.at <= RetryPolicy.MaximumEventAgeInSeconds * 1000;
    if (failure !== null && again) {
      timers.set(
        schedule.Arn,
        clock.after(waitMs, () => void fire(schedule, retries + 1)),
      );
      return;
    }
    timers.delete(schedule.Arn);
    if (failure !== null && DeadLetterConfig) await options.deadLetter?.(DeadLetterConfig.Arn, letterOf(schedule, retries, failure)).catch(() => {});
    if (schedule.ActionAfterCompletion === "DELETE") schedules.delete(schedule.Arn);
    else schedules.set(schedule.Arn, { ...schedule, done: true });
    keep();
  };

  const run = (operation: string, name: string, group: string, body: unknown, mayPass: (roleArn: string) => void): unknown => {
    const arn = arnOf(group, name);
    const before = schedules.get(arn);
    if (operation === "GetSchedule" || operation === "DeleteSchedule") {
      if (!before) throw new Refused(404, "ResourceNotFoundException", `Schedule ${name} does not exist.`);
      if (operation === "GetSchedule") return shown(before);
      timers.get(arn)?.cancel();
      schedules.delete(arn);
      keep();
      return {};
    }
    const wanted = check(name, body);
    const at = timeOf(wanted.ScheduleExpression, clock.now());
    mayPass(wanted.Target.RoleArn);
    if (![prefix, "default"].includes(group)) throw new Refused(404, "ResourceNotFoundException", `Schedule group ${group} does not exist.`);
    if (operation === "CreateSchedule" && before) throw new Refused(409, "ConflictException", `Schedule ${name} already exists.`);
    if (operation === "UpdateSchedule" && !before) throw new Refused(404, "ResourceNotFoundException", `Schedule ${name} does not exist.`);
    const { ClientToken: _, ...rest } = wanted;
    const schedule: Schedule = { ...rest, Name: name, Arn: arn, at, createdAt: before?.createdAt ?? clock.now(), modifiedAt: clock.now(), done: false };
    schedules.set(arn, schedule);
    keep();
    arm(schedule);
    return { ScheduleArn: arn };
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const raw = await readBody(request, 262_144);
    const path = request.url ?? "/";
    const url = new URL(path, "http://scheduler");
    const refuse = (status: number, type: string, message: string) => sendJson(response, status, { Message: message }, { "x-amzn-errortype": type });
    try {
      if (raw === null) throw new Refused(413, "ValidationException", "The request is too large.");
      const principal = await authenticate(keyring, { method: request.method ?? "", path, headers: request.headers, body: raw });
      const operation = operations[request.method ?? ""];
      const [, name] = /^\/schedules\/([^/]+)$/.exec(url.pathname) ?? [];
      if (!operation || name === undefined) throw new Refused(404, "UnknownOperationException", `${request.method} ${url.pathname} is not simulated.`);
      const body: unknown = raw.length > 0 ? parse(raw.toString("utf8")) : {};
      const group = url.searchParams.get("groupName") ?? groupIn(body);
      authorize(keyring, principal, `scheduler:${operation}`, arnOf(group, decodeURIComponent(name)));
      const result = run(operation, decodeURIComponent(name), group, body, (role) => authorize(keyring, principal, "iam:PassRole", role));
      sendJson(response, 200, result);
    } catch (error) {
      if (error instanceof Refused) return refuse(error.status, error.type, error.message);
      if (error instanceof Denied) return refuse(403, gateErrors[error.because], error.message);
      throw error;
    }
  };

  const api = await serve(answer, { port: options.port ?? 0, orAnother: true });
  for (const schedule of schedules.values()) arm(schedule);
  return {
    url: api.url,
    async close() {
      closed = true;
      for (const timer of timers.values()) timer.cancel();
      await api.close();
    },
  };
}

function letterOf({ Arn, Target, at }: Schedule, retries: number, failure: unknown): DeadLetter {
  return {
    body: Target.Input,
    attributes: {
      ERROR_CODE: failure instanceof Error ? failure.name : "Error",
      ERROR_MESSAGE: failure instanceof Error ? failure.message : String(failure),
      EXECUTION_ID: randomUUID(),
      EXHAUSTED_RETRY_CONDITION: retries < Target.RetryPolicy.MaximumRetryAttempts ? "MaximumEventAgeInSeconds" : "MaximumRetryAttempts",
      IS_PAYLOAD_TRUNCATED: "false",
      RETRY_ATTEMPTS: String(retries),
      SCHEDULED_TIME: `${new Date(at).toISOString().slice(0, 19)}Z`,
      SCHEDULE_ARN: Arn,
      TARGET_ARN: Target.Arn,
    },
  };
}

function shown({ at: _, createdAt, modifiedAt, done: __, ...schedule }: Schedule): unknown {
  return { ...schedule, CreationDate: createdAt / 1000, LastModificationDate: modifiedAt / 1000 };
}

function arnOf(group: string, name: string): string {
  return `arn:aws:scheduler:${region}:${account}:schedule/${group}/${name}`;
}

function groupIn(body: unknown): string {
  const group = typeof body === "object" && body !== null ? Reflect.get(body, "GroupName") : undefined;
  return typeof group === "string" ? group : "default";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(400, "ValidationException", "The body is not JSON.");
  }
}

function read(file: string): Map<string, Schedule> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
  const { v, schedules } = JSON.parse(text) as { v: number; schedules: Schedule[] };
  if (v !== 1) throw new Error(`${file} is of version ${v}, not 1. Start with --fresh to forget it.`);
  return new Map(schedules.map((schedule) => [schedule.Arn, schedule]));
}

function save(file: string, schedules: Map<string, Schedule>): void {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify({ v: 1, schedules: [...schedules.values()] }));
  renameSync(`${file}.new`, file);
}
