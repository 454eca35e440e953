/** From the moment at which RDS is `available` to the first query that is served, on the whole platform: with RDS's event, and with every event lost. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Running, startForTest } from "../../test/integration/harness.ts";
import { percentile, table } from "./figures.ts";

export interface WakeFigures {
  /** Seconds from `available` (whose event comes at once) to the first answer. */
  withEvents: number[];
  /** The same with every event lost, and of that what came after the first look that could know it. */
  withoutEvents: number[];
  afterLook: number[];
}

export async function measureWakes(bundles: string, cycles = 4): Promise<WakeFigures> {
  const figures: WakeFigures = { withEvents: [], withoutEvents: [], afterLook: [] };
  const series = async (events: boolean) => {
    const looks: number[] = [];
    await using run = await startForTest({
      bundles,
      startSeconds: 3,
      stopSeconds: 0.5,
      settings: { idleMinutes: 10, checkMinutes: 10, drainSeconds: 3 },
      onCall: ({ action }) => action === "rds:DescribeDBInstances" && void looks.push(Date.now()),
    });
    await run.until({ rdsStatus: "stopped" });
    if (!events) await run.rds("drop-events");
    for (let cycle = 0; cycle < cycles; cycle++) {
      const { available, served } = await wake(run);
      (events ? figures.withEvents : figures.withoutEvents).push((served - available) / 1000);
      const look = looks.find((at) => at >= available);
      if (!events && look !== undefined) figures.afterLook.push(Math.max(0, served - look) / 1000);
      await run.ask("/database/stop", { as: "olga", operator: true, method: "POST" });
      await run.until({ phase: "asleep", rdsStatus: "stopped" });
    }
  };
  await Promise.all([series(true), series(false)]);
  return figures;
}

/** A press, and a person who asks for expenses all the time; in milliseconds since the epoch. */
async function wake(run: Running): Promise<{ available: number; served: number }> {
  await run.ask("/database/start", { as: "ann", method: "POST" });
  for (;;) {
    if ((await run.ask("/expenses", { as: "ann" })).status === 200) break;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const served = Date.now();
  const world = JSON.parse(await readFile(join(run.platform.dataDir, "rds", "world.json"), "utf8")) as { status: string; statusSince: number };
  if (world.status !== "available") throw new Error(`served while the instance is ${world.status}`);
  return { available: world.statusSince, served };
}

export function wakeTable({ withEvents, withoutEvents, afterLook }: WakeFigures): string {
  const row = (name: string, values: number[]) => [name, String(values.length), percentile(values, 0.5).toFixed(2), Math.max(...values).toFixed(2)];
  return table(
    ["seconds to the first served query", "wakes", "p50", "longest"],
    [
      row("from `available`, its event delivered", withEvents),
      row("from `available`, every event lost", withoutEvents),
      row("of that, after the first look that could know", afterLook),
    ],
  );
}
