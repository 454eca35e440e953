/** The stop past its limit, in virtual time: the real reconciler and the simulated RDS through many cycles of use; and how fast that simulation is. */
import { sleepsAt } from "../../src/lifecycle/idle.ts";
import { NO_FAULTS, Simulation } from "../../test/lifecycle/simulation.ts";
import { percentile, table } from "./figures.ts";

const MINUTE = 60_000;

export interface SleepFigures {
  /** Of each cycle: seconds by which the StopDBInstance came past the limit, without the drain. */
  late: number[];
  /** The same where a fifth of all timers, events and calls is lost: then the scheduled check, each 15 minutes, is the net. */
  lateWithLosses: number[];
  /** Of each cycle without losses: seconds from the limit to the fence, and from the fence to the stop. */
  toFence: number[];
  drain: number[];
  events: number;
  /** Of the machine. */
  elapsedMs: number;
  simulatedHours: number;
}

export async function measureSleep(cycles = 400): Promise<SleepFigures> {
  const figures: SleepFigures = { late: [], lateWithLosses: [], toFence: [], drain: [], events: 0, elapsedMs: 0, simulatedHours: 0 };
  const begun = performance.now();
  for (let seed = 1; seed <= cycles; seed++) {
    await cycle(seed, false, figures);
    if (seed % 2 === 0) await cycle(seed, true, figures);
  }
  figures.elapsedMs = performance.now() - begun;
  return figures;
}

/** Wakes it, uses it for a while, leaves it alone until it is stopped. */
async function cycle(seed: number, losses: boolean, figures: SleepFigures): Promise<void> {
  const sim = new Simulation(seed);
  sim.faults = losses ? { ...NO_FAULTS, drop: 0.2 } : NO_FAULTS;
  const from = sim.time.now;
  const pass = async (ms: number) => {
    figures.events += await sim.pass(ms);
  };
  await pass(sim.random() * 20 * MINUTE);
  sim.press("ann");
  for (let minute = 0; sim.item?.phase !== "awake"; minute++) {
    if (minute > 60) throw new Error(`seed ${seed}: not awake after an hour`);
    await pass(MINUTE);
  }
  for (let use = Math.floor(sim.random() * 8); use > 0; use--) {
    void sim.request(use % 3, sim.random() * 19_000);
    await pass(sim.random() * 9 * MINUTE);
  }
  // In small steps, so that the limit is known as it stood just before the fence.
  let limit = 0;
  for (const end = sim.time.now + 3 * 60 * MINUTE; sim.stops === 0; ) {
    if (sim.item?.phase === "awake") limit = sleepsAt(sim.item, sim.policy);
    if (sim.time.now > end) throw new Error(`seed ${seed}: not stopped after three hours`);
    await pass(500);
  }
  const entries = [...sim.ledger.values(), ...(sim.item?.outbox ?? [])];
  const at = (action: string) => entries.findLast((entry) => entry.action === action)?.at ?? Number.NaN;
  (losses ? figures.lateWithLosses : figures.late).push((at("stop") - limit - sim.policy.drainMs) / 1000);
  if (!losses) {
    figures.toFence.push((at("drain") - limit) / 1000);
    figures.drain.push((at("stop") - at("drain")) / 1000);
  }
  figures.simulatedHours += (sim.time.now - from) / (60 * MINUTE);
  if (sim.violations.length > 0) throw new Error(`seed ${seed}: ${sim.violations.join("; ")}`);
}

export function sleepTable({ late, lateWithLosses, toFence, drain }: SleepFigures): string {
  const row = (name: string, values: number[]) => [
    name,
    String(values.length),
    percentile(values, 0.5).toFixed(1),
    percentile(values, 0.99).toFixed(1),
    Math.max(...values).toFixed(1),
  ];
  return table(
    ["seconds", "cycles", "p50", "p99", "longest"],
    [
      row("stop past the limit and the longest request (20 s); timers up to a minute late", late),
      row("of it: from the limit to the fence", toFence),
      row("of it: from the fence to the stop", drain),
      row("the first row, with a fifth of timers, events and calls lost", lateWithLosses),
    ],
  );
}
