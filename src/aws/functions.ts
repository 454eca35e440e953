/** Lambdas call each other with the SDK (people come through HTTP). */
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { AwakeHook, Look, Outcome, Prober, Reconciler } from "../lifecycle/ports.ts";

export class FunctionFailed extends Error {
  override name = "FunctionFailed";
}

/**
 * Lambda's ways to say "not yet": a function that nobody has called for weeks is put to `Inactive`, its first call fails, and is `Pending` while Lambda makes
 * it ready again, for up to a minute or two. Names from the Lambda API reference (`Invoke`, errors); `CodeArtifactUserPendingException` is what such a call
 * gets in practice (boto/boto3#3788, aws/aws-cdk#20123).
 */
export const NOT_READY: ReadonlySet<string> = new Set([
  "ResourceNotReadyException",
  "ResourceConflictException",
  "CodeArtifactUserPendingException",
  "CodeArtifactUserDeletedException",
  "ENINotReadyException",
]);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const isNumberOrNull = (value: unknown): boolean => value === null || typeof value === "number";

/** Calls and waits for the answer. Throws `FunctionFailed` with the function's own error, or when its answer is not what `is` wants. */
export async function call<T>(lambda: LambdaClient, name: string, event: unknown, is: (value: unknown) => value is T, waitMs?: number): Promise<T> {
  const command = new InvokeCommand({ FunctionName: name, InvocationType: "RequestResponse", Payload: JSON.stringify(event) });
  const answer = await lambda.send(command, waitMs === undefined ? {} : { abortSignal: AbortSignal.timeout(waitMs) });
  const text = new TextDecoder().decode(answer.Payload);
  if (answer.FunctionError !== undefined) throw new FunctionFailed(`${name}: ${text.slice(0, 500)}`);
  const value = parsed(text);
  if (!is(value)) throw new FunctionFailed(`${name} gave an answer of an unknown form: ${text.slice(0, 200)}`);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isOutcome = (value: unknown): value is Outcome =>
  isObject(value) &&
  typeof value.phase === "string" &&
  typeof value.action === "string" &&
  typeof value.code === "string" &&
  typeof value.reason === "string" &&
  Array.isArray(value.blockers);

const isSession = (value: unknown): boolean =>
  isObject(value) && typeof value.application === "string" && typeof value.user === "string" && typeof value.since === "number";

const isTidied = (value: unknown): boolean =>
  value === null || (isObject(value) && typeof value.ok === "boolean" && typeof value.what === "string" && typeof value.seconds === "number");

/** A look decides whether a database may be stopped: half a look is none. */
function isLook(value: unknown): value is Look {
  if (!isObject(value)) return false;
  if (value.answered === false) return typeof value.why === "string";
  const { answered, sessions, newestOutsideAt, sessionCount, tidied, newestUntoldAt, unseen, ofWindow } = value;
  if ((unseen !== undefined && typeof unseen !== "string") || (ofWindow !== undefined && typeof ofWindow !== "boolean")) return false;
  return (
    answered === true &&
    Array.isArray(sessions) &&
    sessions.every(isSession) &&
    isNumberOrNull(newestOutsideAt) &&
    isNumberOrNull(sessionCount) &&
    isTidied(tidied) &&
    (newestUntoldAt === undefined || isNumberOrNull(newestUntoldAt))
  );
}

/** Calls and does not wait for what comes of it; `waitMs` in all for Lambda to take it. */
export function send(lambda: LambdaClient, name: string, waitMs = 8000): (event: unknown) => Promise<void> {
  return async (event) => {
    const command = new InvokeCommand({ FunctionName: name, InvocationType: "Event", Payload: JSON.stringify(event) });
    await lambda.send(command, { abortSignal: AbortSignal.timeout(waitMs) });
  };
}

/** The function that is told when the database begins to serve. */
export function awakeHook(lambda: LambdaClient, name: string): AwakeHook {
  const tell = send(lambda, name);
  return { awake: (databaseId) => tell({ v: 1, databaseId, cause: "awake" }) };
}

/** How long a caller waits in all, tries again included (ms): it has an answer of its own to give within its time (control: 29 s, carry: 30 s). */
export interface ReconcilerPatience {
  kickMs: number;
  askMs: number;
}

export function reconciler(lambda: LambdaClient, name: string, { kickMs, askMs }: ReconcilerPatience = { kickMs: 8000, askMs: 20_000 }): Reconciler {
  return {
    kick: send(lambda, name, kickMs),
    ask: (event) => call(lambda, name, { ...event, once: true }, isOutcome, askMs),
  };
}

/** The probe stands in the VPC. Whatever keeps it from answering (Lambda is making it ready after weeks without a call, say) is "not yet". */
export function prober(lambda: LambdaClient, name: string): Prober {
  return {
    async look(event): Promise<Look> {
      try {
        return await call(lambda, name, event, isLook);
      } catch (error) {
        if (!(error instanceof Error)) return { answered: false, why: String(error) };
        return { answered: false, why: NOT_READY.has(error.name) ? `Lambda is making ${name} ready (${error.name})` : `${error.name}: ${error.message}` };
      }
    },
  };
}
