/**
 * The local Lambda service: in-process invocation, and the Invoke API that the SDK's client speaks.
 * Asynchronous events live in memory: what a crash of the platform loses is found again by state, as what AWS loses.
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { authenticate, authorize, Denied, type Keyring } from "../gate.ts";
import { readBody, type Served, sendJson, serve } from "../serve.ts";
import { arnOfFunction, type FunctionSpec, type Outcome } from "./instance.ts";
import { Pool, type PoolLimits, usualLimits } from "./pool.ts";

export interface LambdaOptions {
  clock: Clock;
  keyring: Keyring;
  /** May still be empty at the start: `define` adds functions. */
  functions?: FunctionSpec[];
  limits?: Partial<PoolLimits>;
  /** Milliseconds before the first and the second retry of an asynchronous event. AWS waits one and two minutes; the local pace is faster. */
  retryMs?: readonly [number, number];
  port?: number;
}

export interface LambdaService extends Served {
  /** Adds a function, or replaces one (its instances end). */
  define(spec: FunctionSpec): Promise<void>;
  /** Runs the function and waits. `name` is the key of system.json. Throws `NoSuchFunction`; a failing function is an outcome, not an exception. */
  invoke(name: string, event: unknown): Promise<Outcome>;
  /** Takes the event and returns; it is tried up to three times. Resolves when it is settled, which nobody needs to await. Throws `NoSuchFunction`. */
  invokeAsync(name: string, event: unknown): Promise<Outcome>;
  /** How many instances of the function live now. */
  instances(name: string): number;
  /** Bytes that their programs hold, on the heap and beside it; what waits to be collected counts. */
  memory(name: string): Promise<number>;
}

export class NoSuchFunction extends Error {
  override readonly name = "NoSuchFunction";
}

const syncLimit = 6 * 1024 * 1024;
/** 1 MB since October 2025, 256 KB before. */
const asyncLimit = 1024 * 1024;

export async function startLambda(options: LambdaOptions): Promise<LambdaService> {
  const { clock, keyring, retryMs = [5_000, 10_000] } = options;
  const limits = { ...usualLimits, ...options.limits };
  const pools = new Map<string, Pool>();
  const names = new Map<string, string>();
  let closed = false;

  const define = async (spec: FunctionSpec) => {
    await pools.get(spec.name)?.close();
    pools.set(spec.name, new Pool(spec, clock, limits));
    names.set(spec.functionName, spec.name);
  };
  for (const spec of options.functions ?? []) await define(spec);

  const poolOf = (name: string) => {
    const pool = pools.get(name);
    if (!pool) throw new NoSuchFunction(`Function not found: ${name}`);
    return pool;
  };
  const invokeText = (name: string, payload: string) => poolOf(name).run(payload);
  const invokeAsyncText = async (name: string, payload: string): Promise<Outcome> => {
    let outcome = await invokeText(name, payload);
    for (const delay of retryMs) {
      if (outcome.functionError === null || closed) break;
      await new Promise<void>((resolve) => clock.after(delay, resolve));
      if (closed) break;
      outcome = await invokeText(name, payload);
    }
    return outcome;
  };

  const server = await serve(
    async (request, response) => {
      const requestId = randomUUID();
      const reply = (status: number, type: string, message: string) =>
        sendJson(response, status, { Type: "User", Message: message, message }, { "x-amzn-errortype": type, "x-amzn-requestid": requestId });
      const path = request.url ?? "/";
      const method = request.method ?? "GET";
      const body = await readBody(request, syncLimit + 1024);
      if (body === null) return reply(413, "RequestTooLargeException", `Request must be smaller than ${syncLimit} bytes for the InvokeFunction operation`);
      const match = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?.*)?$/.exec(path);
      try {
        const principal = await authenticate(keyring, { method, path, headers: request.headers, body });
        if (!match || method !== "POST") return reply(404, "UnknownOperationException", "this local Lambda only knows Invoke");
        const functionName = decodeURIComponent(match[1] ?? "")
          .replace(/^arn:aws:lambda:[^:]+:\d+:function:/, "")
          .replace(/:.*$/, "");
        const arn = arnOfFunction(functionName);
        authorize(keyring, principal, "lambda:InvokeFunction", arn);
        const name = names.get(functionName);
        if (name === undefined) return reply(404, "ResourceNotFoundException", `Function not found: ${arn}`);
        const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
        const payload = body.length === 0 ? "{}" : body.toString("utf8");
        const limit = type === "Event" ? asyncLimit : syncLimit;
        if (body.length > limit) {
          return reply(413, "RequestTooLargeException", `${body.length} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`);
        }
        if (!isJson(payload)) return reply(400, "InvalidRequestContentException", "Could not parse request body into json: Unexpected character");
        if (type === "DryRun") return void response.writeHead(204, { "x-amzn-requestid": requestId }).end();
        if (type === "Event") {
          void invokeAsyncText(name, payload);
          return void response.writeHead(202, { "x-amzn-requestid": requestId, "content-length": "0" }).end();
        }
        if (type !== "RequestResponse") return reply(400, "InvalidParameterValueException", `unknown invocation type ${String(type)}`);
        const outcome = await invokeText(name, payload);
        const headers: Record<string, string> = {
          "content-type": "application/json",
          "x-amzn-requestid": outcome.requestId,
          "x-amz-executed-version": "$LATEST",
        };
        if (outcome.functionError) headers["x-amz-function-error"] = outcome.functionError;
        response.writeHead(200, headers).end(outcome.payload);
      } catch (error) {
        if (error instanceof Denied)
          return reply(403, error.because === "not-allowed" ? "AccessDeniedException" : "UnrecognizedClientException", error.message);
        throw error;
      }
    },
    { port: options.port ?? 0, orAnother: true },
  );

  return {
    ...server,
    define,
    invoke: async (name, event) => await invokeText(name, JSON.stringify(event ?? {})),
    invokeAsync: (name, event) => {
      poolOf(name);
      return invokeAsyncText(name, JSON.stringify(event ?? {}));
    },
    instances: (name) => poolOf(name).size,
    memory: (name) => poolOf(name).memory(),
    async close() {
      closed = true;
      await server.close();
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
