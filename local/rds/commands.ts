/** What AWS does, or does to one: the commands of `npm run rds`. */
import { backUp, emit, forceStart, type Happening, maintain, start, stop } from "./happenings.ts";
import { enter, noFaults, type Refusal, refuse, type Step, type World, withFaults } from "./world.ts";

/** Command -> what its argument is (null: it takes none), and what it does. */
export const commands = {
  "forced-start": { argument: null, does: "AWS starts the stopped instance, as after seven days" },
  start: { argument: null, does: "someone starts the instance in the AWS console" },
  stop: { argument: null, does: "someone stops the instance in the AWS console" },
  backup: { argument: null, does: "an automated backup begins" },
  maintenance: { argument: null, does: "maintenance becomes due: now when the instance is available, else soon after its next start" },
  "storage-full": { argument: null, does: "the storage is full" },
  fail: { argument: null, does: "the instance fails" },
  "no-capacity": { argument: null, does: "starts are refused for lack of capacity, until normal" },
  throttle: { argument: "N", does: "the next N calls are throttled" },
  "drop-events": { argument: null, does: "no event arrives, until normal" },
  "delay-events": { argument: "S", does: "events arrive S seconds late, until normal" },
  "duplicate-events": { argument: null, does: "each event arrives twice, until normal" },
  "lose-replies": { argument: "N", does: "the next N starts or stops happen, and their answers never come" },
  "stale-status": { argument: "S", does: "for S seconds after a change Describe shows the status before, until normal" },
  status: { argument: "NAME", does: "puts the instance into any status at all, where it stays" },
  normal: { argument: null, does: "ends all faults and returns to a sane status" },
} as const satisfies Record<string, { argument: "N" | "S" | "NAME" | null; does: string }>;

export type Command = keyof typeof commands;

export function isCommand(name: unknown): name is Command {
  return typeof name === "string" && Object.hasOwn(commands, name);
}

/** Answers `{status}`: that of the instance afterwards. Refuses what the status does not allow, and a wrong argument. */
export function command(world: World, now: number, name: Command, argument?: number | string): Step {
  const done = run(world, now, name, argument);
  if ("kind" in done) return { world, reply: done, events: [] };
  return { ...done, reply: { kind: "answer", result: { status: done.world.status } } };
}

function run(world: World, now: number, name: Command, argument: number | string | undefined): Happening | Refusal {
  const wrong = wrongArgument(name, argument);
  if (wrong) return wrong;
  const amount = Number(argument);
  const only = (faults: Parameters<typeof withFaults>[1]): Happening => ({ world: withFaults(world, faults), events: [] });
  switch (name) {
    case "forced-start":
      return world.status === "stopped" ? forceStart(world, now) : notIn(world, "stopped");
    case "start":
    case "stop": {
      const step = (name === "start" ? start : stop)(world, now, { DBInstanceIdentifier: world.id });
      return step.reply.kind === "error" ? step.reply : step;
    }
    case "backup":
      return world.status === "available" ? backUp(world, now) : notIn(world, "available");
    case "maintenance": {
      const pending: World = { ...world, maintenance: { action: "system-update", description: "New operating system update", since: now } };
      return { world: world.status === "available" ? maintain(pending, now) : pending, events: [] };
    }
    case "storage-full":
      return emit(enter(world, now, "storage-full"), now, "RDS-EVENT-0221");
    case "fail":
      return { world: enter(world, now, "failed"), events: [] };
    case "no-capacity":
      return only({ noCapacity: true });
    case "throttle":
      return only({ throttle: amount });
    case "drop-events":
      return only({ dropEvents: true });
    case "delay-events":
      return only({ delayEventsMs: amount * 1000 });
    case "duplicate-events":
      return only({ duplicateEvents: true });
    case "lose-replies":
      return only({ loseReplies: amount });
    case "stale-status":
      return only({ staleMs: amount * 1000 });
    case "status":
      return { world: enter(world, now, String(argument)), events: [] };
    case "normal":
      return { world: sane({ ...world, faults: noFaults }, now), events: [] };
  }
}

/** A status on its way goes on, a stopped instance stays stopped, one that cannot run for want of a key or capacity is stopped, all others are available. */
function sane(world: World, now: number): World {
  const seen: World = { ...world, history: [{ status: world.status, at: world.statusSince }] };
  if (seen.next !== null || seen.status === "available" || seen.status === "stopped") return seen;
  if (seen.status === "starting") return { ...seen, next: { at: now + seen.pace.startMs, status: "available" } };
  if (seen.status === "stopping") return { ...seen, next: { at: now + seen.pace.stopMs, status: "stopped" } };
  return enter(seen, now, ["insufficient-capacity", "inaccessible-encryption-credentials-recoverable"].includes(seen.status) ? "stopped" : "available");
}

function wrongArgument(name: Command, argument: number | string | undefined): Refusal | null {
  const wanted = commands[name].argument;
  const given = argument !== undefined && argument !== "";
  if (wanted === null) return given ? refuse("InvalidParameterValue", `${name} takes no argument.`) : null;
  if (wanted === "NAME")
    return given && /^[a-z][a-z0-9-]*$/.test(String(argument)) ? null : refuse("InvalidParameterValue", `${name} wants the name of a status.`);
  const amount = given ? Number(argument) : Number.NaN;
  if (wanted === "N") return Number.isInteger(amount) && amount >= 0 ? null : refuse("InvalidParameterValue", `${name} wants a whole number, 0 or more.`);
  return amount >= 0 && amount <= 86_400 ? null : refuse("InvalidParameterValue", `${name} wants a number of seconds, at most a day.`);
}

function notIn(world: World, status: string): Refusal {
  return refuse("InvalidDBInstanceState", `Instance ${world.id} is ${world.status}, not ${status}.`);
}
