/** The model with a clock, a file, and a database: one instance that lives on through restarts of the platform. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../clock.ts";
import { apply, freshWorld, nextAt, paceOf, type RdsEvent, type ReplyTo, type Request, type World } from "./model.ts";

export interface MachineOptions {
  /** Where the world is kept, as JSON. */
  file: string;
  clock: Clock;
  instanceId: string;
  startSeconds: number;
  stopSeconds: number;
  /** The port of the endpoint, given the one that it had before. */
  endpointPort: (before: number | null) => Promise<number>;
  /** Hears of every change, before anybody is answered. Its promise ends when PostgreSQL is as the world says; answers that tell of a running instance wait for it. */
  onWorld: (world: World) => Promise<void>;
  onEvent: (event: RdsEvent) => void;
}

export interface Machine {
  world(): World;
  request<R extends Request>(request: R): Promise<ReplyTo<R>>;
  close(): void;
}

/** Throws when the file holds a world of another version, or of another instance. */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const { clock, file } = options;
  const kept = readWorld(options);
  const port = await options.endpointPort(kept?.endpoint.port ?? null);
  let world: World = {
    ...(kept ?? freshWorld(clock.now(), { id: options.instanceId })),
    endpoint: { host: "127.0.0.1", port },
    pace: paceOf(options.startSeconds, options.stopSeconds),
  };
  let timer: { cancel(): void } | null = null;
  let settled: Promise<void> = Promise.resolve();
  let closed = false;

  const step = <R extends Request>(request: R): ReplyTo<R> => {
    const before = world;
    const { world: after, reply, events } = apply(world, clock.now(), request);
    world = after;
    if (after !== before) {
      save(file, after);
      settled = options.onWorld(after);
    }
    if (after !== before || timer === null) wait();
    // An event never tells of a running database that does not answer yet.
    if (events.length > 0) void settled.then(() => events.forEach(options.onEvent));
    return reply;
  };
  const wait = () => {
    timer?.cancel();
    timer = null;
    const next = nextAt(world);
    if (next === null || closed) return;
    timer = clock.after(next - clock.now(), () => {
      // A timer may fire a moment early; then nothing is due yet, and it is set again.
      timer = null;
      step({ tick: true });
    });
  };

  save(file, world);
  settled = options.onWorld(world);
  step({ tick: true });
  await settled;

  return {
    world: () => world,
    async request(request) {
      const reply = step(request);
      await settled;
      return reply;
    },
    close() {
      closed = true;
      timer?.cancel();
    },
  };
}

function readWorld(options: MachineOptions): World | null {
  let text: string;
  try {
    text = readFileSync(options.file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return null;
  }
  const world = JSON.parse(text) as World;
  if (world.v !== 1 || world.id !== options.instanceId) {
    throw new Error(
      `${options.file} holds version ${world.v} of instance "${world.id}", not version 1 of "${options.instanceId}". Start with --fresh to forget it.`,
    );
  }
  return world;
}

/** Whole or not at all: written beside, then renamed. */
function save(file: string, world: World): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(world));
  renameSync(`${file}.new`, file);
}
