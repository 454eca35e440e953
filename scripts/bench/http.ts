/** `GET /database` under many callers, against a Lambda that answers at once behind the same local gateway, in turns: what of the time is the platform's. */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Running, startForTest } from "../../test/integration/harness.ts";
import { percentile, table } from "./figures.ts";

const callers = 50;

export interface HttpFigures {
  /** Milliseconds of each request. */
  database: number[];
  bare: number[];
}

/** Takes the platform's bundles, and a place for others. */
export async function measureHttp(bundles: string, folder: string, rounds = 4, requestsPerCaller = 20): Promise<HttpFigures> {
  const bare = join(folder, "bare");
  await cp(bundles, bare, { recursive: true });
  await mkdir(join(bare, "control"), { recursive: true });
  await writeFile(
    join(bare, "control", "index.mjs"),
    `export const handler = async () => ({ statusCode: 200, headers: { "content-type": "application/json" }, body: "{}" });`,
  );
  await using ours = await startForTest({ bundles, settings: { checkMinutes: 15, idleMinutes: 60 } });
  await using other = await startForTest({ bundles: bare, settings: { checkMinutes: 15, idleMinutes: 60 } });
  await ours.until({ rdsStatus: "stopped" });
  const figures: HttpFigures = { database: [], bare: [] };
  // Instances start, code warms up: the first round is thrown away.
  for (let round = 0; round <= rounds; round++)
    for (const [name, run] of [
      ["database", ours],
      ["bare", other],
    ] as const) {
      const times = await load(run, requestsPerCaller);
      if (round > 0) figures[name].push(...times);
    }
  return figures;
}

async function load(run: Running, each: number): Promise<number[]> {
  const headers = { authorization: `Bearer ${await run.token("ann")}`, "dormouse-background": "?1" };
  const times: number[] = [];
  const caller = async () => {
    for (let i = 0; i < each; i++) {
      const begun = performance.now();
      const response = await fetch(`${run.platform.url}/database`, { headers });
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`GET /database answered ${response.status}`);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return times;
}

export function httpTable({ database, bare }: HttpFigures): string {
  const row = (p: number) => {
    const [ours, theirs] = [percentile(database, p), percentile(bare, p)];
    return [`p${p * 100}`, ours.toFixed(1), theirs.toFixed(1), (ours / theirs).toFixed(2)];
  };
  return `${callers} callers at once, ${database.length} requests each way, in turns.\n\n${table(["", "GET /database, ms", "bare Lambda, ms", "ratio"], [row(0.5), row(0.99)])}`;
}
