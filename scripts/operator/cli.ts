/** What the operator's commands share: how they begin, how they end, and what they call AWS with. */
import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { setTimeout } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { callerStore } from "../../src/aws/caller-store.ts";
import { patience } from "../../src/aws/clients.ts";
import { reconciler } from "../../src/aws/functions.ts";
import type { Deployment } from "./deployment.ts";
import type { AwakePorts } from "./keep-awake.ts";
import { UsageError } from "./usage.ts";

export interface Terminal {
  say(line: string): void;
  /** Rejects when the operator breaks off (Ctrl-C). */
  sleep(ms: number): Promise<void>;
  /** Aborted by Ctrl-C; a second one ends the process at once. */
  signal: AbortSignal;
}

/** Runs a command. Failures are one sentence on stderr and exit code 1; nothing of a request or a response is ever printed. */
export async function run(usage: string, main: (terminal: Terminal) => Promise<void>): Promise<void> {
  const abort = new AbortController();
  const stop = () => {
    process.stderr.write("\nbreaking off; what is held is given back (Ctrl-C again to leave it)\n");
    abort.abort();
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  if (process.argv.includes("--help")) return void process.stdout.write(`${usage}\n`);
  try {
    await main({
      say: (line) => void process.stdout.write(`${line}\n`),
      sleep: (ms) => setTimeout(ms, undefined, { signal: abort.signal }),
      signal: abort.signal,
    });
  } catch (error) {
    process.exitCode = 1;
    if (abort.signal.aborted) return;
    const failure = error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS") ? new UsageError(error.message) : error;
    process.stderr.write(`${sentence(failure)}\n${failure instanceof UsageError ? `${usage}\n` : ""}`);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

/** What AWS refuses has a name that says more than its message. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "CredentialsProviderError") return "no AWS credentials: set AWS_PROFILE, or sign in with the AWS CLI";
  return error.name === "Error" || error.name === "UsageError" ? error.message : `${error.name}: ${error.message}`;
}

/** How a hold is set and seen, with the operator's own credentials. */
export function awakePorts({ stateTable, reconcileFunction }: Deployment, lambda: LambdaClient, { say, sleep }: Terminal): AwakePorts {
  return {
    store: callerStore({ dynamodb: new DynamoDBClient(patience(5000)), table: stateTable }),
    kick: reconciler(lambda, reconcileFunction).kick,
    now: () => Date.now(),
    sleep,
    newId: randomUUID,
    say,
  };
}

/** Who holds, for the people who read the history. */
export const operatorName = (): string => `${userInfo().username} (operator's script)`;
