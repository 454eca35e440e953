// What stands for Lambda's Node runtime inside a worker thread. Plain JavaScript: with type stripping each thread would load
// the stripper for itself, 12 MB and 23 ms more (measured on Node 24).
import { openSync, writeSync } from "node:fs";
import net from "node:net";
import { parentPort, workerData } from "node:worker_threads";

const { bundle, functionName, arn, memoryMb, logFile, walls, frozen, handlerName } = workerData;

// Logs go straight to the file: a thread's own stdout travels by messages, and those are lost when the thread is ended or frozen.
const log = openSync(logFile, "a");
const write = (chunk, encoding, done) => {
  writeSync(log, typeof chunk === "string" ? chunk : Buffer.from(chunk));
  const callback = typeof encoding === "function" ? encoding : done;
  if (callback) queueMicrotask(callback);
  return true;
};
process.stdout.write = write;
process.stderr.write = write;

// The VPC's walls: in AWS a packet to a place without a route is dropped, so connecting neither succeeds nor fails.
if (walls) {
  const open = new Set(walls);
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    const first = Array.isArray(args[0]) ? args[0][0] : args[0];
    const target = typeof first === "object" && first !== null ? first : { port: first, host: typeof args[1] === "string" ? args[1] : undefined };
    const host = target.host === undefined || target.host === "localhost" || target.host === "::1" ? "127.0.0.1" : target.host;
    if (!target.path && open.has(`${host}:${target.port}`)) return connect.apply(this, args);
    this.connecting = true;
    return this;
  };
}

const asError = (thrown) => {
  if (!(thrown instanceof Error))
    return { errorType: typeof thrown === "object" && thrown !== null ? "Object" : typeof thrown, errorMessage: String(thrown), trace: [] };
  return { errorType: thrown.name, errorMessage: thrown.message, trace: String(thrown.stack ?? "").split("\n") };
};

let handler;
try {
  const loaded = await import(bundle);
  handler = loaded[handlerName];
  if (typeof handler !== "function") {
    throw Object.assign(new Error(`index.${handlerName} is undefined or not exported`), { name: "Runtime.HandlerNotFound" });
  }
  parentPort.postMessage({ kind: "ready" });
} catch (thrown) {
  const error = asError(thrown);
  write(`${JSON.stringify({ level: "ERROR", message: "init failed", ...error })}\n`);
  parentPort.postMessage({ kind: "init-error", error });
}

parentPort.on("message", async (message) => {
  const { requestId, payload, deadline } = message;
  // Lambda's own environment carries no request; a handler reads it from the context.
  const context = {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: arn,
    memoryLimitInMB: String(memoryMb),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: "local",
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  let reply;
  try {
    const result = await handler(JSON.parse(payload), context);
    const text = result === undefined ? "null" : JSON.stringify(result);
    reply = { kind: "done", payload: text ?? "null" };
  } catch (thrown) {
    const error = asError(thrown);
    write(`${JSON.stringify({ level: "ERROR", message: "invoke failed", requestId, ...error })}\n`);
    reply = { kind: "failed", error };
  }
  Atomics.store(frozen, 0, 1);
  parentPort.postMessage(reply);
  // Between two events Lambda freezes an instance: no timer fires and no socket is read until the next one.
  Atomics.wait(frozen, 0, 1);
});
