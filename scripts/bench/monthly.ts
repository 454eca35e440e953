/** The monthly run of thousands of users on the whole platform: reports a minute, memory, and one report for each user, however often it is run. */
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";
import { type Running, startForTest } from "../../test/integration/harness.ts";
import { findPlatform, superuser } from "../seed/platform.ts";
import { table } from "./figures.ts";

export interface MonthlyFigures {
  users: number;
  /** With entries in the month. */
  writers: number;
  reports: number;
  /** Seconds with the database awake, from its first query on to the run's end. */
  working: number;
  wakes: number;
  runners: number;
  failed: number;
  /** Keys that have more than one report, or a file of more than one version; and writers without a report. */
  twice: number;
  missing: number;
  told: number;
  /** What the runner holds, in MB: the least that was seen in each quarter of the run, just after a collection of what it no longer needs. */
  runner: number[];
  /** The same of the gateway and all services that stand in for AWS, which have one heap. */
  platform: number[];
  /** Resident memory of the process that holds all of it and each function's instances, at its highest, in MB. */
  highest: number;
  /** Seconds of the same run once more; and reports that it made. */
  again: number;
  madeAgain: number;
  /** Seconds of one report that somebody asks for while the database sleeps: to serving, and from there to done. */
  toServing: number;
  toReport: number;
}

/** Entries of each in the month; and of a year before it, for the trend. */
const IN_MONTH = 30;
const BEFORE = 60;
/** One in so many has no entries in the month. */
const IDLE = 20;

const megabytes = (bytes: number) => Math.round(bytes / 100_000) / 10;
const seconds = (from: number) => (performance.now() - from) / 1000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The last month that is over by UTC, as the API wants it. */
function lastMonth(): string {
  const [year = 0, month = 1] = new Date().toISOString().split("-").map(Number);
  return new Date(Date.UTC(year, month - 2, 1)).toISOString().slice(0, 7);
}

async function seed(run: Running, users: number, month: string): Promise<number> {
  const database = await superuser(await findPlatform(run.platform.dataDir));
  try {
    const first = `${month}-01`;
    await database.query("insert into users (id, created_at) select 'user-' || lpad(n::text, 6, '0'), $1::date - 400 from generate_series(1, $2::int) n", [
      first,
      users,
    ]);
    await database.query(
      "insert into categories (user_id, id, name) select u.id, gen_random_uuid(), c from users u, unnest(array['Food', 'Home', 'Travel', 'Health', 'Books']) c where u.id like 'user-%'",
    );
    await database.query(
      `insert into expenses (user_id, id, category_id, amount_minor, currency, occurred_on, merchant)
       select c.user_id, gen_random_uuid(), c.id, 100 + (n * 7919) % 9000, 'EUR',
         case when n <= $2 then $1::date + (n * 7) % 28 else $1::date - (n * 11) % 360 - 1 end, 'Shop ' || n % 17
       from generate_series(1, $2::int + $3::int) n join lateral (
         select user_id, id, row_number() over (partition by user_id order by id) - 1 as k from categories where user_id like 'user-%') c on c.k = n % 5
       where n > $2 or right(c.user_id, 6)::int % $4 <> 0`,
      [first, IN_MONTH, BEFORE, IDLE],
    );
    await database.query("analyze");
    const { rows } = await database.query(
      "select count(distinct user_id)::int as n from expenses where occurred_on >= $1 and occurred_on < $1::date + interval '1 month'",
      [first],
    );
    return Number(rows[0]?.n);
  } finally {
    await database.end();
  }
}

/** How many reports each owner has in the jobs' table; and how many notifications there are. */
async function kept(run: Running): Promise<{ reports: Map<string, number>; told: number }> {
  const { endpoints, region, operator } = run.platform;
  const client = new DynamoDBClient({ endpoint: endpoints.dynamodb, region, credentials: operator });
  const reports = new Map<string, number>();
  let told = 0;
  for (const name of ["jobs", "notifications"]) {
    let from: Record<string, never> | undefined;
    do {
      const page = await client.send(new ScanCommand({ TableName: `dormouse-${name}`, ...(from === undefined ? {} : { ExclusiveStartKey: from }) }));
      for (const item of page.Items ?? []) {
        if (name === "notifications") told++;
        else if (item.kind?.S === "report" && item.state?.S === "done") reports.set(item.owner?.S ?? "", (reports.get(item.owner?.S ?? "") ?? 0) + 1);
      }
      from = page.LastEvaluatedKey as typeof from;
    } while (from !== undefined);
  }
  client.destroy();
  return { reports, told };
}

async function filesTwice(run: Running): Promise<number> {
  const { endpoints, region, operator } = run.platform;
  const s3 = new S3Client({ endpoint: endpoints.s3, region, credentials: operator });
  const versions = new Map<string, number>();
  let from: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: "dormouse-files", Prefix: "reports/", ...from }));
    for (const { Key = "" } of page.Versions ?? []) versions.set(Key, (versions.get(Key) ?? 0) + 1);
    if (!page.IsTruncated || page.NextKeyMarker === undefined) break;
    from = { KeyMarker: page.NextKeyMarker, ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }) };
  }
  s3.destroy();
  return [...versions.values()].filter((n) => n > 1).length;
}

interface Watched {
  serving: number;
  ended: number;
  result: { processed: number; failed: number };
  runner: number[];
  platform: number[];
  highest: number;
}

/** The least in each quarter. */
class Floors {
  readonly least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  see(share: number, bytes: number): void {
    const quarter = Math.min(3, Math.floor(share * 4));
    this.least[quarter] = Math.min(this.least[quarter] ?? 0, megabytes(bytes));
  }
}

/** Looks four times a second until it has ended. */
async function watch(run: Running, path: string, as: string, operator: boolean, total: number): Promise<Watched> {
  const begun = performance.now();
  const [runner, platform] = [new Floors(), new Floors()];
  let [serving, highest] = [0, 0];
  for (;;) {
    const { body } = await run.ask(path, { as, operator });
    if (serving === 0 && (await run.database()).serving) serving = performance.now();
    const done = (body.progress as { done: number } | null)?.done ?? 0;
    const { rss, heapUsed, external } = process.memoryUsage();
    highest = Math.max(highest, megabytes(rss));
    if (done > 0) {
      runner.see(done / total, await run.platform.lambda.memory("job"));
      platform.see(done / total, heapUsed + external);
    }
    if (body.state === "failed") throw new Error(`it failed: ${String(body.reason)}`);
    if (body.state === "done")
      return { serving, ended: performance.now(), result: body.result as Watched["result"], runner: runner.least, platform: platform.least, highest };
    if (seconds(begun) > 5400) throw new Error(`it is ${String(body.state)} after an hour and a half, with ${done} of ${total}`);
    await pause(250);
  }
}

export async function measureMonthly(bundles: string, users: number, say: (line: string) => void): Promise<MonthlyFigures> {
  let [starts, runners] = [0, 0];
  await using run = await startForTest({
    bundles,
    settings: { idleMinutes: 10, checkMinutes: 15, drainSeconds: 20 },
    onCall({ principal, action, resource }) {
      if (action === "rds:StartDBInstance") starts++;
      if (action === "lambda:InvokeFunction" && resource.endsWith("dormouse-job") && principal.name !== "operator") runners++;
    },
  });
  const olga = { as: "olga", operator: true } as const;
  const sleepNow = async () => {
    await run.ask("/database/stop", { ...olga, method: "POST", json: { force: true } });
    await run.until({ rdsStatus: "stopped", phase: "asleep" }, 120);
  };
  const month = lastMonth();
  await run.until({ rdsStatus: "stopped" }, 60);
  await run.ask("/database/start", { as: "olga", method: "POST" });
  await run.until({ phase: "awake" }, 60);
  const writers = await seed(run, users, month);
  await sleepNow();

  // One report for somebody who waits for it.
  const asked = performance.now();
  const one = await run.ask("/reports", { as: "ann", method: "POST", json: { kind: "monthly", month } });
  const single = await watch(run, one.headers.get("location") ?? "", "ann", false, 1);
  await sleepNow();

  [starts, runners] = [0, 0];
  say(`${users.toLocaleString("en")} users, ${writers.toLocaleString("en")} of them with entries…`);
  const first = await run.ask("/runs/monthly", { ...olga, method: "POST", json: { month } });
  if (first.status !== 202) throw new Error(`the run was answered with ${first.status} ${JSON.stringify(first.body)}`);
  const whole = await watch(run, first.headers.get("location") ?? "", "olga", true, users);
  const [wakes, calls] = [starts, runners];
  const before = await kept(run);
  const begun = performance.now();
  const second = await run.ask("/runs/monthly", { ...olga, method: "POST", json: { month } });
  const repeated = await watch(run, second.headers.get("location") ?? "", "olga", true, users);
  let after = await kept(run);
  // What is told leaves the database behind the jobs.
  for (let looks = 0; after.told < writers && looks < 60; looks++) {
    await pause(2000);
    after = await kept(run);
  }
  const mine = [...after.reports].filter(([owner]) => owner.startsWith("user-"));
  const sum = (all: Map<string, number>) => [...all].reduce((n, [owner, each]) => (owner.startsWith("user-") ? n + each : n), 0);
  return {
    users,
    writers,
    reports: mine.length,
    working: (whole.ended - whole.serving) / 1000,
    wakes,
    runners: calls,
    failed: whole.result.failed,
    twice: mine.filter(([, n]) => n > 1).length + (await filesTwice(run)),
    missing: writers - mine.length,
    told: after.told,
    runner: whole.runner,
    platform: whole.platform,
    highest: whole.highest,
    again: (repeated.ended - begun) / 1000,
    madeAgain: sum(after.reports) - sum(before.reports),
    toServing: (single.serving - asked) / 1000,
    toReport: (single.ended - single.serving) / 1000,
  };
}

export function monthlyTable(figures: MonthlyFigures): string {
  const { users, writers, reports, working, wakes, runners, failed, told, runner, platform, highest, again, toServing, toReport } = figures;
  return table(
    ["", `${users.toLocaleString("en")} users, ${writers.toLocaleString("en")} of them with entries`],
    [
      ["reports", reports.toLocaleString("en")],
      ["reports a minute while it is awake", Math.round((reports / working) * 60).toLocaleString("en")],
      ["with the database awake, minutes", (working / 60).toFixed(1)],
      ["wakes", String(wakes)],
      ["calls of a runner", String(runners)],
      ["users for whom it failed", String(failed)],
      ["notifications", told.toLocaleString("en")],
      ["what the runner holds in each quarter, MB (the least that was seen)", runner.join(", ")],
      ["what the gateway and the stand-ins for AWS hold, MB (the least that was seen)", platform.join(", ")],
      ["resident memory of the process with all of them, at its highest, MB", String(Math.round(highest))],
      ["the same run once more, seconds", again.toFixed(1)],
      ["one report asked for asleep: until the database serves, seconds (its start is simulated)", toServing.toFixed(2)],
      ["and from there until the report lies there, seconds", toReport.toFixed(2)],
    ],
  );
}
