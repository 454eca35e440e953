import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { run, start } from "./command.ts";
import { makeHome } from "./harness.ts";

// The command that `npm start` runs, with the built bundles (`npm test` builds them first).
const ps = promisify(execFile);
const quick = ["--port", "0", "--start-seconds", "2", "--stop-seconds", "2", "--idle-minutes", "0.05", "--check-minutes", "0.05", "--drain-seconds", "8"];

/** Resident memory of a process and all below it, in MB; pages that several of them share count for each. */
async function treeMb(root: number): Promise<number> {
  const { stdout } = await ps("ps", ["-A", "-o", "pid=,ppid=,rss="]);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const tree = new Set([root]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [pid = 0, parent = 0] of rows)
      if (tree.has(parent) && !tree.has(pid)) {
        tree.add(pid);
        grew = true;
      }
  }
  return rows.filter(([pid = 0]) => tree.has(pid)).reduce((sum, [, , kilobytes = 0]) => sum + kilobytes, 0) / 1024;
}

describe.concurrent("the command", { timeout: 90_000 }, () => {
  test("every wrong flag is named, all at once, and nothing is begun", async () => {
    await using home = await makeHome();
    await using wrong = run(home.path, ["--idle-minuts", "5", "--port", "70000", "--mode", "observe", "--start-seconds", "soon", "--fresh=yes", "now"]);
    expect(await wrong.ended).toBe(2);
    for (const said of ["--idle-minuts; do you mean --idle-minutes?", "--port is at most 65535", "--mode is manage or watch", "--start-seconds needs a number"])
      expect(wrong.output()).toContain(said);
    expect(wrong.output()).toContain("--fresh takes no value");
    expect(wrong.output()).toContain('"now" is no flag');
    expect(existsSync(join(home.path, ".dormouse"))).toBe(false);
  });

  test("--help lists every flag, with its default, and begins nothing", async () => {
    await using home = await makeHome();
    await using help = run(home.path, ["--help"]);
    expect(await help.ended).toBe(0);
    const flags = ["port", "data", "fresh", "part", "idle-minutes", "check-minutes", "start-seconds", "stop-seconds", "drain-seconds", "mode", "wake-on"];
    for (const flag of flags) expect(help.output()).toContain(`--${flag}`);
    expect(help.output()).toContain("[60]");
    expect(existsSync(join(home.path, ".dormouse"))).toBe(false);
  });

  test("two at once: the second says who runs, and the first is not disturbed", async () => {
    await using home = await makeHome();
    await using first = await start(home.path, quick);
    await using second = run(home.path, quick);
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`Dormouse already runs on .dormouse (process ${first.child.pid})`);
    expect(second.output()).not.toMatch(/\bat \S+ \(/);
    await first.until({ phase: "asleep", rdsStatus: "stopped" });
    const { port } = new URL(JSON.parse(await readFile(join(home.path, ".dormouse/local.json"), "utf8")).url);
    await using third = run(home.path, ["--data", "other", "--port", port]);
    expect(await third.ended).toBe(1);
    expect(third.output()).toContain(`port ${port} is taken`);
  });

  test("data of another format is an error that names --fresh, and --fresh forgets it", async () => {
    await using home = await makeHome();
    await using first = await start(home.path, quick);
    await first.ask("/database/start", { as: "ann", method: "POST" });
    await first.until({ phase: "awake" });
    expect(await first.end("SIGINT")).toBe(0);
    await writeFile(join(home.path, ".dormouse/version"), "99\n");
    await using second = run(home.path, quick);
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/format 99.*--fresh/);
    await using third = await start(home.path, [...quick, "--fresh"]);
    await third.until({ phase: "asleep", rdsStatus: "stopped" });
    expect(await third.history()).toEqual([]);
    expect(await third.database()).toMatchObject({ estimate: null });
  });

  test("Ctrl-C stops it cleanly within five seconds in each phase, and leaves no process and no address", async () => {
    await using home = await makeHome();
    for (const [phase, more] of [
      ["asleep", { rdsStatus: "stopped" }],
      ["waking", { rdsStatus: "starting" }],
      ["awake", {}],
      ["falling-asleep", {}],
    ] as const) {
      await using command = await start(home.path, quick);
      if (phase === "waking") await command.ask("/database/start", { as: "ann", method: "POST" });
      await command.until({ phase, ...more });
      const asked = Date.now();
      expect(await command.end("SIGINT"), `${phase}: ${command.output()}`).toBe(0);
      expect(Date.now() - asked, phase).toBeLessThan(5_000);
      expect(command.output()).not.toMatch(/Error|\bat \S+ \(/);
      expect(existsSync(join(home.path, ".dormouse/local.json")), phase).toBe(false);
      const { stdout } = await ps("ps", ["-A", "-o", "args="]);
      expect(stdout.includes(join(home.path, ".dormouse")), phase).toBe(false);
    }
  });

  test("asleep, fresh and after a cycle, all its processes together stay under 500 MB", async () => {
    await using home = await makeHome();
    await using command = await start(home.path, [
      "--port",
      "0",
      "--start-seconds",
      "1",
      "--stop-seconds",
      "1",
      "--idle-minutes",
      "0.05",
      "--drain-seconds",
      "3",
    ]);
    const pid = command.child.pid ?? 0;
    await command.until({ phase: "asleep", rdsStatus: "stopped" });
    const fresh = await treeMb(pid);
    await command.ask("/database/start", { as: "ann", method: "POST" });
    await command.until({ phase: "awake" });
    expect((await command.ask("/categories", { as: "ann", method: "POST", json: { name: "Food" } })).status).toBe(201);
    await command.until({ phase: "asleep", rdsStatus: "stopped" });
    const after = await treeMb(pid);
    console.log(`The platform asleep: ${fresh.toFixed(0)} MB resident when fresh, ${after.toFixed(0)} MB after a cycle.`);
    expect(fresh).toBeGreaterThan(50);
    expect(Math.max(fresh, after)).toBeLessThan(500);
  });
});
