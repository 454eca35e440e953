/** A thousand jobs asked for at once while the database sleeps, on the whole platform: how long, how many wakes, and whether memory grows with them. */
import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { MAX_OPEN } from "../../src/http/desk/open-jobs.ts";
import { type Running, startForTest } from "../../test/integration/harness.ts";
import { table } from "./figures.ts";

export interface JobFigures {
  jobs: number;
  /** Seconds from the first request to the last 202; from the last of them to the last job's end; and of that, while the database was awake. */
  asking: number;
  untilDone: number;
  working: number;
  wakes: number;
  /** Calls of a runner. */
  runners: number;
  failed: number;
  /** Resident memory of the whole platform's process in MB: at each quarter of the jobs that ended, the longest first round left out. */
  quarters: number[];
}

/** Requests at once. */
const CALLERS = 8;

const megabytes = () => Math.round(process.memoryUsage().rss / 1_000_000);

/** Rounds of `jobs`; the first warms up everything that grows once, and is thrown away. */
export async function measureJobs(bundles: string, jobs = 1000): Promise<JobFigures> {
  let starts = 0;
  let runners = 0;
  await using run = await startForTest({
    bundles,
    settings: { idleMinutes: 10, checkMinutes: 15, drainSeconds: 10 },
    onCall({ principal, action, resource }) {
      if (action === "rds:StartDBInstance") starts++;
      if (action === "lambda:InvokeFunction" && resource.endsWith("dormouse-job") && principal.name !== "operator") runners++;
    },
  });
  const database = new DynamoDBClient({ endpoint: run.platform.endpoints.dynamodb, region: run.platform.region, credentials: run.platform.operator });
  let figures: JobFigures | null = null;
  for (const round of ["warm-up", "measured"]) {
    await run.until({ rdsStatus: "stopped", phase: "asleep" }, 120);
    starts = 0;
    runners = 0;
    figures = await measured(run, database, round, jobs);
    figures.wakes = starts;
    figures.runners = runners;
    await run.ask("/database/stop", { as: "olga", operator: true, method: "POST", json: { force: true } });
  }
  database.destroy();
  if (figures === null) throw new Error("nothing was measured");
  return figures;
}

async function measured(run: Running, database: DynamoDBClient, round: string, jobs: number): Promise<JobFigures> {
  const people = Array.from({ length: Math.ceil(jobs / MAX_OPEN) }, (_, i) => `${round}-${i}`);
  // Signing people in is nothing of this.
  for (const person of people) await run.token(person);
  const begun = performance.now();
  let asked = 0;
  const queue = people.flatMap((as) => Array.from({ length: MAX_OPEN }, () => as)).slice(0, jobs);
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      for (let as = queue.shift(); as !== undefined; as = queue.shift()) {
        asked++;
        const { status, body } = await run.ask("/jobs", { as, method: "POST", json: { kind: "recap" } });
        if (status !== 202) throw new Error(`a job was answered with ${status} ${JSON.stringify(body)}: ${(await run.log("desk")).slice(-2000)}`);
      }
    }),
  );
  const accepted = performance.now();
  const quarters: number[] = [];
  let awake = 0;
  for (let open = jobs; open > 0; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    open = await openJobs(database);
    if (awake === 0 && (await run.database()).serving) awake = performance.now();
    while (quarters.length < Math.floor(((jobs - open) / jobs) * 4)) quarters.push(megabytes());
    if (performance.now() - accepted > 900_000) throw new Error(`${open} jobs are open after a quarter of an hour`);
  }
  const ended = performance.now();
  const failed = (await Promise.all(people.map(async (as) => (await run.ask("/jobs?limit=100", { as })).body.items as { state: string }[])))
    .flat()
    .filter(({ state }) => state !== "done").length;
  return {
    jobs: asked,
    asking: (accepted - begun) / 1000,
    untilDone: (ended - accepted) / 1000,
    working: (ended - awake) / 1000,
    wakes: 0,
    runners: 0,
    failed,
    quarters,
  };
}

async function openJobs(database: DynamoDBClient): Promise<number> {
  let open = 0;
  let from: Record<string, never> | undefined;
  do {
    const page = await database.send(
      new QueryCommand({
        TableName: "dormouse-jobs",
        IndexName: "open",
        KeyConditionExpression: "#open = :one",
        ExpressionAttributeNames: { "#open": "open" },
        ExpressionAttributeValues: { ":one": { S: "1" } },
        Select: "COUNT",
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    open += page.Count ?? 0;
    from = page.LastEvaluatedKey as typeof from;
  } while (from !== undefined);
  return open;
}

/** Of the last quarter against the first, when everything had been used before. */
export const growthOf = ({ quarters }: JobFigures): number => (quarters.at(-1) ?? Number.NaN) / (quarters[0] ?? Number.NaN);

export function jobTable(figures: JobFigures): string {
  const { jobs, asking, untilDone, working, wakes, runners, failed, quarters } = figures;
  return table(
    ["", `${jobs.toLocaleString("en")} recaps of ${Math.ceil(jobs / MAX_OPEN)} people`],
    [
      ["asking for all of them, seconds", asking.toFixed(1)],
      ["from the last answer to the last job's end, seconds", untilDone.toFixed(1)],
      ["of that with the database awake, seconds", working.toFixed(1)],
      ["jobs a second while it is awake", (jobs / working).toFixed(1)],
      ["wakes", String(wakes)],
      ["calls of a runner", String(runners)],
      ["not done", String(failed)],
      ["memory of the whole platform at each quarter, MB", quarters.join(", ")],
    ],
  );
}
