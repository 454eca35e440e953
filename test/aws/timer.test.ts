import { ConflictException, CreateScheduleCommand, ResourceNotFoundException, SchedulerClient, UpdateScheduleCommand } from "@aws-sdk/client-scheduler";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, it } from "vitest";
import { timer } from "../../src/aws/timer.ts";
import { reconcileEvent } from "../../src/lifecycle/events.ts";

const scheduler = mockClient(SchedulerClient);
beforeEach(() => scheduler.reset());
const at = Date.UTC(2026, 10, 21, 9, 5, 7);
const fault = { $metadata: {}, Message: "no", message: "no" };
const options = {
  group: "dormouse",
  roleArn: "arn:aws:iam::123456789012:role/dormouse-timer",
  targetArn: "arn:aws:lambda:eu-central-1:123456789012:function:dormouse-reconcile",
  deadLettersArn: "arn:aws:sqs:eu-central-1:123456789012:dormouse-dead-letters",
};
const set = () => timer({ scheduler: new SchedulerClient({ region: "eu-central-1" }), ...options }).set("dormouse", at);
const names = () => scheduler.calls().map(({ args }) => args[0].constructor.name);

describe("the timer", () => {
  it("moves the one that is there, with everything that it needs to call the reconciler, and where a call that fails for good goes", async () => {
    scheduler.on(UpdateScheduleCommand).resolves({});
    await set();
    expect(scheduler.calls()).toHaveLength(1);
    expect(scheduler.commandCalls(UpdateScheduleCommand)[0]?.args[0].input).toEqual({
      Name: "dormouse",
      GroupName: "dormouse",
      ScheduleExpression: "at(2026-11-21T09:05:07)",
      FlexibleTimeWindow: { Mode: "OFF" },
      ActionAfterCompletion: "NONE",
      Target: {
        Arn: options.targetArn,
        RoleArn: options.roleArn,
        Input: expect.any(String),
        RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 600 },
        DeadLetterConfig: { Arn: options.deadLettersArn },
      },
    });
  });

  it("sends an event that the reconciler knows", async () => {
    scheduler.on(UpdateScheduleCommand).resolves({});
    await set();
    const input = scheduler.commandCalls(UpdateScheduleCommand)[0]?.args[0].input.Target?.Input ?? "";
    expect(reconcileEvent(JSON.parse(input), "another")).toEqual({ databaseId: "dormouse", cause: { kind: "timer", by: "scheduler" } });
  });

  it("is made the first time", async () => {
    scheduler.on(UpdateScheduleCommand).rejects(new ResourceNotFoundException(fault)).on(CreateScheduleCommand).resolves({ ScheduleArn: "arn" });
    await set();
    expect(names()).toEqual(["UpdateScheduleCommand", "CreateScheduleCommand"]);
    expect(scheduler.commandCalls(CreateScheduleCommand)[0]?.args[0].input).toEqual(scheduler.commandCalls(UpdateScheduleCommand)[0]?.args[0].input);
  });

  it("is moved when another run has made it in between", async () => {
    scheduler
      .on(UpdateScheduleCommand)
      .rejectsOnce(new ResourceNotFoundException(fault))
      .resolves({})
      .on(CreateScheduleCommand)
      .rejects(new ConflictException(fault));
    await set();
    expect(names()).toEqual(["UpdateScheduleCommand", "CreateScheduleCommand", "UpdateScheduleCommand"]);
  });

  it.each(["ThrottlingException", "ValidationException", "ConflictException", "AccessDeniedException"])(
    "throws %s of a move, and makes nothing",
    async (name) => {
      scheduler.on(UpdateScheduleCommand).rejects(Object.assign(new Error("no"), { name }));
      await expect(set()).rejects.toMatchObject({ name });
      expect(names()).toEqual(["UpdateScheduleCommand"]);
    },
  );

  it("throws what refuses the making: a group that is not there, a role that may not be passed", async () => {
    scheduler.on(UpdateScheduleCommand).rejects(new ResourceNotFoundException(fault)).on(CreateScheduleCommand).rejects(new ResourceNotFoundException(fault));
    await expect(set()).rejects.toBeInstanceOf(ResourceNotFoundException);
    scheduler.on(CreateScheduleCommand).rejects(Object.assign(new Error("iam:PassRole"), { name: "AccessDeniedException" }));
    await expect(set()).rejects.toMatchObject({ name: "AccessDeniedException" });
  });
});
