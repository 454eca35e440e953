import { describe, expect, it } from "vitest";
import { readLetter, shown } from "../../scripts/operator/letter.ts";

const arn = "arn:aws:lambda:eu-central-1:123456789012:function:budget-reconcile";
const letter = (value: unknown, attributes: Record<string, string> = {}) =>
  readLetter({ body: typeof value === "string" ? value : JSON.stringify(value), attributes });

/** As Lambda writes it: "Capturing records of Lambda asynchronous invocations" in its developer guide. */
const record = {
  version: "1.0",
  timestamp: "2026-11-21T12:00:00.000Z",
  requestContext: { requestId: "r", functionArn: `${arn}:$LATEST`, condition: "RetriesExhausted", approximateInvokeCount: 3 },
  requestPayload: { databaseId: "budget", cause: { kind: "button", by: "ann" } },
  responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
  responsePayload: { errorType: "Error", errorMessage: "the table\nis away", trace: ["…"] },
};

describe("a dead letter", () => {
  it("of a call that nobody waited for tells the function, the error and the event", () => {
    expect(letter(record)).toEqual({
      from: "call",
      functionName: "budget-reconcile",
      why: "RetriesExhausted; Error: the table is away",
      payload: JSON.stringify(record.requestPayload),
    });
    expect(letter({ ...record, responsePayload: null }).why).toBe("RetriesExhausted");
  });

  it("of a stream's batch has nothing to send", () => {
    const { requestPayload: _, ...rest } = record;
    expect(letter({ ...rest, DDBStreamBatchInfo: { batchSize: 3, streamArn: "arn" } })).toMatchObject({
      from: "stream",
      why: "RetriesExhausted; Error: the table is away; 3 records of a stream",
      payload: null,
    });
  });

  it("of a rule's or a timer's target is the event itself, with the reason beside it", () => {
    const event = { databaseId: "budget", cause: { kind: "timer", by: "scheduler" } };
    const why = { ERROR_CODE: "NO_PERMISSIONS", ERROR_MESSAGE: "no", TARGET_ARN: arn };
    expect(letter(event, { ...why, RULE_ARN: "arn" })).toEqual({
      from: "rule",
      functionName: "budget-reconcile",
      why: "NO_PERMISSIONS: no",
      payload: JSON.stringify(event),
    });
    const timer = { ...why, SCHEDULE_ARN: "arn", EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts" };
    expect(letter(event, timer)).toMatchObject({ from: "timer", why: "NO_PERMISSIONS: no, MaximumRetryAttempts reached" });
    expect(letter(event, { ...timer, IS_PAYLOAD_TRUNCATED: "true" }).payload).toBeNull();
    expect(letter("not JSON", timer).payload).toBeNull();
  });

  it.each(["", "null", "[]", "hello", "{}", '{"requestContext":{"functionArn":"arn:aws:sqs:x:1:y"}}'])("of another form (%j) is for nobody known", (body) => {
    expect(letter(body)).toMatchObject({ from: "unknown", functionName: null, payload: null });
  });
});

describe("a payload for people", () => {
  it("leaves out what is named like a secret, and what looks like one, at any depth", () => {
    const payload = {
      master: { user: "postgres", password: "p1" },
      headers: { Authorization: "Bearer abc", cookie: "c" },
      list: [{ accessToken: "t", client_secret: "s" }],
      url: "https://bucket/x?X-Amz-Signature=deadbeef&a=1",
      note: "token eyJhbGciOi.eyJzdWIi.c2ln was used by AKIAIOSFODNN7EXAMPLE",
      databaseId: "budget",
      by: "ann",
    };
    const text = shown(JSON.stringify(payload));
    for (const secret of ["p1", "postgres", "abc", '"c"', '"t"', '"s"', "deadbeef", "eyJ", "AKIA"]) expect(text).not.toContain(secret);
    expect(JSON.parse(text)).toMatchObject({ master: "…", databaseId: "budget", by: "ann", url: "https://bucket/x?X-Amz-Signature=…&a=1" });
  });

  it("is short, and whole where it can be", () => {
    const text = shown(JSON.stringify({ long: "x".repeat(5000), many: Array.from({ length: 50 }, (_, index) => index) }));
    expect(text.length).toBeLessThan(1000);
    expect(text).toContain("… 30 more");
    expect(shown("no JSON with password=p1")).toBe("(not JSON)");
    expect(JSON.parse(shown('{"a":[1,{"b":null}]}'))).toEqual({ a: [1, { b: null }] });
  });

  it("conceals in the reason, too", () => {
    expect(letter({ ...record, responsePayload: { errorMessage: "bad token eyJhbGciOi.eyJzdWIi.c2ln" } }).why).toBe("RetriesExhausted; bad token …");
  });
});
