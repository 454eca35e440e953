import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
  ValidationException,
} from "@aws-sdk/client-scheduler";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../local/clock.ts";
import { deliver } from "../../local/events.ts";
import { Keyring, type Principal, permissionsOf } from "../../local/gate.ts";
import { type DeadLetter, type Scheduler, startScheduler, startSchedules } from "../../local/scheduler.ts";
import { cronAfter } from "../../local/schedules.ts";
import { readSystem } from "../../src/system.ts";

const system = readSystem(JSON.parse(readFileSync(new URL("../../system.json", import.meta.url), "utf8")));
const operator: Principal = { name: "operator", accessKeyId: "AKIAOPERATOR", secretAccessKey: "s", may: "everything" };
const t0 = Date.UTC(2026, 0, 5, 9);
const target = "arn:aws:lambda:eu-central-1:123456789012:function:dormouse-reconcile";

let dir: string;
let clock: VirtualClock;
let scheduler: Scheduler;
let invoked: string[];
let failures: number;
let letters: (DeadLetter & { queue: string })[];
const clients: SchedulerClient[] = [];

const start = () => {
  const keyring = new Keyring();
  for (const one of [operator, reconcile, ...others]) keyring.add(one);
  return startScheduler({
    dataDir: dir,
    clock,
    keyring,
    invoke: async (arn, input) => {
      if (failures-- > 0) throw new Error("not now");
      invoked.push(`${new Date(clock.now()).toISOString().slice(11, 19)} ${arn.split(":").at(-1)} ${input}`);
    },
    deadLetter: async (queue, letter) => void letters.push({ queue, ...letter }),
  });
};
const reconcile: Principal = { name: "reconcile", accessKeyId: "AKIARECONCILE", secretAccessKey: "r", may: permissionsOf(system, "reconcile") };
const without = (action: string): Principal => ({
  ...reconcile,
  name: `without-${action}`,
  accessKeyId: `AKIA${action}`,
  may: permissionsOf(system, "reconcile").filter((permission) => permission.action !== action),
});
const others = [without("iam:PassRole"), without("scheduler:UpdateSchedule"), without("scheduler:CreateSchedule")];

const client = (who = operator) => {
  const made = new SchedulerClient({ region: "eu-central-1", endpoint: scheduler.url, credentials: who, maxAttempts: 1 });
  clients.push(made);
  return made;
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "dormouse-test-"));
  clock = new VirtualClock(t0);
  invoked = [];
  failures = 0;
  letters = [];
  scheduler = await start();
});
afterEach(async () => {
  for (const one of clients.splice(0)) one.destroy();
  await scheduler.close();
  rmSync(dir, { recursive: true });
});

function schedule(time: string, more: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput {
  return {
    Name: "dormouse",
    GroupName: "dormouse",
    ScheduleExpression: `at(2026-01-05T${time})`,
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: { Arn: target, RoleArn: "arn:aws:iam::123456789012:role/dormouse-timer", Input: '{"n":1}' },
    ...more,
  };
}
const named = { Name: "dormouse", GroupName: "dormouse" };

describe("one-off schedules", () => {
  test("fire once, in their second, with their input, and stay known", async () => {
    const sdk = client();
    const { ScheduleArn } = await sdk.send(new CreateScheduleCommand(schedule("09:01:30")));
    expect(ScheduleArn).toBe("arn:aws:scheduler:eu-central-1:123456789012:schedule/dormouse/dormouse");
    await clock.advance(89_000);
    expect(invoked).toEqual([]);
    await clock.advance(1_000);
    await clock.advance(86_400_000);
    expect(invoked).toEqual(['09:01:30 dormouse-reconcile {"n":1}']);
    expect(await sdk.send(new GetScheduleCommand(named))).toMatchObject({
      ScheduleExpression: "at(2026-01-05T09:01:30)",
      CreationDate: new Date(t0),
      State: "ENABLED",
      ActionAfterCompletion: "NONE",
    });
  });

  test("with ActionAfterCompletion DELETE they are gone after it", async () => {
    const sdk = client();
    await sdk.send(new CreateScheduleCommand(schedule("09:00:10", { ActionAfterCompletion: "DELETE" })));
    await clock.advance(10_000);
    expect(invoked).toHaveLength(1);
    await expect(sdk.send(new GetScheduleCommand(named))).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  test("an update moves them, and wakes one that has fired", async () => {
    const sdk = client();
    await sdk.send(new CreateScheduleCommand(schedule("09:00:10")));
    await sdk.send(new UpdateScheduleCommand(schedule("09:05:00")));
    await clock.advance(300_000);
    await sdk.send(new UpdateScheduleCommand(schedule("09:06:00")));
    await clock.advance(300_000);
    expect(invoked.map((line) => line.slice(0, 8))).toEqual(["09:05:00", "09:06:00"]);
  });

  test("do not fire when deleted or disabled", async () => {
    const sdk = client();
    await sdk.send(new CreateScheduleCommand(schedule("09:00:10")));
    await sdk.send(new DeleteScheduleCommand(named));
    await sdk.send(new CreateScheduleCommand(schedule("09:00:10", { State: "DISABLED" })));
    await clock.advance(60_000);
    expect(invoked).toEqual([]);
  });

  test("a time within the last minute fires at once, an older one is refused", async () => {
    const sdk = client();
    await sdk.send(new CreateScheduleCommand(schedule("08:59:30")));
    await clock.advance(0);
    expect(invoked).toHaveLength(1);
    await expect(sdk.send(new UpdateScheduleCommand(schedule("08:58:59")))).rejects.toThrow("in the past");
  });

  test("survive a restart: what became due in the meantime fires then, what has fired does not", async () => {
    const sdk = client();
    await sdk.send(new CreateScheduleCommand(schedule("09:00:10")));
    await sdk.send(new CreateScheduleCommand(schedule("09:00:20", { Name: "other" })));
    await clock.advance(15_000);
    await scheduler.close();
    await clock.advance(600_000);
    expect(invoked).toHaveLength(1);
    scheduler = await start();
    await clock.advance(0);
    expect(invoked.map((line) => line.slice(0, 8))).toEqual(["09:00:10", "09:10:15"]);
  });

  test("a target that fails is tried again, as often as the policy says", async () => {
    failures = 2;
    await client().send(new CreateScheduleCommand(schedule("09:00:10")));
    await clock.advance(60_000);
    expect(invoked.map((line) => line.slice(0, 8))).toEqual(["09:00:13"]);
    failures = 2;
    const Target = { ...schedule("").Target, RetryPolicy: { MaximumRetryAttempts: 1 } } as CreateScheduleCommandInput["Target"];
    await client().send(new UpdateScheduleCommand(schedule("09:02:00", { Target })));
    await clock.advance(3_600_000);
    expect(invoked).toHaveLength(1);
  });

  test("a target that fails for good leaves its input, and why, in the queue that the schedule names", async () => {
    const queue = "arn:aws:sqs:eu-central-1:123456789012:dormouse-dead-letters";
    const failing = (MaximumRetryAttempts: number, MaximumEventAgeInSeconds: number) => {
      failures = 9;
      const RetryPolicy = { MaximumRetryAttempts, MaximumEventAgeInSeconds };
      return { Target: { ...schedule("").Target, RetryPolicy, DeadLetterConfig: { Arn: queue } } as CreateScheduleCommandInput["Target"] };
    };
    await client().send(new CreateScheduleCommand(schedule("09:00:10", failing(2, 600))));
    await clock.advance(600_000);
    expect(letters).toEqual([
      {
        queue,
        body: '{"n":1}',
        attributes: {
          ERROR_CODE: "Error",
          ERROR_MESSAGE: "not now",
          EXECUTION_ID: expect.stringMatching(/./),
          EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
          IS_PAYLOAD_TRUNCATED: "false",
          RETRY_ATTEMPTS: "2",
          SCHEDULED_TIME: "2026-01-05T09:00:10Z",
          SCHEDULE_ARN: "arn:aws:scheduler:eu-central-1:123456789012:schedule/dormouse/dormouse",
          TARGET_ARN: target,
        },
      },
    ]);
    await client().send(new UpdateScheduleCommand(schedule("09:20:00", failing(185, 60))));
    await clock.advance(3_600_000);
    expect(letters[1]?.attributes).toMatchObject({ EXHAUSTED_RETRY_CONDITION: "MaximumEventAgeInSeconds" });
    // Without a queue nothing is kept.
    await client().send(
      new UpdateScheduleCommand(
        schedule("11:00:00", { Target: { ...failing(0, 60).Target, DeadLetterConfig: undefined } as CreateScheduleCommandInput["Target"] }),
      ),
    );
    await clock.advance(7_200_000);
    expect(letters).toHaveLength(2);
  });
});

describe("refusals", () => {
  test("creating twice is a conflict; updating, reading or deleting what is not there finds nothing", async () => {
    const sdk = client();
    await expect(sdk.send(new UpdateScheduleCommand(schedule("09:01:00")))).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(sdk.send(new GetScheduleCommand(named))).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(sdk.send(new DeleteScheduleCommand(named))).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(sdk.send(new CreateScheduleCommand(schedule("09:01:00", { GroupName: "nowhere" })))).rejects.toBeInstanceOf(ResourceNotFoundException);
    await sdk.send(new CreateScheduleCommand(schedule("09:01:00")));
    await expect(sdk.send(new CreateScheduleCommand(schedule("09:01:00")))).rejects.toBeInstanceOf(ConflictException);
  });

  test.each([
    ["a rate", { ScheduleExpression: "rate(5 minutes)" }],
    ["a day that is not", { ScheduleExpression: "at(2026-02-30T09:00:00)" }],
    ["milliseconds", { ScheduleExpression: "at(2026-02-20T09:00:00.000)" }],
    ["a bad name", { Name: "no spaces" }],
    ["input that is no JSON", { Target: { ...schedule("").Target, Input: "hello" } }],
    ["a target that is no function", { Target: { ...schedule("").Target, Arn: "arn:aws:sqs:eu-central-1:123456789012:queue" } }],
    ["another time zone", { ScheduleExpressionTimezone: "Europe/Berlin" }],
    ["a flexible window", { FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 5 } }],
  ] as [string, Partial<CreateScheduleCommandInput>][])("%s is no valid schedule", async (_, more) => {
    await expect(client().send(new CreateScheduleCommand(schedule("09:01:00", more)))).rejects.toBeInstanceOf(ValidationException);
  });

  test("reconcile may create and move its timer, and with any one permission less it may not", async () => {
    await client(reconcile).send(new CreateScheduleCommand(schedule("09:01:00")));
    await client(reconcile).send(new UpdateScheduleCommand(schedule("09:02:00")));
    const [noRole, noUpdate, noCreate] = others;
    await expect(client(noRole).send(new UpdateScheduleCommand(schedule("09:02:00")))).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("iam:PassRole on resource: arn:aws:iam::123456789012:role/dormouse-timer"),
    });
    await expect(client(noUpdate).send(new UpdateScheduleCommand(schedule("09:02:00")))).rejects.toMatchObject({ name: "AccessDeniedException" });
    await expect(client(noCreate).send(new CreateScheduleCommand(schedule("09:02:00", { Name: "two" })))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    await expect(client(reconcile).send(new GetScheduleCommand(named))).rejects.toMatchObject({ name: "AccessDeniedException" });
    const role = { ...schedule("").Target, RoleArn: "arn:aws:iam::123456789012:role/admin" } as CreateScheduleCommandInput["Target"];
    await expect(client(reconcile).send(new UpdateScheduleCommand(schedule("09:02:00", { Target: role })))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });
});

describe("declared schedules", () => {
  test("run every so many minutes of their setting, for each function that names them, as EventBridge's event", async () => {
    const events: [string, unknown][] = [];
    const running = startSchedules(system, { checkMinutes: 0.25 }, clock, (name, event) => events.push([name, event]));
    await clock.advance(60_000);
    await running.close();
    await clock.advance(60_000);
    expect(events.map(([name]) => name)).toEqual(Array.from({ length: 4 }, () => ["reconcile", "courier"]).flat());
    expect(events[0]).toEqual(["reconcile", expect.objectContaining({ source: "aws.events", "detail-type": "Scheduled Event", time: "2026-01-05T09:00:15Z" })]);
  });

  test("an interval that is no positive number is refused", () => {
    expect(() => startSchedules(system, { checkMinutes: 0 }, clock, () => {})).toThrow('"checkMinutes"');
  });
});

describe("events", () => {
  const event = { source: "aws.rds", "detail-type": "RDS DB Instance Event", detail: { SourceIdentifier: "dormouse", EventID: "RDS-EVENT-0088" } };
  const heard = async (given: unknown, pattern?: Record<string, unknown>) => {
    const names: string[] = [];
    await deliver(pattern ? { ...system, events: { database: { pattern } } } : system, given, (name) => names.push(name));
    return names;
  };

  test("reach the functions whose pattern they match, and no other", async () => {
    expect(await heard(event)).toEqual(["reconcile"]);
    expect(await heard({ ...event, source: "aws.s3" })).toEqual([]);
    expect(await heard({ ...event, detail: { SourceIdentifier: "another" } })).toEqual([]);
    expect(await heard({ ...event, detail: undefined })).toEqual([]);
    expect(await heard("text")).toEqual([]);
  });

  test("match one of several values, and one of a list in the event", async () => {
    expect(await heard(event, { source: ["a", "aws.rds"] })).toEqual(["reconcile"]);
    expect(await heard({ tags: ["x", "y"] }, { tags: ["y"] })).toEqual(["reconcile"]);
    expect(await heard({ tags: ["x"] }, { tags: ["y"] })).toEqual([]);
  });

  test("match what a value begins with, and the names that stand for a bucket and the database", async () => {
    const pattern = { bucket: ["bucket:files"], key: [{ prefix: "uploads/" }], database: ["database:id"] };
    const given = { bucket: "dormouse-files", key: "uploads/a", database: "dormouse" };
    expect(await heard(given, pattern)).toEqual(["reconcile"]);
    for (const change of [{ bucket: "bucket:files" }, { bucket: "dormouse-others" }, { key: "receipts/a" }, { key: 7 }, { database: "x" }])
      expect(await heard({ ...given, ...change }, pattern)).toEqual([]);
  });

  test("a pattern with another operator is refused, not misread", async () => {
    for (const operator of [{ suffix: ".png" }, { prefix: { "equals-ignore-case": "a" } }, { prefix: "a", suffix: "b" }, null])
      await expect(heard({ source: null }, { source: [operator ?? { exists: true }] })).rejects.toThrow("operator");
  });
});

describe("a schedule of the calendar", () => {
  const at = (text: string) => Date.parse(text);
  const next = (cron: string, from: string) => new Date(cronAfter(cron)(at(from))).toISOString();

  test("comes at the next such minute, and never at the one that it comes from", () => {
    expect(next("0 6,12 1 * ? *", "2026-11-21T10:00:00Z")).toBe("2026-12-01T06:00:00.000Z");
    expect(next("0 6,12 1 * ? *", "2026-12-01T06:00:00Z")).toBe("2026-12-01T12:00:00.000Z");
    expect(next("0 6,12 1 * ? *", "2026-12-01T12:00:00Z")).toBe("2027-01-01T06:00:00.000Z");
    expect(next("30 4 * * ? *", "2026-11-21T04:29:59Z")).toBe("2026-11-21T04:30:00.000Z");
    expect(next("30 4 * * ? *", "2026-11-21T04:30:00Z")).toBe("2026-11-22T04:30:00.000Z");
    expect(next("0 3 31 * ? *", "2026-11-01T00:00:00Z")).toBe("2026-12-31T03:00:00.000Z");
  });
});
