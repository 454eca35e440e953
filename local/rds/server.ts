/** The simulated RDS as the platform runs it: the model behind the query protocol, and a real PostgreSQL behind the model. */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { account, authenticate, authorize, Denied, type DeniedBecause, type Keyring, region } from "../gate.ts";
import { readBody, sendJson, serve } from "../serve.ts";
import { certificatesIn } from "./certificates.ts";
import { keepDatabase } from "./database.ts";
import { readForm } from "./form.ts";
import { makeFront } from "./front.ts";
import { type Machine, startMachine } from "./machine.ts";
import { type Action, actions, type Command, commands, type Input, isCommand, type RdsEvent } from "./model.ts";
import { preparePostgres } from "./postgres.ts";
import { answerXml, errorXml } from "./xml.ts";

export interface RdsOptions {
  /** The platform's data directory; this part keeps `rds/` and `postgres/` in it. */
  dataDir: string;
  clock: Clock;
  keyring: Keyring;
  startSeconds: number;
  stopSeconds: number;
  instanceId: string;
  onEvent: (event: RdsEvent) => void;
  /** Hears how many clients are connected to PostgreSQL, whenever that changes; null: the instance is down. */
  onConnections?: (count: number | null) => void;
  /**
   * Called, and awaited, when AWS's own start has come near by command: in seven days somebody would have looked, and known of it
   * (`AutomaticRestartTime`).
   */
  onRestartNear?: () => Promise<unknown>;
  /** Of the API; any free one unless told, or when it is taken. */
  port?: number;
  /** Hears what goes wrong inside, a line each; stderr unless told. */
  onProblem?: (line: string) => void;
}

export interface Rds {
  url: string;
  /** `POST {"command", "argument"}` with the operator's secret access key as bearer token. */
  controlUrl: string;
  postgres: { host: string; port: number; ca: string; masterUser: string; masterPassword: string; database: string };
  /** Brings PostgreSQL and its endpoint up for as long as `run` takes, without the model knowing. */
  withDatabaseUp<T>(run: () => Promise<T>): Promise<T>;
  /** Stops PostgreSQL too; the model's world stays as it is, and goes on at the next start. */
  close(): Promise<void>;
}

/** What was noted to be so near counts as reached: clocks may differ by more. */
const nearMs = 4000;
const host = "127.0.0.1";
const masterUser = "postgres";
const database = "app";

export async function startRds(options: RdsOptions): Promise<Rds> {
  const { dataDir, clock, keyring } = options;
  const dir = join(dataDir, "rds");
  const report = options.onProblem ?? ((line: string) => void process.stderr.write(`rds: ${line}\n`));
  await mkdir(dir, { recursive: true });
  const [postgres, certificates, masterPassword] = await Promise.all([
    preparePostgres({ dir: join(dataDir, "postgres"), logFile: join(dir, "postgres.log"), databases: [database] }),
    certificatesIn(dir, clock.now()),
    masterPasswordIn(dir),
  ]);
  const login = { keyring, masterUser, masterPassword, host, port: 0 };
  const front = makeFront({
    certificates,
    login,
    door: postgres.door,
    onRefusal: (user, why) => report(`login of "${user}" refused: ${why}`),
    ...(options.onConnections ? { onConnections: options.onConnections } : {}),
  });
  const db = keepDatabase(postgres, front, report);
  let machine: Machine | null = null;
  try {
    const started = await startMachine({
      file: join(dir, "world.json"),
      clock,
      instanceId: options.instanceId,
      startSeconds: options.startSeconds,
      stopSeconds: options.stopSeconds,
      endpointPort: async (before) => {
        login.port = await endpointPort(before);
        return login.port;
      },
      onWorld: (world) => db.follow(world.status),
      onEvent: options.onEvent,
    });
    machine = started;
    const api = await serve((request, response) => answer({ machine: started, keyring, clock, onRestartNear: options.onRestartNear }, request, response), {
      port: options.port ?? 0,
    });
    return {
      url: api.url,
      controlUrl: `${api.url}/control`,
      postgres: { host, port: login.port, ca: certificates.ca, masterUser, masterPassword, database },
      withDatabaseUp: (run) => db.withUp(run),
      async close() {
        started.close();
        await api.close();
        await db.close();
      },
    };
  } catch (error) {
    machine?.close();
    await db.close();
    throw error;
  }
}

interface Parts {
  machine: Machine;
  keyring: Keyring;
  clock: Clock;
  onRestartNear: RdsOptions["onRestartNear"];
}

/** The error code of the query protocol, and its HTTP status, for each way of being refused at the gate. */
const gateCodes: Record<DeniedBecause, [code: string, status: number]> = {
  "no-signature": ["MissingAuthenticationToken", 403],
  "unknown-key": ["InvalidClientTokenId", 403],
  "wrong-signature": ["SignatureDoesNotMatch", 403],
  expired: ["RequestExpired", 400],
  "not-allowed": ["AccessDenied", 403],
};

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request, 65_536);
  const path = request.url ?? "/";
  if (path === "/control") return control(parts, request, body, response);
  const requestId = randomUUID();
  const xml = (status: number, text: string) => {
    response.writeHead(status, { "content-type": "text/xml", "x-amzn-requestid": requestId });
    response.end(text);
  };
  if (body === null) return xml(413, errorXml("RequestEntityTooLarge", "The request is too large.", requestId));
  try {
    const principal = await authenticate(parts.keyring, { method: request.method ?? "", path, headers: request.headers, body });
    const { Action: name, Version: version, ...input } = readForm(body.toString("utf8"));
    if (!isAction(name) || version !== "2014-10-31")
      return xml(400, errorXml("InvalidAction", `Could not find operation ${name} for version ${version}`, requestId));
    authorize(parts.keyring, principal, `rds:${name}`, arnOfInstance(input));
    const reply = await parts.machine.request({ action: name, input });
    if (reply.kind === "lost") request.socket.destroy();
    else if (reply.kind === "error") xml(reply.httpStatus, errorXml(reply.code, reply.message, requestId));
    else xml(200, answerXml(name, reply.result, requestId));
  } catch (error) {
    if (!(error instanceof Denied)) throw error;
    const [code, status] = gateCodes[error.because];
    xml(status, errorXml(code, error.message, requestId));
  }
}

/** The answer is `{"command", "status"}`, or `{"message"}` with 400, 401, 405 or, when the instance's status does not allow it, 409. */
async function control(parts: Parts, request: IncomingMessage, body: Buffer | null, response: ServerResponse): Promise<void> {
  const refuse = (status: number, message: string) => sendJson(response, status, { message });
  const operator = parts.keyring.byName("operator");
  if (!operator || request.headers.authorization !== `Bearer ${operator.secretAccessKey}`)
    return refuse(401, "The operator's secret access key is wanted as bearer token.");
  if (request.method !== "POST") return refuse(405, "POST a command here.");
  let asked: { command?: unknown; argument?: unknown };
  try {
    asked = Object(JSON.parse(body?.toString("utf8") ?? ""));
  } catch {
    return refuse(400, 'A JSON object is wanted: {"command": NAME, "argument": VALUE}.');
  }
  const { command, argument } = asked;
  if (!isCommand(command)) return refuse(400, `There is no command "${String(command)}". The commands are: ${Object.keys(commands).join(", ")}.`);
  if (argument !== undefined && typeof argument !== "string" && typeof argument !== "number") return refuse(400, "The argument must be a string or a number.");
  const before = parts.machine.world().status;
  if (command === "forced-start" && before === "stopped") {
    await parts.machine.request({ restartAt: parts.clock.now() + nearMs });
    await parts.onRestartNear?.();
    // It may have come by itself while somebody looked.
    const after = parts.machine.world().status;
    if (after !== "stopped") return sendJson(response, 200, { command, status: after });
  }
  const reply = await parts.machine.request<{ command: Command; argument?: string | number | undefined }>({ command, argument });
  if (reply.kind === "answer") return sendJson(response, 200, { command, status: reply.result.status });
  return refuse(reply.kind === "error" && reply.code === "InvalidParameterValue" ? 400 : 409, reply.kind === "error" ? reply.message : "lost");
}

function isAction(name: unknown): name is Action {
  return actions.some((action) => action === name);
}

/** The instance that the call names; a call that names none, though it may filter, is checked on `*`, as AWS does. */
function arnOfInstance(input: Input): string {
  const id = input.ResourceIdentifier ?? input.DBInstanceIdentifier;
  if (typeof id !== "string") return "*";
  return id.startsWith("arn:") ? id : `arn:aws:rds:${region}:${account}:db:${id}`;
}

async function masterPasswordIn(dir: string): Promise<string> {
  const file = join(dir, "master-password");
  const kept = await readFile(file, "utf8").catch(() => "");
  if (kept !== "") return kept;
  const made = randomBytes(24).toString("base64url");
  await writeFile(`${file}.new`, made, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return made;
}

/**
 * The port that the endpoint had, or another when it is taken. It is closed for as long as the instance sleeps, so it is chosen below the ranges from
 * which systems take ports for outgoing connections: nobody gets it by chance in the meantime.
 */
async function endpointPort(before: number | null): Promise<number> {
  for (let port = before ?? 0, attempt = 0; attempt < 100; attempt++) {
    if (port !== 0 && (await isFree(port))) return port;
    port = 15_000 + (randomBytes(2).readUInt16BE() % 15_000);
  }
  throw new Error("No port between 15000 and 30000 is free for the database's endpoint.");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
