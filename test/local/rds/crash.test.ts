/** The platform itself is killed: what it left behind must not stand in the way of the next start. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { systemClock } from "../../../local/clock.ts";
import { Keyring } from "../../../local/gate.ts";
import { type Rds, startRds } from "../../../local/rds/server.ts";
import { freshDirectory, operator } from "./platform.ts";

const dir = freshDirectory();
let rds: Rds | undefined;
afterAll(async () => {
  await rds?.close();
  rmSync(dir, { recursive: true, force: true });
});

const local = (path: string) => fileURLToPath(new URL(`../../../local/${path}`, import.meta.url));
/** A platform in a process of its own, that says when its database serves. */
const platform = `
  import { systemClock } from "${local("clock.ts")}";
  import { Keyring } from "${local("gate.ts")}";
  import { startRds } from "${local("rds/server.ts")}";
  const keyring = new Keyring();
  keyring.add(${JSON.stringify(operator)});
  const rds = await startRds({ dataDir: ${JSON.stringify(dir)}, clock: systemClock, keyring, startSeconds: 0.1, stopSeconds: 0.1, instanceId: "dormouse",
    onEvent: (event) => { if (event.detail.EventID === "RDS-EVENT-0088") process.stdout.write("up\\n"); } });
  await fetch(rds.controlUrl, { method: "POST", headers: { authorization: "Bearer ${operator.secretAccessKey}" }, body: '{"command":"start"}' });
`;

const start = () => {
  const keyring = new Keyring();
  keyring.add(operator);
  return startRds({ dataDir: dir, clock: systemClock, keyring, startSeconds: 0.1, stopSeconds: 0.1, instanceId: "dormouse", onEvent: () => {} });
};
const ask = async (sql: string) => {
  if (!rds) throw new Error("not started");
  const { host, port, ca, masterUser: user, masterPassword: password, database } = rds.postgres;
  const client = new pg.Client({ host, port, user, password, database, ssl: { ca } });
  await client.connect();
  return client.query(sql).finally(() => client.end());
};

/** Empty for a process that is gone; a name in brackets for one that nobody has collected yet. */
const commandOf = (pid: number) => spawnSync("ps", ["-p", String(pid), "-o", "args="], { encoding: "utf8" }).stdout;

test("after kill -9 of the platform, the next start ends the server that was left, and goes on with the database up", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", platform], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const left = Number(readFileSync(join(dir, "postgres", "postmaster.pid"), "utf8").split("\n")[0]);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(commandOf(left)).toContain(dir);
  rds = await start();
  expect(commandOf(left)).not.toContain(dir);
  expect((await ask("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
});

test("a pid file that names a stranger's process does not stop the start, nor the stranger", async () => {
  await rds?.close();
  const stranger = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  writeFileSync(join(dir, "postgres", "postmaster.pid"), `${stranger.pid}\n${join(dir, "postgres")}\n0\n5432\n\n\n\nready\n`);
  rds = await start();
  expect((await ask("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  expect(stranger.exitCode).toBeNull();
  stranger.kill();
});

test("a world of another version is an error that names --fresh", async () => {
  await rds?.close();
  rds = undefined;
  const file = join(dir, "rds", "world.json");
  const world = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...world, v: 99 }));
  await expect(start()).rejects.toThrow("--fresh");
});

test("an initialisation that was interrupted is made anew", async () => {
  rmSync(join(dir, "rds"), { recursive: true });
  renameSync(join(dir, "postgres"), join(dir, "postgres.new"));
  rmSync(join(dir, "postgres.new", "global"), { recursive: true });
  rds = await start();
  await rds.withDatabaseUp(async () => {
    expect((await ask("SELECT datname FROM pg_database WHERE datname = 'app'")).rowCount).toBe(1);
  });
});
