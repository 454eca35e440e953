/**
 * RDS for one PostgreSQL instance, simulated: pure and total over a world of plain JSON. HTTP (server.ts), a search over interleavings and virtual time
 * are only ways to call it.
 */
import { type Command, command } from "./commands.ts";
import { pass, start, stop } from "./happenings.ts";
import { describeInstances, describeMaintenance, describeSnapshots } from "./replies.ts";
import { type Action, type Input, longestStopMs, type Reply, type Results, refuse, type Step, type World, withFaults } from "./world.ts";

export { type Command, commands, isCommand } from "./commands.ts";
export { nextAt } from "./happenings.ts";
export * from "./world.ts";

export const actions: readonly Action[] = [
  "DescribeDBInstances",
  "StartDBInstance",
  "StopDBInstance",
  "DescribeDBSnapshots",
  "DescribePendingMaintenanceActions",
];

export interface Call<A extends Action = Action> {
  action: A;
  /** As the SDK's command takes it. */
  input: Input;
}
export interface Control {
  command: Command;
  argument?: number | string | undefined;
}
/** Moves a stop into the past, so that AWS's own start comes at `restartAt` (milliseconds since the epoch); nothing for an instance that is not stopped. */
export interface Approach {
  restartAt: number;
}
export type Request = Call | Control | Approach | { tick: true };

/** What a request is answered with: an action with the SDK's result, everything else with the status afterwards. */
export type ReplyTo<R extends Request> = R extends Call<infer A> ? Reply<Results[A]> : Reply<{ status: string }>;

/**
 * Lets time pass up to `now` (milliseconds since the epoch), then does what is asked. The world that is given is not changed.
 * Throws nothing: a refusal is a reply.
 */
export function apply<R extends Request>(before: World, now: number, request: R): Step<ReplyTo<R>>;
export function apply(before: World, now: number, request: Request): Step {
  const { world, events } = pass(before, now);
  if ("restartAt" in request) {
    const near = world.status === "stopped" ? { ...world, stoppedAt: request.restartAt - longestStopMs } : world;
    return { world: near, reply: { kind: "answer", result: { status: near.status } }, events };
  }
  if ("tick" in request) return { world, reply: { kind: "answer", result: { status: world.status } }, events };
  const step = "command" in request ? command(world, now, request.command, request.argument) : call(world, now, request);
  // What it makes due at this very moment, as an instance that is available again when its backup window begins.
  const due = pass(step.world, now);
  return { ...step, world: due.world, events: [...events, ...step.events, ...due.events] };
}

function call(world: World, now: number, { action, input }: Call): Step {
  const { throttle, loseReplies } = world.faults;
  if (throttle > 0) return { world: withFaults(world, { throttle: throttle - 1 }), reply: refuse("Throttling", "Rate exceeded"), events: [] };
  switch (action) {
    case "DescribeDBInstances":
      return { world, reply: describeInstances(world, now, input), events: [] };
    case "DescribeDBSnapshots":
      return { world, reply: describeSnapshots(world, input), events: [] };
    case "DescribePendingMaintenanceActions":
      return { world, reply: describeMaintenance(world, input), events: [] };
    case "StartDBInstance":
    case "StopDBInstance": {
      const step = (action === "StartDBInstance" ? start : stop)(world, now, input);
      return loseReplies > 0 ? { ...step, world: withFaults(step.world, { loseReplies: loseReplies - 1 }), reply: { kind: "lost" } } : step;
    }
  }
}
