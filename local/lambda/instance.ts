/** One instance of a function: a worker thread that has loaded the bundle, and takes one event at a time. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { account, region } from "../gate.ts";

export interface FunctionSpec {
  /** The key in system.json. */
  name: string;
  /** As AWS knows it: `dormouse-<name>`. */
  functionName: string;
  /** Path of `index.mjs`. */
  bundle: string;
  memoryMb: number;
  timeoutSeconds: number;
  /** The whole environment; nothing of this process's own comes in. */
  environment: Record<string, string>;
  /** `host:port` of all that a socket may reach; null: no walls (not in the VPC). */
  walls: string[] | null;
  logFile: string;
}

/** Lambda's error object. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

export interface Outcome {
  requestId: string;
  /** JSON text: the result, or the error object. */
  payload: string;
  /** Set when the function failed, as in `X-Amz-Function-Error`. */
  functionError: "Unhandled" | null;
  /** It ran into its timeout. */
  timedOut: boolean;
}

/** Lambda gives the init phase 10 s. */
const initMs = 10_000;
/** Answers of a Lambda are at most 6 MB. */
const maxAnswerBytes = 6 * 1024 * 1024;

type Reply = { kind: "ready" } | { kind: "init-error" | "failed"; error: FunctionError } | { kind: "done"; payload: string };

export function arnOfFunction(functionName: string): string {
  return `arn:aws:lambda:${region}:${account}:function:${functionName}`;
}

const tooSlow = ({ timeoutSeconds }: FunctionSpec): FunctionError => ({
  errorType: "Sandbox.Timedout",
  errorMessage: `Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
});

export class Instance {
  /** No longer usable: it crashed, timed out or was ended. */
  dead = false;
  readonly #spec: FunctionSpec;
  readonly #worker: Worker;
  readonly #frozen = new Int32Array(new SharedArrayBuffer(4));
  #settle: ((reply: Reply) => void) | null = null;
  #crash: FunctionError | null = null;

  private constructor(spec: FunctionSpec) {
    this.#spec = spec;
    this.#worker = new Worker(new URL("./worker.mjs", import.meta.url), {
      env: spec.environment,
      execArgv: [],
      argv: [],
      workerData: {
        bundle: pathToFileURL(spec.bundle).href,
        handlerName: "handler",
        functionName: spec.functionName,
        arn: arnOfFunction(spec.functionName),
        memoryMb: spec.memoryMb,
        logFile: spec.logFile,
        walls: spec.walls,
        frozen: this.#frozen,
      },
      resourceLimits: { maxOldGenerationSizeMb: spec.memoryMb },
      // The worker writes its log file itself; these would only keep buffers.
      stdout: true,
      stderr: true,
    });
    this.#worker.on("message", (reply: Reply) => this.#settle?.(reply));
    this.#worker.on("error", (error: Error & { code?: string }) => {
      const memory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      this.#crash = memory
        ? { errorType: "Runtime.OutOfMemory", errorMessage: "RequestId: Error: Runtime exited with error: signal: killed" }
        : { errorType: error.name ?? "Error", errorMessage: error.message ?? String(error), trace: String(error.stack ?? "").split("\n") };
    });
    this.#worker.on("exit", (code) => {
      this.dead = true;
      this.#settle?.({
        kind: "failed",
        error: this.#crash ?? { errorType: "Runtime.ExitError", errorMessage: `Error: Runtime exited with error: exit status ${code}` },
      });
    });
  }

  /**
   * Starts a thread and loads the bundle. An error is what an invocation would get when the init phase fails. One that takes longer than 10 s is begun anew
   * within the function's own time, as Lambda does it.
   */
  static async start(spec: FunctionSpec, limitMs = initMs): Promise<Instance | FunctionError> {
    const first = await Instance.#tried(spec, limitMs);
    return first === null ? ((await Instance.#tried(spec, spec.timeoutSeconds * 1000)) ?? tooSlow(spec)) : first;
  }

  /** Null: it took too long. */
  static async #tried(spec: FunctionSpec, limitMs: number): Promise<Instance | FunctionError | null> {
    if (!existsSync(spec.bundle))
      return { errorType: "Runtime.ImportModuleError", errorMessage: `Error: Cannot find module 'index' (${spec.name} has not been built)` };
    const instance = new Instance(spec);
    const reply = await instance.#next(limitMs);
    if (reply?.kind === "ready") return instance;
    await instance.end();
    if (reply === null) return null;
    return reply.kind === "done" ? { errorType: "Runtime.Unknown", errorMessage: "unexpected answer" } : reply.error;
  }

  /** Runs one event (JSON text). Never rejects. The instance is dead afterwards when it crashed or timed out. */
  async run(payload: string): Promise<Outcome> {
    const requestId = randomUUID();
    const limitMs = this.#spec.timeoutSeconds * 1000;
    const reply = this.#next(limitMs);
    this.#worker.postMessage({ requestId, payload, deadline: Date.now() + limitMs });
    Atomics.store(this.#frozen, 0, 0);
    Atomics.notify(this.#frozen, 0);
    const answer = await reply;
    const failed = (error: FunctionError, timedOut = false): Outcome => ({ requestId, payload: JSON.stringify(error), functionError: "Unhandled", timedOut });
    if (answer === null) {
      await this.end();
      const errorMessage = `${new Date().toISOString()} ${requestId} Task timed out after ${this.#spec.timeoutSeconds.toFixed(2)} seconds`;
      await appendFile(this.#spec.logFile, `${errorMessage}\n`).catch(() => {});
      return failed({ errorType: "Sandbox.Timedout", errorMessage }, true);
    }
    if (answer.kind === "done") {
      const size = Buffer.byteLength(answer.payload);
      if (size <= maxAnswerBytes) return { requestId, payload: answer.payload, functionError: null, timedOut: false };
      return failed({
        errorType: "Function.ResponseSizeTooLarge",
        errorMessage: `Response payload size exceeded maximum allowed payload size (${maxAnswerBytes} bytes).`,
      });
    }
    if (answer.kind === "failed" || answer.kind === "init-error") return failed(answer.error);
    return failed({ errorType: "Runtime.Unknown", errorMessage: "unexpected answer" });
  }

  /** Bytes that its program holds, on the heap and beside it; what waits to be collected counts. 0 when it has ended. */
  async memory(): Promise<number> {
    // A thread that ends at this moment has none.
    const statistics = await this.#worker.getHeapStatistics().catch(() => null);
    return statistics === null ? 0 : statistics.used_heap_size + statistics.external_memory;
  }

  /** Ends the thread, whatever it does. */
  async end(): Promise<void> {
    this.dead = true;
    await this.#worker.terminate();
  }

  #next(ms: number): Promise<Reply | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => finish(null), ms);
      const finish = (reply: Reply | null) => {
        clearTimeout(timer);
        this.#settle = null;
        resolve(reply);
      };
      this.#settle = finish;
    });
  }
}
