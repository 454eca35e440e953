import { randomUUID } from "node:crypto";
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
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contractEndpoint, type Endpoint } from "./endpoint.ts";

let endpoint: Endpoint;
let scheduler: SchedulerClient;
const Name = `contract-${randomUUID()}`;
beforeAll(async () => {
  endpoint = await contractEndpoint("scheduler");
  scheduler = new SchedulerClient(endpoint.config);
});
afterAll(async () => {
  await scheduler?.send(new DeleteScheduleCommand({ Name })).catch(() => {});
  scheduler?.destroy();
  await endpoint?.close();
});

/** Far enough ahead never to fire in a test. */
const schedule = (at = "2099-01-01T00:00:00"): CreateScheduleCommandInput => ({
  Name,
  ScheduleExpression: `at(${at})`,
  FlexibleTimeWindow: { Mode: "OFF" },
  ActionAfterCompletion: "NONE",
  Target: {
    Arn: process.env.CONTRACT_TARGET ?? "arn:aws:lambda:eu-central-1:123456789012:function:dormouse-reconcile",
    RoleArn: process.env.CONTRACT_ROLE ?? "arn:aws:iam::123456789012:role/dormouse-timer",
    Input: '{"n":1}',
  },
});

describe("Scheduler", () => {
  test("finds nothing under a name that nobody gave", async () => {
    await expect(scheduler.send(new GetScheduleCommand({ Name }))).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(scheduler.send(new DeleteScheduleCommand({ Name }))).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(scheduler.send(new UpdateScheduleCommand(schedule()))).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  test("keeps a one-off schedule as it was made, moves it, and forgets it", async () => {
    const { ScheduleArn } = await scheduler.send(new CreateScheduleCommand(schedule()));
    expect(ScheduleArn).toMatch(new RegExp(`^arn:aws:scheduler:.*:schedule/default/${Name}$`));
    await expect(scheduler.send(new CreateScheduleCommand(schedule()))).rejects.toBeInstanceOf(ConflictException);
    const { Target, ...rest } = await scheduler.send(new GetScheduleCommand({ Name }));
    expect(rest).toMatchObject({ Name, GroupName: "default", State: "ENABLED", ScheduleExpression: "at(2099-01-01T00:00:00)", ActionAfterCompletion: "NONE" });
    expect(rest.CreationDate).toBeInstanceOf(Date);
    expect(Target?.Input).toBe('{"n":1}');
    await scheduler.send(new UpdateScheduleCommand(schedule("2099-02-02T00:00:00")));
    expect(await scheduler.send(new GetScheduleCommand({ Name }))).toMatchObject({ ScheduleExpression: "at(2099-02-02T00:00:00)" });
    await scheduler.send(new DeleteScheduleCommand({ Name }));
    await expect(scheduler.send(new GetScheduleCommand({ Name }))).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  test.each(["at(tomorrow)", "at(2099-13-01T00:00:00)", "at(2099-01-01)", "sometimes"])("refuses the expression %s", async (ScheduleExpression) => {
    await expect(scheduler.send(new CreateScheduleCommand({ ...schedule(), ScheduleExpression }))).rejects.toBeInstanceOf(ValidationException);
  });
});
