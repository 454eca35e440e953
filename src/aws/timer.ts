/** One EventBridge Scheduler one-off for each database. */
import { ConflictException, CreateScheduleCommand, ResourceNotFoundException, type SchedulerClient, UpdateScheduleCommand } from "@aws-sdk/client-scheduler";
import type { ReconcileEvent, Timer } from "../lifecycle/ports.ts";

export interface TimerOptions {
  scheduler: SchedulerClient;
  group: string;
  /** The role that Scheduler takes to invoke `reconcile`. */
  roleArn: string;
  targetArn: string;
  /** Queue for a call that failed for good; the same role sends it there. */
  deadLettersArn: string;
}

/** Ten minutes, then the call is given up: by then the scheduled check has made good what it would have done. */
const RETRY = { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 600 };

export function timer({ scheduler, group, roleArn, targetArn, deadLettersArn }: TimerOptions): Timer {
  return {
    async set(databaseId, at) {
      const event: ReconcileEvent = { databaseId, cause: { kind: "timer", by: "scheduler" } };
      const schedule = {
        Name: databaseId,
        GroupName: group,
        // "at(yyyy-mm-ddThh:mm:ss)", UTC when no time zone is given; with a precision of 60 seconds (EventBridge Scheduler user guide, schedule types).
        // Rounded up: one that came before its time would be taken for one that is still to come.
        ScheduleExpression: `at(${new Date(Math.ceil(at / 1000) * 1000).toISOString().slice(0, 19)})`,
        FlexibleTimeWindow: { Mode: "OFF" as const },
        ActionAfterCompletion: "NONE" as const,
        Target: { Arn: targetArn, RoleArn: roleArn, Input: JSON.stringify(event), RetryPolicy: RETRY, DeadLetterConfig: { Arn: deadLettersArn } },
      };
      try {
        await scheduler.send(new UpdateScheduleCommand(schedule));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
        try {
          await scheduler.send(new CreateScheduleCommand(schedule));
        } catch (raced) {
          if (!(raced instanceof ConflictException)) throw raced;
          await scheduler.send(new UpdateScheduleCommand(schedule));
        }
      }
    },
  };
}
