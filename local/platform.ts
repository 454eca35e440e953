/** The whole platform on one machine: starts every local service, joins them as AWS would, and stops them. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSystem, type System } from "../src/system.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type AccessKey, type DataDir, openDataDir, readJson, readKeys, StartError, writeJson } from "./data-dir.ts";
import { type DynamoDBService, startDynamoDB } from "./dynamodb/server.ts";
import { startStreams } from "./dynamodb/streams.ts";
import { environmentOf, type Surroundings } from "./environment.ts";
import { deliver } from "./events.ts";
import { type Storage, startStorage } from "./fauxqs.ts";
import { type Call, Keyring, type Principal, permissionsOf, prefix, region } from "./gate.ts";
import { startGateway } from "./http/gateway.ts";
import { type Issuer, startIssuer } from "./issuer/server.ts";
import type { FunctionSpec, Outcome } from "./lambda/instance.ts";
import { type LambdaService, startLambda } from "./lambda/service.ts";
import { startMailbox } from "./mailbox.ts";
import { type Rds, startRds } from "./rds/server.ts";
import { startScheduler, startSchedules } from "./scheduler.ts";
import { isFree } from "./serve.ts";
import { defaultSettings, type Settings } from "./settings.ts";

export interface PlatformOptions {
  /** Directory that keeps everything. */
  dataDir: string;
  /** Forget what is in it. */
  fresh?: boolean;
  /** Of the API; 0: any free one. */
  port?: number;
  part?: "all" | "lifecycle";
  /** The pace of the simulated RDS, in seconds. */
  startSeconds?: number;
  stopSeconds?: number;
  /** Settings that differ from their defaults, by their names in system.json. */
  settings?: Settings;
  /** Directory of the built bundles, `<name>/index.mjs`. */
  bundles?: string;
  /** Directory of the migrations; they run again when what is in it changes. */
  migrations?: string;
  /** system.json, or a changed one (a test that takes a permission away). */
  system?: System;
  clock?: Clock;
  /** Sees every call that passes a gate, allowed or refused. */
  onCall?: (call: Call & { allowed: boolean }) => void;
  /** Ends a start that is under way; it then rejects. */
  signal?: AbortSignal;
}

export interface Endpoints {
  http: string;
  rds: string;
  dynamodb: string;
  s3: string;
  sqs: string;
  sns: string;
  lambda: string;
  scheduler: string;
  issuer: string;
  /** `postgres://host:port/database`, without a password. */
  postgres: string;
  mailbox: string;
}

export interface Platform {
  /** The API and the console. */
  url: string;
  dataDir: string;
  region: string;
  endpoints: Endpoints;
  keyring: Keyring;
  operator: AccessKey;
  lambda: LambdaService;
  dynamodb: DynamoDBService;
  rds: Rds;
  storage: Storage;
  issuer: Issuer;
  /** Runs a function and waits. */
  invoke(name: string, event: unknown): Promise<Outcome>;
  /** Stops everything; what is kept on the disk goes on at the next start. */
  close(): Promise<void>;
}

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Rejects with `StartError` (a sentence for a person) for what the person can mend. What was started is stopped again. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const system = options.system ?? readSystem(JSON.parse(await readFile(join(root, "system.json"), "utf8")));
  const data = await openDataDir(options.dataDir, { fresh: options.fresh ?? false });
  const closers: (() => Promise<void> | void)[] = [() => data.release()];
  const drain = async () => {
    for (let run = closers.pop(); run !== undefined; run = closers.pop()) {
      await Promise.resolve().then(run).catch(complain);
    }
  };
  // May be called in the middle of a start, and again after it, when there is more to stop.
  let closing: Promise<void> = Promise.resolve();
  const close = () => {
    closing = closing.then(drain);
    return closing;
  };
  const abort = () => void close();
  options.signal?.addEventListener("abort", abort);
  try {
    const platform = await start(options, system, data, closers);
    options.signal?.throwIfAborted();
    return { ...platform, close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", abort);
  }
}

async function start(options: PlatformOptions, system: System, data: DataDir, closers: (() => Promise<void> | void)[]): Promise<Omit<Platform, "close">> {
  const clock = options.clock ?? systemClock;
  const part = options.part ?? "all";
  const settings = { ...defaultSettings(system), ...options.settings };
  const keep = <T extends { close(): Promise<void> | void }>(service: T): T => {
    closers.push(() => service.close());
    options.signal?.throwIfAborted();
    return service;
  };

  const names = Object.keys(system.functions);
  const keys = await readKeys(data.path, ["operator", ...names]);
  const keyOf = (name: string) => keys[name] ?? { accessKeyId: "", secretAccessKey: "" };
  const keyring = new Keyring(clock);
  if (options.onCall) keyring.onCall = options.onCall;
  keyring.add({ name: "operator", ...keyOf("operator"), may: "everything" });
  for (const name of names) keyring.add({ name, ...keyOf(name), may: permissionsOf(system, name) } satisfies Principal);
  // The ports of the last run are taken again where they are free, so that tokens, bookmarks and psql settings stay good.
  const portsFile = join(data.path, "ports.json");
  const ports = await readJson<Record<string, number>>(portsFile, {});
  const at = (name: string) => ({ port: ports[name] ?? 0 });
  const freeOr0 = async (name: string) => ({ port: (await isFree(ports[name] ?? 0)) ? (ports[name] ?? 0) : 0 });
  const [rdsAt, schedulerAt] = await Promise.all([freeOr0("rds"), freeOr0("scheduler")]);

  // People and events may come before everything stands: they wait.
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  closers.push(() => ready.reject(new Error("the platform is stopping")));

  const issuer = keep(await startIssuer({ dataDir: data.path, clock, ...at("issuer") }));
  const lambda = await startLambda({ clock, keyring, ...at("lambda") });
  // Pushed further down as well: functions end before the services that they call.
  closers.push(() => lambda.close());
  const invoke = async (name: string, event: unknown) => {
    await ready.promise;
    return await lambda.invoke(name, event);
  };
  const invokeLater = (name: string, event: unknown) => {
    ready.promise.then(() => lambda.invokeAsync(name, event)).catch(() => {});
  };

  const gateway = keep(
    await startGateway({
      system,
      part,
      clock,
      issuer: issuer.url,
      audience: issuer.clientId,
      allowedOrigins: String(settings.allowedOrigins ?? ""),
      invoke,
      port: options.port ?? 0,
    }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE")
        throw new StartError(`port ${options.port} is taken by another program. Name another one with --port, or --port 0 for any free one.`);
      if (error.code === "EACCES") throw new StartError(`port ${options.port} may not be used by you. Name another one with --port.`);
      throw error;
    }),
  );
  issuer.allow([gateway.url, `http://localhost:${gateway.port}`]);

  const [dynamodb, storage, rds, scheduler] = await all(closers, [
    startDynamoDB({ dataDir: data.path, system, clock, keyring, ...at("dynamodb") }),
    startStorage({ dataDir: data.path, keyring, ports: { s3: ports.s3 ?? 0, sqs: ports.sqs ?? 0, sns: ports.sns ?? 0 } }),
    startRds({
      dataDir: data.path,
      clock,
      keyring,
      startSeconds: options.startSeconds ?? 20,
      stopSeconds: options.stopSeconds ?? 8,
      instanceId: prefix,
      onEvent: (event) => {
        deliver(system, event, (name, delivered) => inPart(system, part, name) && invokeLater(name, delivered)).catch(complain);
      },
      ...rdsAt,
    }),
    startScheduler({
      dataDir: data.path,
      clock,
      keyring,
      invoke: async (targetArn, input) => {
        const name = targetArn.replace(/^.*:function:/, "").replace(`${prefix}-`, "");
        if (!system.functions[name]) throw new Error(`there is no function ${targetArn}`);
        invokeLater(name, JSON.parse(input));
      },
      ...schedulerAt,
    }),
  ] as const);
  const mailbox = keep(await startMailbox({ peek: (queue) => storage.peek(queue), ...at("mailbox") }));

  const { postgres } = rds;
  const endpoints: Endpoints = {
    http: gateway.url,
    rds: rds.url,
    dynamodb: dynamodb.url,
    s3: storage.s3.url,
    sqs: storage.sqs.url,
    sns: storage.sns.url,
    lambda: lambda.url,
    scheduler: scheduler.url,
    issuer: issuer.url,
    postgres: `postgres://${postgres.host}:${postgres.port}/${postgres.database}`,
    mailbox: `${mailbox.url}/mailbox`,
  };
  const around: Surroundings = {
    settings,
    part,
    database: { id: prefix, host: postgres.host, port: postgres.port, name: postgres.database, ca: postgres.ca },
    auth: { url: issuer.url, clientId: issuer.clientId },
    endpoints,
  };
  const hostAndPort = (url: string) => new URL(url).host;
  const walls = [`127.0.0.1:${postgres.port}`, hostAndPort(dynamodb.url), hostAndPort(storage.s3.url)];
  closers.push(() => lambda.close());
  for (const name of names) {
    const fn = system.functions[name];
    if (!fn) continue;
    const spec: FunctionSpec = {
      name,
      functionName: `${prefix}-${name}`,
      bundle: join(options.bundles ?? join(root, "dist"), name, "index.mjs"),
      memoryMb: fn.memoryMb,
      timeoutSeconds: fn.timeoutSeconds,
      environment: environmentOf(system, name, keyOf(name), around),
      walls: fn.vpc ? walls : null,
      logFile: join(data.path, "logs", `${name}.log`),
    };
    await lambda.define(spec);
  }
  await migrate(data, options.migrations ?? join(root, "migrations"), lambda, rds);
  options.signal?.throwIfAborted();

  await writeJson(portsFile, {
    issuer: issuer.port,
    lambda: lambda.port,
    dynamodb: dynamodb.port,
    s3: storage.s3.port,
    sqs: storage.sqs.port,
    sns: storage.sns.port,
    mailbox: mailbox.port,
    rds: Number(new URL(rds.url).port),
    scheduler: Number(new URL(scheduler.url).port),
  });
  const caFile = join(data.path, "ca.pem");
  await writeFile(caFile, postgres.ca);
  const localFile = join(data.path, "local.json");
  closers.push(() => rm(localFile, { force: true }));
  await writeJson(localFile, {
    v: 1,
    url: gateway.url,
    pid: process.pid,
    startedAt: new Date(clock.now()).toISOString(),
    endpoints,
    control: { rds: rds.controlUrl },
    region,
    operator: keyOf("operator"),
    postgres: { host: postgres.host, port: postgres.port, database: postgres.database, user: postgres.masterUser, password: postgres.masterPassword, caFile },
  });

  keep(startStreams({ system, part, clock, dynamodb, invoke: (name, event) => lambda.invoke(name, event), onGivenUp: (what) => note(data, "streams", what) }));
  keep(startSchedules(system, settings, clock, (name, event) => invokeLater(name, event)));
  ready.resolve();
  invokeLater("reconcile", { databaseId: prefix, cause: { kind: "look", by: "platform" } });
  return { url: gateway.url, dataDir: data.path, region, endpoints, keyring, operator: keyOf("operator"), lambda, dynamodb, rds, storage, issuer, invoke };
}

/** Brings the schema up to date when it is not: at the first start, and when a migration was added. */
async function migrate(data: DataDir, migrations: string, lambda: LambdaService, rds: Rds): Promise<void> {
  const hash = createHash("sha256");
  for (const name of readdirSync(migrations).sort())
    hash
      .update(name)
      .update("\0")
      .update(readFileSync(join(migrations, name)))
      .update("\0");
  const wanted = hash.digest("hex");
  const file = join(data.path, "migrated");
  if ((await readFile(file, "utf8").catch(() => "")) === wanted) return;
  const { masterUser: user, masterPassword: password } = rds.postgres;
  const outcome = await rds.withDatabaseUp(() => lambda.invoke("migrate", { master: { user, password } }));
  if (outcome.functionError !== null) {
    const { errorMessage } = JSON.parse(outcome.payload) as { errorMessage?: string };
    throw new StartError(
      `the database could not be brought up to date: ${errorMessage ?? outcome.payload} (more in ${join(data.path, "logs", "migrate.log")})`,
    );
  }
  await writeFile(file, wanted);
}

/** Starts services side by side. When one fails the others are stopped, and that one's error is thrown. */
async function all<T extends readonly Promise<{ close(): Promise<void> | void }>[]>(
  closers: (() => Promise<void> | void)[],
  starting: T,
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(starting);
  for (const result of results) if (result.status === "fulfilled") closers.push(() => result.value.close());
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  return results.map((result) => (result.status === "fulfilled" ? result.value : undefined)) as { [K in keyof T]: Awaited<T[K]> };
}

function inPart(system: System, part: "all" | "lifecycle", name: string): boolean {
  return part === "all" || system.functions[name]?.part === "lifecycle";
}

function complain(error: unknown): void {
  process.stderr.write(`platform: ${error instanceof Error ? error.message : String(error)}\n`);
}

function note(data: DataDir, log: string, what: object): void {
  void writeFile(join(data.path, "logs", `${log}.log`), `${JSON.stringify({ at: new Date().toISOString(), ...what })}\n`, { flag: "a" }).catch(() => {});
}
