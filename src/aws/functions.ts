/** Lambdas call each other with the SDK (people come through HTTP). */
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { Look, Outcome, Prober, Reconciler } from "../lifecycle/ports.ts";

export class FunctionFailed extends Error {
  override name = "FunctionFailed";
}

/** Calls and waits for the answer. Throws `FunctionFailed` with the function's own error. */
async function call<T>(lambda: LambdaClient, name: string, event: unknown): Promise<T> {
  const answer = await lambda.send(new InvokeCommand({ FunctionName: name, InvocationType: "RequestResponse", Payload: JSON.stringify(event) }));
  const text = new TextDecoder().decode(answer.Payload);
  if (answer.FunctionError !== undefined) throw new FunctionFailed(`${name}: ${text.slice(0, 500)}`);
  return JSON.parse(text) as T;
}

export function reconciler(lambda: LambdaClient, name: string): Reconciler {
  return {
    async kick(event) {
      await lambda.send(new InvokeCommand({ FunctionName: name, InvocationType: "Event", Payload: JSON.stringify(event) }));
    },
    ask: (event) => call<Outcome>(lambda, name, { ...event, once: true }),
  };
}

/** The probe stands in the VPC. Whatever keeps it from answering (it is being made ready after weeks without a call, say) is "not yet". */
export function prober(lambda: LambdaClient, name: string): Prober {
  return {
    async look(event): Promise<Look> {
      try {
        return await call<Look>(lambda, name, event);
      } catch (error) {
        return { answered: false, why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
      }
    },
  };
}
