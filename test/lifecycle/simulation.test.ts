import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_FAULTS, Simulation } from "./simulation.ts";

const MINUTE = 60_000;
const RUNS = Number(process.env.SIMULATION_RUNS ?? 400);

type Step =
  | { do: "press" | "unhold"; wait: number }
  | { do: "request"; container: number; lasts: number; background: boolean; wait: number }
  | { do: "lease" | "renew" | "hold"; lasts: number; wait: number }
  | { do: "release"; wait: number }
  | { do: "stop"; force: boolean; wait: number }
  | { do: "session" | "end-session"; wait: number }
  | { do: "tell"; stuck: boolean; wait: number }
  | {
      do: "aws";
      command: "start" | "stop" | "backup" | "forced-start" | "no-capacity" | "normal" | "lose-replies" | "throttle" | "stale-status";
      argument: number;
      wait: number;
    };

// Waits are in seconds: short ones that meet the protocol's own steps, long ones that pass the idle limit.
const wait = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 60, max: 1500 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("press" as const), wait }),
  fc.record({
    do: fc.constant("request" as const),
    container: fc.integer({ min: 0, max: 2 }),
    lasts: fc.integer({ min: 1, max: 19_000 }),
    background: fc.boolean(),
    wait,
  }),
  fc.record({
    do: fc.constant("request" as const),
    container: fc.integer({ min: 0, max: 2 }),
    lasts: fc.integer({ min: 1, max: 19_000 }),
    background: fc.boolean(),
    wait,
  }),
  fc.record({ do: fc.constantFrom("lease" as const, "renew" as const, "hold" as const), lasts: fc.integer({ min: 1000, max: 20 * MINUTE }), wait }),
  fc.record({ do: fc.constant("release" as const), wait }),
  fc.record({ do: fc.constant("stop" as const), force: fc.boolean(), wait }),
  fc.record({ do: fc.constantFrom("session" as const, "end-session" as const), wait }),
  fc.record({ do: fc.constant("tell" as const), stuck: fc.boolean(), wait }),
  fc.record({
    do: fc.constant("aws" as const),
    command: fc.constantFrom(
      "start" as const,
      "stop" as const,
      "backup" as const,
      "forced-start" as const,
      "no-capacity" as const,
      "normal" as const,
      "lose-replies" as const,
      "throttle" as const,
      "stale-status" as const,
    ),
    argument: fc.integer({ min: 1, max: 3 }),
    wait,
  }),
);

async function play(sim: Simulation, steps: Step[]): Promise<void> {
  for (const s of steps) {
    await sim.pass(s.wait * 1000);
    switch (s.do) {
      case "press":
        sim.press("ann");
        break;
      case "request":
        void sim.request(s.container, s.lasts, s.background);
        break;
      case "lease":
        sim.lease("job-1", s.lasts);
        break;
      case "renew":
        sim.renew("job-1", s.lasts);
        break;
      case "hold":
        sim.hold(s.lasts);
        break;
      case "release":
        sim.release("job-1");
        break;
      case "stop":
        sim.stop(s.force);
        break;
      case "session":
        sim.session(1);
        break;
      case "end-session":
        sim.endSession(1);
        break;
      case "tell":
        sim.tell(s.stuck);
        break;
      case "aws":
        sim.aws(s.command, s.command === "stale-status" ? s.argument * 15 : s.argument);
        break;
    }
  }
}

const faults = fc.record({
  error: fc.constantFrom(0, 0.02, 0.1),
  lost: fc.constantFrom(0, 0.02, 0.1),
  freeze: fc.constantFrom(0, 0.01, 0.05),
  kill: fc.constantFrom(0, 0.02, 0.08),
  drop: fc.constantFrom(0, 0.2, 0.6),
  twice: fc.constantFrom(0, 0.3),
});

test("whatever happens, no stop of ours harms anybody, and afterwards everything finds its way", { timeout: 10 * MINUTE }, async () => {
  let stops = 0;
  let served = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), faults, fc.array(step, { minLength: 4, maxLength: 60 }), async (seed, given, steps) => {
      const sim = new Simulation(seed);
      sim.faults = given;
      await play(sim, steps);
      stops += sim.stops;
      served += sim.served;
      expect(sim.violations).toEqual([]);

      // The faults end. Somebody presses: it comes awake, whatever state the faults left.
      sim.faults = NO_FAULTS;
      sim.aws("normal");
      sim.endSession(1);
      await sim.pass(20 * MINUTE);
      sim.press("ann");
      await sim.pass(20 * MINUTE);
      const woke = sim.item?.phase === "awake" || (sim.item?.lastWakeAt ?? 0) < (sim.item?.phaseSince ?? 0);
      expect({ woke, phase: sim.item?.phase, code: sim.item?.code, wake: sim.item?.wake }).toMatchObject({ woke: true, wake: null });
      // Then nobody does anything: leases and holds end, what nobody can bring out stays, and it sleeps.
      await sim.pass(4 * 60 * MINUTE);
      expect({ phase: sim.item?.phase, reason: sim.item?.reason, status: sim.world.status }).toMatchObject({ phase: "asleep", status: "stopped" });
      expect(sim.violations).toEqual([]);
      // The ledger has every entry, without a gap.
      expect([...sim.ledger.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: sim.item?.seq ?? 0 }, (_, i) => i + 1));
    }),
    { numRuns: RUNS },
  );
  expect(stops).toBeGreaterThan(0);
  expect(served).toBeGreaterThan(0);
});

/** One whole cycle: pressed, woken, used, idle, drained, stopped. Returns how many awaits its runs had. */
async function cycle(killAt: Simulation["killAt"]): Promise<number> {
  const sim = new Simulation(7);
  sim.killAt = killAt;
  await sim.pass(5000);
  sim.press("ann");
  await sim.pass(4 * MINUTE);
  void sim.request(0, 2000);
  await sim.pass(40 * MINUTE);
  const where = killAt === null ? "unharmed" : `killed ${killAt.after ? "after" : "before"} await ${killAt.await}`;
  expect(sim.violations, where).toEqual([]);
  expect([sim.item?.phase, sim.world.status, sim.item?.wake], where).toEqual(["asleep", "stopped", null]);
  // In effect: started once, stopped once, whatever was sent again.
  expect([sim.starts, sim.stops], where).toEqual([1, 1]);
  const moves = [...sim.ledger.values()].filter((entry) => entry.phase !== entry.from);
  // Killed between the write of the window and the sending, the stop is lost: the database is given back, and stopped a second time round.
  const lost = moves.findIndex((entry) => entry.code === "stop-lost");
  if (lost >= 0) moves.splice(lost, 2);
  expect(
    moves.map((entry) => `${entry.from} ${entry.phase}`),
    where,
  ).toEqual(["asleep waking", "waking awake", "awake falling-asleep", "falling-asleep asleep"]);
  expect([...sim.ledger.keys()], where).toEqual(Array.from({ length: sim.item?.seq ?? 0 }, (_, i) => i + 1));
  return sim.awaits;
}

test("killed at any await of a cycle, before or after its effect, the next run recovers: one start, one stop, no wake lost, the ledger whole", {
  timeout: 10 * MINUTE,
}, async () => {
  const awaits = await cycle(null);
  expect(awaits).toBeGreaterThan(40);
  for (let await_ = 1; await_ <= awaits; await_++) for (const after of [false, true]) await cycle({ await: await_, after });
});

test("a message that is brought out puts sleep off by minutes, one that is stuck by its time, and a person's stop by one try", {
  timeout: MINUTE,
}, async () => {
  const awake = async () => {
    const sim = new Simulation(11);
    await sim.pass(5000);
    sim.press("ann");
    await sim.pass(4 * MINUTE);
    return sim;
  };
  const untold = (sim: Simulation) => [...sim.ledger.values()].filter(({ action, code }) => action === "lift" && code === "untold").length;
  const told = await awake();
  told.tell(false);
  await told.pass(20 * MINUTE);
  expect([told.messages, told.item?.phase, untold(told), told.item?.untold]).toEqual([[], "asleep", 1, null]);

  const stuck = await awake();
  stuck.tell(true);
  await stuck.pass(170 * MINUTE);
  expect([stuck.item?.phase, stuck.stops, stuck.item?.attention]).toEqual(["awake", 0, null]);
  await stuck.pass(60 * MINUTE);
  expect([stuck.item?.phase, stuck.stops, stuck.messages.length]).toEqual(["asleep", 1, 1]);
  expect(untold(stuck)).toBeLessThan(12);
  // It has had its time: the next wake is like any other.
  stuck.press("ann");
  await stuck.pass(25 * MINUTE);
  expect([stuck.item?.phase, stuck.stops]).toEqual(["asleep", 2]);

  const asked = await awake();
  asked.tell(true);
  asked.stop(false);
  await asked.pass(5 * MINUTE);
  expect([untold(asked), asked.stops, asked.item?.stop?.code ?? asked.item?.phase]).toEqual([1, 1, "asleep"]);
  const forced = await awake();
  forced.tell(true);
  forced.stop(true);
  await forced.pass(3 * MINUTE);
  expect([untold(forced), forced.stops]).toEqual([0, 1]);
});
