import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../local/clock.ts";
import { Keyring, type Principal } from "../../local/gate.ts";
import { type FunctionSpec, Instance } from "../../local/lambda/instance.ts";
import { type LambdaService, startLambda } from "../../local/lambda/service.ts";

const bundle = `
import net from "node:net";
let count = 0;
let ticks = 0;
setInterval(() => { ticks += 1; }, 5);
export const handler = async (event, context) => {
  count += 1;
  if (event.do === "throw") throw new TypeError("no good");
  if (event.do === "throw-text") throw "just text";
  if (event.do === "hang") await new Promise((resolve) => setTimeout(resolve, 60_000));
  if (event.do === "sleep") await new Promise((resolve) => setTimeout(resolve, event.ms));
  if (event.do === "crash") { setTimeout(() => { throw new RangeError("out of band"); }, 1); await new Promise(() => setInterval(() => {}, 1000)); }
  if (event.do === "exit") process.exit(7);
  if (event.do === "big") return "x".repeat(7 * 1024 * 1024);
  if (event.do === "eat") { const all = []; for (;;) all.push(new Array(100_000).fill(Math.random())); }
  if (event.do === "log") console.log("a line of the function");
  if (event.do === "ticks") return ticks;
  if (event.do === "connect") {
    return await new Promise((resolve) => {
      const socket = net.connect(event.port, event.host ?? "127.0.0.1");
      socket.once("connect", () => { socket.destroy(); resolve("connected"); });
      socket.once("error", (error) => resolve(error.code));
      setTimeout(() => { socket.destroy(); resolve("hung"); }, 400);
    });
  }
  if (event.do === "fail-twice") { if (count < 3) throw new Error("not yet"); }
  return { count, env: { ...process.env }, id: context.awsRequestId, left: context.getRemainingTimeInMillis(), name: context.functionName, memory: context.memoryLimitInMB };
};
`;

const operator: Principal = { name: "operator", accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret", may: "everything" };
const limited: Principal = {
  name: "control",
  accessKeyId: "AKIACONTROL",
  secretAccessKey: "control-secret",
  may: [{ action: "lambda:InvokeFunction", resource: "arn:aws:lambda:eu-central-1:123456789012:function:dormouse-other" }],
};

let dir: string;
let lambda: LambdaService;
const spec = (name: string, more: Partial<FunctionSpec> = {}): FunctionSpec => ({
  name,
  functionName: `dormouse-${name}`,
  bundle: join(dir, "index.mjs"),
  memoryMb: 128,
  timeoutSeconds: 20,
  environment: { GREETING: "hello" },
  walls: null,
  logFile: join(dir, `${name}.log`),
  ...more,
});
const client = (who: Principal) =>
  new LambdaClient({
    endpoint: lambda.url,
    region: "eu-central-1",
    credentials: { accessKeyId: who.accessKeyId, secretAccessKey: who.secretAccessKey },
    maxAttempts: 1,
  });
const parsed = (outcome: { payload: string }) => JSON.parse(outcome.payload);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dormouse-lambda-"));
  await writeFile(join(dir, "index.mjs"), bundle);
  await writeFile(join(dir, "broken.mjs"), "throw new Error('cannot load');");
  const keyring = new Keyring();
  keyring.add(operator);
  keyring.add(limited);
  lambda = await startLambda({ clock: systemClock, keyring, retryMs: [10, 20] });
});
afterAll(async () => {
  await lambda.close();
  await rm(dir, { recursive: true });
});

test("module scope is kept between the events of an instance, and the environment is the function's own", async () => {
  await lambda.define(spec("keep"));
  expect(parsed(await lambda.invoke("keep", {}))).toMatchObject({ count: 1, env: { GREETING: "hello" }, name: "dormouse-keep", memory: "128" });
  const second = parsed(await lambda.invoke("keep", {}));
  expect(second.count).toBe(2);
  expect(Object.keys(second.env)).toEqual(["GREETING"]);
  expect(second.left).toBeGreaterThan(10_000);
  expect(lambda.instances("keep")).toBe(1);
});

test("an init phase that takes too long is begun anew within the function's own time, as in Lambda", async () => {
  // By the clock rather than by a file: a busy machine may end the first one before it has done anything.
  const hangs = (until: number) => `if (Date.now() < ${until}) await new Promise((resolve) => setTimeout(resolve, 60_000));
export const handler = async () => "loaded";`;
  await writeFile(join(dir, "slow.mjs"), hangs(Date.now() + 800));
  const instance = await Instance.start(spec("slow", { bundle: join(dir, "slow.mjs") }), 1000);
  if (!(instance instanceof Instance)) throw new Error(instance.errorMessage);
  expect(parsed(await instance.run("{}"))).toBe("loaded");
  await instance.end();
  await writeFile(join(dir, "never.mjs"), hangs(Number.MAX_SAFE_INTEGER));
  expect(await Instance.start(spec("never", { bundle: join(dir, "never.mjs"), timeoutSeconds: 0.1 }), 200)).toMatchObject({ errorType: "Sandbox.Timedout" });
});

test("an instance takes one event at a time: with all busy another one starts", async () => {
  await lambda.define(spec("busy"));
  const [a, b] = await Promise.all([lambda.invoke("busy", { do: "sleep", ms: 300 }), lambda.invoke("busy", { do: "sleep", ms: 300 })]);
  expect([parsed(a).count, parsed(b).count]).toEqual([1, 1]);
  expect(lambda.instances("busy")).toBe(2);
});

test("between two events an instance is frozen: its timers stand", async () => {
  await lambda.define(spec("freeze"));
  const before = parsed(await lambda.invoke("freeze", { do: "ticks" }));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const after = parsed(await lambda.invoke("freeze", { do: "ticks" }));
  expect(after - before).toBeLessThan(10);
});

test("a thrown error has Lambda's shape, and the instance lives on", async () => {
  await lambda.define(spec("throws"));
  const outcome = await lambda.invoke("throws", { do: "throw" });
  expect(outcome.functionError).toBe("Unhandled");
  expect(parsed(outcome)).toMatchObject({ errorType: "TypeError", errorMessage: "no good" });
  expect(parsed(outcome).trace[0]).toBe("TypeError: no good");
  expect(parsed(await lambda.invoke("throws", { do: "throw-text" }))).toMatchObject({ errorType: "string", errorMessage: "just text" });
  expect(parsed(await lambda.invoke("throws", {})).count).toBe(3);
});

test("the timeout kills the instance, and the next event gets a new one", async () => {
  await lambda.define(spec("slow", { timeoutSeconds: 1 }));
  const outcome = await lambda.invoke("slow", { do: "hang" });
  expect(outcome.timedOut).toBe(true);
  expect(parsed(outcome).errorMessage).toMatch(/Task timed out after 1\.00 seconds$/);
  expect(lambda.instances("slow")).toBe(0);
  expect(parsed(await lambda.invoke("slow", {})).count).toBe(1);
});

test("a crash, an exit, too much memory and a too large answer are failed invocations, not failures of the platform", async () => {
  await lambda.define(spec("dies"));
  expect(parsed(await lambda.invoke("dies", { do: "crash" }))).toMatchObject({ errorType: "RangeError", errorMessage: "out of band" });
  expect(parsed(await lambda.invoke("dies", { do: "exit" }))).toMatchObject({ errorType: "Runtime.ExitError" });
  expect(parsed(await lambda.invoke("dies", { do: "eat" }))).toMatchObject({ errorType: "Runtime.OutOfMemory" });
  expect(parsed(await lambda.invoke("dies", { do: "big" }))).toMatchObject({ errorType: "Function.ResponseSizeTooLarge" });
});

test("a bundle that does not load, or is not there, fails the invocation with the reason", async () => {
  await lambda.define(spec("broken", { bundle: join(dir, "broken.mjs") }));
  expect(parsed(await lambda.invoke("broken", {}))).toMatchObject({ errorMessage: "cannot load" });
  await lambda.define(spec("missing", { bundle: join(dir, "missing.mjs") }));
  expect(parsed(await lambda.invoke("missing", {}))).toMatchObject({ errorType: "Runtime.ImportModuleError" });
});

test("an asynchronous event that fails is tried twice more", async () => {
  await lambda.define(spec("again"));
  const outcome = await lambda.invokeAsync("again", { do: "fail-twice" });
  expect(parsed(outcome).count).toBe(3);
  await lambda.define(spec("never"));
  expect((await lambda.invokeAsync("never", { do: "throw" })).functionError).toBe("Unhandled");
  expect(parsed(await lambda.invoke("never", {})).count).toBe(4);
});

test("an idle instance is ended", async () => {
  const other = await startLambda({ clock: systemClock, keyring: new Keyring(), limits: { idleMs: 50 }, functions: [spec("idle")] });
  await other.invoke("idle", {});
  await expect.poll(() => other.instances("idle")).toBe(0);
  await other.close();
});

test("what a function prints is in its log file", async () => {
  await lambda.define(spec("prints"));
  await lambda.invoke("prints", { do: "log" });
  expect(await readFile(join(dir, "prints.log"), "utf8")).toContain("a line of the function\n");
});

test("behind the VPC's walls a socket reaches what is listed, and hangs anywhere else", async () => {
  const listening = () =>
    new Promise<Server>((resolve) => {
      const server: Server = createServer().listen(0, "127.0.0.1", () => resolve(server));
    });
  const [open, shut] = [await listening(), await listening()];
  const port = (server: Server) => (server.address() as { port: number }).port;
  await lambda.define(spec("inside", { walls: [`127.0.0.1:${port(open)}`] }));
  expect(parsed(await lambda.invoke("inside", { do: "connect", port: port(open) }))).toBe("connected");
  expect(parsed(await lambda.invoke("inside", { do: "connect", port: port(open), host: "localhost" }))).toBe("connected");
  expect(parsed(await lambda.invoke("inside", { do: "connect", port: port(shut) }))).toBe("hung");
  // A closed port would refuse at once: behind the walls nothing comes back at all.
  const closedPort = port(shut);
  await new Promise((resolve) => shut.close(resolve));
  expect(parsed(await lambda.invoke("inside", { do: "connect", port: closedPort }))).toBe("hung");
  await lambda.define(spec("outside"));
  expect(parsed(await lambda.invoke("outside", { do: "connect", port: closedPort }))).toBe("ECONNREFUSED");
  await new Promise((resolve) => open.close(resolve));
});

test("the SDK's client invokes: answer, function error, event, dry run", async () => {
  await lambda.define(spec("api"));
  const sdk = client(operator);
  const invoke = (payload: unknown, more: object = {}) =>
    sdk.send(new InvokeCommand({ FunctionName: "dormouse-api", Payload: JSON.stringify(payload), ...more }));
  const good = await invoke({});
  expect(good.StatusCode).toBe(200);
  expect(good.FunctionError).toBeUndefined();
  expect(JSON.parse(good.Payload?.transformToString() ?? "")).toMatchObject({ count: 1 });
  const bad = await invoke({ do: "throw" });
  expect(bad.FunctionError).toBe("Unhandled");
  expect(JSON.parse(bad.Payload?.transformToString() ?? "")).toMatchObject({ errorMessage: "no good" });
  expect((await invoke({}, { InvocationType: "DryRun" })).StatusCode).toBe(204);
  expect((await invoke({}, { InvocationType: "Event" })).StatusCode).toBe(202);
  await expect.poll(async () => parsed(await lambda.invoke("api", {})).count).toBeGreaterThanOrEqual(4);
  const byArn = await sdk.send(new InvokeCommand({ FunctionName: "arn:aws:lambda:eu-central-1:123456789012:function:dormouse-api" }));
  expect(byArn.StatusCode).toBe(200);
});

test("the Invoke API refuses what is unknown, not allowed, wrongly signed or too large", async () => {
  await lambda.define(spec("guarded"));
  const send = (who: Principal, input: object) => client(who).send(new InvokeCommand({ FunctionName: "dormouse-guarded", ...input }));
  await expect(send(operator, { FunctionName: "dormouse-nothing" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(send(limited, {})).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining(
      "is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:eu-central-1:123456789012:function:dormouse-guarded",
    ),
  });
  await expect(send({ ...operator, secretAccessKey: "wrong" }, {})).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  await expect(send(operator, { InvocationType: "Event", Payload: JSON.stringify("x".repeat(1024 * 1024)) })).rejects.toMatchObject({
    name: "RequestTooLargeException",
  });
  await expect(send(operator, { Payload: "{not json" })).rejects.toMatchObject({ name: "InvalidRequestContentException" });
});
