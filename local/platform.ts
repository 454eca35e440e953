/** The whole platform on one machine: starts every local service, joins them as AWS would, and stops them. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSystem, type System } from "../src/system.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Closers } from "./closers.ts";
import { connectionsOf, startCloudWatch } from "./cloudwatch.ts";
import { type AccessKey, type DataDir, openDataDir, readKeys, StartError } from "./data-dir.ts";
import { type DynamoDBService, startDynamoDB } from "./dynamodb/server.ts";
import { startStreams } from "./dynamodb/streams.ts";
import { environmentOf, type Surroundings } from "./environment.ts";
import { deliver } from "./events.ts";
import { type Storage, startStorage } from "./fauxqs.ts";
import { type Call, Keyring, mailSet, type Principal, permissionsOf, prefix, region } from "./gate.ts";
import { corsOf } from "./http/cors.ts";
import { startGateway } from "./http/gateway.ts";
import { type Issuer, startIssuer } from "./issuer/server.ts";
import type { FunctionSpec, Outcome } from "./lambda/instance.ts";
import { type LambdaService, startLambda } from "./lambda/service.ts";
import { type Endpoints, rememberedPorts, writeLocalFile } from "./local-file.ts";
import { mailsIn } from "./mail/mails.ts";
import { startSes } from "./mail/ses.ts";
import { snsMail } from "./mail/sns.ts";
import { startMailbox } from "./mailbox.ts";
import { migrate } from "./migrate.ts";
import { type Queues, startQueues } from "./queues.ts";
import { type Rds, startRds } from "./rds/server.ts";
import { startScheduler, startSchedules } from "./scheduler.ts";
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
  /** Milliseconds to wait for a platform that is just stopping on this directory; 0 unless told. */
  patienceMs?: number;
  /** Ends a start that is under way; it then rejects. */
  signal?: AbortSignal;
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
  const data = await openDataDir(options.dataDir, { fresh: options.fresh ?? false, patienceMs: options.patienceMs ?? 0 });
  const closers = new Closers(complain);
  closers.add(() => data.release());
  const abort = () => void closers.close();
  options.signal?.addEventListener("abort", abort);
  try {
    const platform = await start(options, system, data, closers);
    options.signal?.throwIfAborted();
    return { ...platform, close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", abort);
  }
}

async function start(options: PlatformOptions, system: System, data: DataDir, closers: Closers): Promise<Omit<Platform, "close">> {
  const clock = options.clock ?? systemClock;
  const part = options.part ?? "all";
  const settings = { ...defaultSettings(system), ...options.settings };
  const keep: Closers["keep"] = (service) => {
    closers.keep(service);
    options.signal?.throwIfAborted();
    return service;
  };

  const names = Object.keys(system.functions);
  const keys = await readKeys(data.path, ["operator", ...names]);
  const keyOf = (name: string) => keys[name] ?? { accessKeyId: "", secretAccessKey: "" };
  const keyring = new Keyring(clock);
  if (options.onCall) keyring.onCall = options.onCall;
  keyring.add({ name: "operator", ...keyOf("operator"), may: "everything" });
  for (const name of names) keyring.add({ name, ...keyOf(name), may: permissionsOf(system, name, settings, part) } satisfies Principal);
  const ports = await rememberedPorts(data.path);
  const at = (name: string) => ({ port: ports.of(name) });

  // People and events may come before everything stands: they wait.
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  closers.add(() => ready.reject(new Error("the platform is stopping")));

  const issuer = keep(await startIssuer({ dataDir: data.path, clock, keyring, ...at("issuer") }));
  const lambda = await startLambda({ clock, keyring, ...at("lambda") });
  // Pushed further down as well: functions end before the services that they call.
  closers.add(() => lambda.close());
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
      onFailure: ({ error, ...what }) => note(data, "gateway", { ...what, error: error instanceof Error ? `${error}` : error }),
      port: options.port ?? 0,
    }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE")
        throw new StartError(`port ${options.port} is taken by another program. Name another one with --port, or --port 0 for any free one.`);
      if (error.code === "EACCES") throw new StartError(`port ${options.port} may not be used by you. Name another one with --port.`);
      throw error;
    }),
  );
  const ownOrigins = [gateway.url, `http://localhost:${gateway.port}`];
  issuer.allow(ownOrigins);
  const happened = (event: object) => {
    deliver(system, event, (name, delivered) => inPart(system, part, name) && invokeLater(name, delivered)).catch(complain);
  };

  const mails = mailsIn(data.path);
  let mailboxUrl = "";
  const full = (names: object) => Object.keys(names).map((key) => `${prefix}-${key}`);
  const sns = snsMail({ dataDir: data.path, topics: full(system.topics), mails, pages: () => mailboxUrl, now: () => clock.now() });
  let queues: Queues | null = null;

  const connections = connectionsOf(clock);
  const [dynamodb, storage, rds, scheduler, cloudwatch, ses] = await closers.keepAll([
    startDynamoDB({ dataDir: data.path, system, clock, keyring, ...at("dynamodb") }),
    startStorage({
      dataDir: data.path,
      keyring,
      ports: { s3: ports.of("s3"), sqs: ports.of("sqs"), sns: ports.of("sns") },
      buckets: Object.fromEntries(Object.entries(system.buckets).map(([key, { uploads }]) => [`${prefix}-${key}`, { uploads: uploads !== undefined }])),
      // Pages post uploads from the console, and from wherever the API may be called.
      isAllowed: (origin) => ownOrigins.includes(origin) || corsOf(String(settings.allowedOrigins ?? "")).allows(origin),
      onEvent: happened,
      queues: Object.fromEntries(Object.entries(system.queues).map(([key, queue]) => [`${prefix}-${key}`, queue])),
      onSent: (queue) => queues?.sent(queue),
      mail: (form) => sns.handle(form),
    }),
    startRds({
      dataDir: data.path,
      clock,
      keyring,
      startSeconds: options.startSeconds ?? 20,
      stopSeconds: options.stopSeconds ?? 8,
      instanceId: prefix,
      onConnections: connections.record,
      onEvent: happened,
      onRestartNear: () => invoke("reconcile", { databaseId: prefix, cause: { kind: "schedule", by: "schedule" }, once: true }),
      port: await ports.ifFree("rds"),
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
      deadLetter: async (queueArn, letter): Promise<void> => storage.put(queueArn.split(":").at(-1) ?? "", letter),
      ...at("scheduler"),
    }),
    startCloudWatch({ keyring, instanceId: prefix, connections, ...at("cloudwatch") }),
    startSes({ keyring, mails, configurationSets: [mailSet], now: () => clock.now(), onEvent: happened, ...at("ses") }),
  ] as const);
  const mailbox = keep(await startMailbox({ mails, sns, ...at("mailbox") }));
  mailboxUrl = mailbox.url;

  const { postgres } = rds;
  const endpoints: Endpoints = {
    http: gateway.url,
    rds: rds.url,
    dynamodb: dynamodb.url,
    s3: storage.s3.url,
    sqs: storage.sqs.url,
    sns: storage.sns.url,
    ses: ses.url,
    lambda: lambda.url,
    scheduler: scheduler.url,
    cloudwatch: cloudwatch.url,
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
  closers.add(() => lambda.close());
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
  await migrate({ dataDir: data.path, migrations: options.migrations ?? join(root, "migrations"), lambda, rds });
  options.signal?.throwIfAborted();

  const { postgres: _, http: __, ...remembered } = endpoints;
  await ports.write(remembered);
  closers.add(await writeLocalFile(data.path, { endpoints, rdsControl: rds.controlUrl, operator: keyOf("operator"), postgres, startedAt: clock.now() }));

  keep(startStreams({ system, part, clock, dynamodb, invoke: (name, event) => lambda.invoke(name, event), onGivenUp: (what) => note(data, "streams", what) }));
  queues = keep(startQueues({ system, part, clock, ask: storage.ask, invoke: (name, event) => lambda.invoke(name, event) }));
  // What a stop left in a queue; where nothing was ever sent there is nothing to load for it.
  if (existsSync(join(data.path, "storage"))) for (const queue of full(system.queues)) queues.sent(queue);
  keep(startSchedules(system, settings, clock, (name, event) => inPart(system, part, name) && invokeLater(name, event)));
  ready.resolve();
  invokeLater("reconcile", { databaseId: prefix, cause: { kind: "look", by: "platform" } });
  return { url: gateway.url, dataDir: data.path, region, endpoints, keyring, operator: keyOf("operator"), lambda, dynamodb, rds, storage, issuer, invoke };
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
