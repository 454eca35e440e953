/**
 * Where the contract suite runs: on the local services, started for it, or on another endpoint (AWS's own, or another emulator):
 *
 *   CONTRACT_ENDPOINT=http://127.0.0.1:4566 CONTRACT_INSTANCE=mydb npx vitest run test/contract
 *
 * Keys then come from the environment, as for every AWS program. The instance must exist; it is started and stopped. A table is made and deleted;
 * CONTRACT_FUNCTION names a function made of `echo.mjs`.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../local/clock.ts";
import { startDynamoDB } from "../../local/dynamodb/server.ts";
import { Keyring } from "../../local/gate.ts";
import { startLambda } from "../../local/lambda/service.ts";
import { startRds } from "../../local/rds/server.ts";
import { startScheduler } from "../../local/scheduler.ts";
import type { Served } from "../../local/serve.ts";
import { readSystem } from "../../src/system.ts";
import systemJson from "../../system.json" with { type: "json" };
import { freshDirectory, operator } from "../local/rds/platform.ts";

export type Service = "rds" | "scheduler" | "dynamodb" | "lambda";

export interface Endpoint {
  /** For the constructor of any SDK client. */
  config: { endpoint: string; region: string; credentials?: { accessKeyId: string; secretAccessKey: string } };
  instanceId: string;
  /** A function made of `echo.mjs`. */
  functionName: string;
  /** How long the slowest change may take, milliseconds. */
  patienceMs: number;
  close(): Promise<void>;
}

interface Common {
  dataDir: string;
  clock: typeof systemClock;
  keyring: Keyring;
}

const start: Record<Service, (common: Common) => Promise<Pick<Served, "url" | "close">>> = {
  rds: (common) => startRds({ ...common, startSeconds: 1.5, stopSeconds: 1.5, instanceId: "dormouse", onEvent: () => {} }),
  scheduler: (common) => startScheduler({ ...common, invoke: async () => {} }),
  dynamodb: (common) => startDynamoDB({ ...common, system: readSystem(systemJson) }),
  async lambda({ dataDir, ...common }) {
    const lambda = await startLambda(common);
    await lambda.define({
      name: "contract",
      functionName: "dormouse-contract",
      bundle: join(import.meta.dirname, "echo.mjs"),
      memoryMb: 128,
      timeoutSeconds: 10,
      environment: {},
      walls: null,
      logFile: join(dataDir, "contract.log"),
    });
    return lambda;
  },
};

export async function contractEndpoint(service: Service): Promise<Endpoint> {
  const region = process.env.AWS_REGION ?? "eu-central-1";
  const elsewhere = process.env.CONTRACT_ENDPOINT;
  if (elsewhere) {
    return {
      config: { endpoint: elsewhere, region },
      instanceId: process.env.CONTRACT_INSTANCE ?? "dormouse",
      functionName: process.env.CONTRACT_FUNCTION ?? "dormouse-contract",
      patienceMs: 30 * 60_000,
      close: async () => {},
    };
  }
  const dataDir = freshDirectory();
  const keyring = new Keyring();
  keyring.add(operator);
  const common = { dataDir, clock: systemClock, keyring };
  const started = await start[service](common);
  return {
    config: { endpoint: started.url, region: "eu-central-1", credentials: operator },
    instanceId: "dormouse",
    functionName: "dormouse-contract",
    patienceMs: 20_000,
    async close() {
      await started.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Asks until the answer is the wanted one; throws with the last answer when patience ends. */
export async function until<T>(endpoint: Endpoint, ask: () => Promise<T>, wanted: T): Promise<void> {
  const end = Date.now() + endpoint.patienceMs;
  for (let seen = await ask(); seen !== wanted; seen = await ask()) {
    if (Date.now() > end) throw new Error(`still ${String(seen)}, not ${String(wanted)}`);
    await sleep(endpoint.patienceMs / 1000);
  }
}
