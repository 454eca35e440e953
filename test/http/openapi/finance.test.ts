import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Operation } from "../../../src/http/openapi/operation.ts";
import { ids } from "../../../src/http/openapi/shared.ts";
import { type Answer, send, textCall } from "../events.ts";
import { type FinanceApi, startFinanceApi } from "../finance/api.ts";
import { checkAnswer, operationsOfTags } from "./answers.ts";
import { type Request, requestOf } from "./generate.ts";

const those = operationsOfTags("Categories", "Accounts", "Expenses", "Rates", "Budgets", "Summary", "Insights");
let api: FinanceApi;
beforeAll(async () => {
  api = await startFinanceApi();
});
afterAll(() => api?.close());

const claims = (name: string) => ({ sub: `s-${name}`, username: name });
const sent = (name: string, { method, path, headers, body }: Request): Promise<Answer> =>
  send(api.handler, { ...textCall(method, path, body, headers), claims: claims(name) });

/** The request that the document shows as its example: its ids are those of what was made before. */
function exampleOf(it: Operation, known: ReadonlyMap<string, string>): Request {
  const real = (text: string) => [...known].reduce((done, [shown, id]) => done.replaceAll(shown, id), text);
  const path = it.path.replace(/\{([^}]+)\}/g, (_, name: string) => it.paramsExample?.[name] ?? "");
  const query = new URLSearchParams(it.queryExample);
  return {
    method: it.method,
    path: real(query.size > 0 ? `${path}?${query}` : path),
    headers: {},
    body: it.body === undefined ? undefined : real(JSON.stringify(it.body.example)),
  };
}

/** What a new thing's operation shows as its answer: others' examples name that id. */
const shownId = (it: Operation): string | undefined => (it.responses[201]?.example as { id?: string } | undefined)?.id;

describe("the finance API's answers", () => {
  it("to the document's own examples are successes, and what the document declares", async () => {
    const known = new Map<string, string>();
    const parent = await sent("ann", { method: "POST", path: "/categories", headers: {}, body: JSON.stringify({ name: "Food" }) });
    known.set(ids.food, String(parent.body.id));
    const creates = those.filter((each) => shownId(each) !== undefined);
    const others = those.filter((each) => !creates.includes(each));
    const order = ["PUT", "GET", "PATCH", "POST", "DELETE"];
    // What lies within an account goes before the account.
    const depth = ({ method, path }: Operation) => (method === "DELETE" ? -path.length : 0);
    for (const each of [...creates, ...others.sort((a, b) => order.indexOf(a.method) - order.indexOf(b.method) || depth(a) - depth(b))]) {
      const request = exampleOf(each, known);
      const answer = await sent("ann", request);
      checkAnswer(request.method, request.path, answer);
      // What others name can't be removed; everything else succeeds.
      // No expense has a receipt here, which only another function's routes make.
      if (each.id === "getExpenseReceipt") expect(answer.status).toBe(404);
      else if (answer.status !== 409) expect(answer.status, `${each.id}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
      const id = shownId(each);
      if (id !== undefined) known.set(id, String(answer.body.id));
    }
  });

  describe("are what the document declares, whatever is sent", () => {
    const found: string[] = [];
    it.each(those.map((each) => [each.id, each] as const))("%s", async (_, operation) => {
      await fc.assert(
        fc.asyncProperty(
          requestOf(operation, () => found),
          fc.constantFrom("bob", "cyd"),
          async (request, name) => {
            const answer = await sent(name, request);
            expect(answer.status, JSON.stringify([request, answer.body])).not.toBe(500);
            checkAnswer(request.method, request.path, answer);
            if (typeof answer.body?.id === "string" && found.length < 200) found.push(answer.body.id);
          },
        ),
        { numRuns: 25 },
      );
    });
  });
});
