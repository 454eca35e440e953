import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "aws-lambda";
import type { Invocation } from "../lifecycle/ports.ts";

/** The real clock, and the time that this invocation still has. */
export const invocation = (context: Pick<Context, "getRemainingTimeInMillis">): Invocation => ({
  now: Date.now,
  sleep: async (ms) => void (await sleep(ms)),
  random: Math.random,
  newId: randomUUID,
  remainingMs: () => context.getRemainingTimeInMillis(),
});
