/** What happens to the instance: by a call, by AWS, or by time alone. */
import { account, region } from "../gate.ts";
import { describeInstance } from "./replies.ts";
import { automatedSnapshot, enter, type Input, longestStopMs, type RdsEvent, type Refusal, refuse, type Step, type World, withSnapshot } from "./world.ts";

const dayMs = 86_400_000;

/** Event id -> its category and text (user guide, "Amazon RDS event categories and event messages"). */
const texts = {
  "RDS-EVENT-0001": ["backup", "Backing up DB instance"],
  "RDS-EVENT-0002": ["backup", "Finished DB Instance backup"],
  "RDS-EVENT-0087": ["notification", "DB instance stopped"],
  "RDS-EVENT-0088": ["notification", "DB instance started"],
  "RDS-EVENT-0154": ["notification", "DB instance is being started due to it exceeding the maximum allowed time being stopped."],
  "RDS-EVENT-0221": ["low storage", "DB instance has reached the storage-full threshold, and the database has been shut down."],
} as const;
export type EventId = keyof typeof texts;

export type Happening = Pick<Step, "world" | "events">;

/** Makes an event, and drops, delays or doubles it as the faults say. */
export function emit(world: World, at: number, id: EventId): Happening {
  const [category, text] = texts[id];
  const arn = `arn:aws:rds:${region}:${account}:db:${world.id}`;
  const made = world.made + 1;
  const iso = new Date(at).toISOString();
  const event: RdsEvent = {
    version: "0",
    id: `00000000-0000-4000-8000-${made.toString(16).padStart(12, "0")}`,
    "detail-type": "RDS DB Instance Event",
    source: "aws.rds",
    account,
    time: `${iso.slice(0, 19)}Z`,
    region,
    resources: [arn],
    detail: { EventCategories: [category], SourceType: "DB_INSTANCE", SourceArn: arn, Date: iso, Message: text, SourceIdentifier: world.id, EventID: id },
  };
  const { dropEvents, duplicateEvents, delayEventsMs } = world.faults;
  const events = dropEvents ? [] : duplicateEvents ? [event, event] : [event];
  if (delayEventsMs === 0) return { world: { ...world, made }, events };
  return { world: { ...world, made, delayed: [...world.delayed, ...events.map((e) => ({ at: at + delayEventsMs, event: e }))] }, events: [] };
}

export function start(world: World, now: number, input: Input): Step {
  const startable = ["stopped", "inaccessible-encryption-credentials-recoverable"];
  const refused =
    notThis(world, input) ??
    (startable.includes(world.status)
      ? null
      : refuse("InvalidDBInstanceState", `Instance ${world.id} cannot be started as it is not in one of the following statuses: '${startable.join(", ")}'.`)) ??
    (world.faults.noCapacity
      ? refuse("InsufficientDBInstanceCapacity", "Specified DB instance class is not available in the specified Availability Zone.")
      : null);
  if (refused) return { world, reply: refused, events: [] };
  const started = starting(world, now);
  return { world: started, reply: { kind: "answer", result: { DBInstance: describeInstance(started, now, started.status) } }, events: [] };
}

export function stop(world: World, now: number, input: Input): Step {
  const { DBSnapshotIdentifier: snapshot } = input;
  const refused =
    notThis(world, input) ??
    (world.status === "available" ? null : refuse("InvalidDBInstanceState", `Instance ${world.id} is not in available state.`)) ??
    (world.snapshots.some((s) => s.id === snapshot)
      ? refuse("DBSnapshotAlreadyExists", `Cannot create the snapshot because a snapshot with the identifier ${snapshot} already exists.`)
      : null);
  if (refused) return { world, reply: refused, events: [] };
  const stopping = enter(world, now, "stopping", { at: now + world.pace.stopMs, status: "stopped" });
  const after = typeof snapshot === "string" ? withSnapshot(stopping, { id: snapshot, at: now, type: "manual" }) : stopping;
  return { world: after, reply: { kind: "answer", result: { DBInstance: describeInstance(after, now, after.status) } }, events: [] };
}

/** AWS's own start after seven days. */
export function forceStart(world: World, at: number): Happening {
  return emit(starting(world, at), at, "RDS-EVENT-0154");
}

/** Begins a backup of an instance that is `available`. */
export function backUp(world: World, at: number): Happening {
  return emit(enter(world, at, "backing-up", { at: at + world.pace.backupMs, status: "available" }), at, "RDS-EVENT-0001");
}

/** Begins the pending maintenance of an instance that is `available`. */
export function maintain(world: World, at: number): World {
  return enter(world, at, "maintenance", { at: at + world.pace.maintenanceMs, status: "available" });
}

/** When something happens by itself next; null when never. */
export function nextAt(world: World): number | null {
  let first: number | null = world.next?.at ?? null;
  for (const at of [forcedStartAt(world), backupAt(world), ...world.delayed.map((d) => d.at)]) {
    if (at !== null && (first === null || at < first)) first = at;
  }
  return first;
}

/** Lets time pass: everything that is due up to `now`, each thing at its own time. */
export function pass(before: World, now: number): Happening {
  let world = before;
  const events: RdsEvent[] = [];
  for (let at = nextAt(world); at !== null && at <= now; at = nextAt(world)) {
    const step = due(world, at);
    world = step.world;
    events.push(...step.events);
  }
  return { world, events };
}

/** One thing that is due at `at`. */
function due(world: World, at: number): Happening {
  if (world.next?.at === at) return reach(world, at, world.next.status);
  if (forcedStartAt(world) === at) return forceStart(world, at);
  if (backupAt(world) === at) return backUp({ ...world, windowBackupAt: at }, at);
  return {
    world: { ...world, delayed: world.delayed.filter((d) => d.at > at) },
    events: world.delayed.filter((d) => d.at <= at).map((d) => d.event),
  };
}

/** The end of `starting`, `stopping`, `backing-up` or `maintenance`; or the moment at which maintenance that was pending begins. */
function reach(world: World, at: number, status: string): Happening {
  const from = world.status;
  if (status === "maintenance") return { world: maintain(world, at), events: [] };
  const after = enter(world, at, status);
  if (status === "stopped") return emit(after, at, "RDS-EVENT-0087");
  if (from === "maintenance") return { world: { ...after, maintenance: null }, events: [] };
  const ready: World = world.maintenance === null ? after : { ...after, next: { at: at + world.pace.stopMs, status: "maintenance" } };
  if (from === "starting") return emit(ready, at, "RDS-EVENT-0088");
  if (from === "backing-up") return emit(withSnapshot(ready, automatedSnapshot(world.id, world.statusSince)), at, "RDS-EVENT-0002");
  return { world: ready, events: [] };
}

function starting(world: World, at: number): World {
  return enter(world, at, "starting", { at: at + world.pace.startMs, status: "available" });
}

/** `AutomaticRestartTime`. */
export function forcedStartAt(world: World): number | null {
  return world.status === "stopped" && world.stoppedAt !== null ? world.stoppedAt + longestStopMs : null;
}

/** The start of the next daily backup, should the instance stay `available`: once in each window, at its start or when the instance comes up within it. */
function backupAt(world: World): number | null {
  if (world.status !== "available" || world.backupWindow === null) return null;
  const [from = 0, to = 0] = world.backupWindow.split("-").map((time) => {
    const [hours = 0, minutes = 0] = time.split(":").map(Number);
    return (hours * 60 + minutes) * 60_000;
  });
  const length = to > from ? to - from : to - from + dayMs;
  const midnight = Math.floor(world.statusSince / dayMs) * dayMs;
  for (let day = -1; ; day++) {
    const opens = midnight + day * dayMs + from;
    if (opens + length <= world.statusSince || (world.windowBackupAt ?? Number.NEGATIVE_INFINITY) >= opens) continue;
    return Math.max(opens, world.statusSince);
  }
}

function notThis(world: World, input: Input): Refusal | null {
  const { DBInstanceIdentifier: id } = input;
  if (id === undefined || id === "") return refuse("InvalidParameterValue", "The parameter DBInstanceIdentifier must be provided and must not be blank.");
  return id === world.id ? null : refuse("DBInstanceNotFound", `DBInstance ${id} not found.`);
}
