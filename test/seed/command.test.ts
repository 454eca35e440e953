import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { readOptions } from "../../scripts/seed.ts";
import { makeHome, startForTest } from "../integration/harness.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const command = (...args: string[]) => run(process.execPath, ["scripts/seed.ts", ...args], { cwd: root });
const now = Date.parse("2026-11-21T23:59:00Z");

describe("npm run seed", () => {
  it("takes what was asked for, with one person for each thousand expenses until told", () => {
    expect(readOptions(["--expenses", "10000000", "--users", "10000"], now).seed).toMatchObject({
      expenses: 10_000_000,
      users: 10_000,
      seed: 1,
      until: "2026-11-21",
    });
    expect(readOptions(["--expenses", "2500"], now).seed.users).toBe(3);
  });

  it.each([
    [["--expenses", "-5"], /expenses/],
    [["--expenses", "1e6"], /--expenses takes a whole number from 1 to 100,000,000, not "1e6"/],
    [["--users", "0"], /--users takes a whole number from 1/],
    [["--until", "yesterday"], /--until takes a day such as/],
    [["--person", "a b"], /--person: /],
    [["--host", "db.example.com"], /Unknown option '--host'/],
  ])("refuses %j with a sentence", (args, why) => {
    expect(() => readOptions(args, now)).toThrow(why);
  });

  it("seeds nothing but a platform of this machine", async () => {
    await using home = await makeHome();
    await expect(command("--data", home.path)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/No running platform .*local platform's own PostgreSQL/),
    });
    await mkdir(join(home.path, "far"));
    const far = {
      v: 1,
      url: "http://127.0.0.1:1",
      endpoints: { issuer: "http://127.0.0.1:1" },
      postgres: { host: "dormouse.abc.eu-central-1.rds.amazonaws.com", database: "app" },
    };
    await writeFile(join(home.path, "far", "local.json"), JSON.stringify(far));
    await expect(command("--data", join(home.path, "far"))).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/rds\.amazonaws\.com, which is not this machine/),
    });
  });

  it("wakes the database, keeps it awake, and gives ann data that the API shows", async () => {
    await using running = await startForTest({ settings: { idleMinutes: 0.05, checkMinutes: 0.05, drainSeconds: 1 } });
    await running.until({ rdsStatus: "stopped" });
    const { stdout } = await command("--expenses", "3000", "--users", "2", "--until", "2026-11-21", "--data", running.platform.dataDir);
    expect(stdout).toMatch(/^Adding 3,000 expenses of 2 people \(ann is the first\)/);
    expect(stdout).toMatch(/The database is woken first/);
    expect(stdout).toMatch(/Done in \d+ s/);
    expect((await running.database()).leases).toEqual([]);
    await running.ask("/database/start", { as: "ann", method: "POST" });
    const { body } = await running.works("/expenses?limit=5", "ann");
    expect(body.items).toHaveLength(5);
    expect(body.items).toContainEqual(expect.objectContaining({ occurredOn: "2026-11-21" }));
    await expect(command("--expenses", "3000", "--users", "2", "--until", "2026-11-21", "--data", running.platform.dataDir)).rejects.toMatchObject({
      stderr: expect.stringMatching(/ann|--person|first of these people/i),
    });
  });
});
