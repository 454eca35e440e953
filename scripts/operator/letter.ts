/**
 * What lies in a queue of dead letters, read: whose call it was, why it failed for good, and whether it can be sent again. Pure. Four senders write there:
 * - Lambda, for a call that nobody waited for: its invocation record with the request's payload ("Capturing records of Lambda asynchronous invocations"),
 * - Lambda, for a batch of a stream: where the batch lies, without its records ("Using Lambda with DynamoDB", on-failure destination),
 * - EventBridge, for a rule's target: the event, with RULE_ARN and TARGET_ARN among the attributes,
 * - EventBridge Scheduler, for a timer's target: its input, with SCHEDULE_ARN and TARGET_ARN.
 */

export interface Raw {
  body: string;
  /** Message attributes that are texts. */
  attributes: Record<string, string>;
}

export interface Letter {
  from: "call" | "stream" | "rule" | "timer" | "unknown";
  /** Name of the function; null when it can't be told. */
  functionName: string | null;
  /** Why it failed, in one line. */
  why: string;
  /** The event to send again, as JSON text; null when there is none. */
  payload: string | null;
}

type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** `arn:aws:lambda:…:function:NAME`, with a version or an alias behind it, or not. */
const functionIn = (arn: string): string | null => /^arn:[^:]+:lambda:[^:]*:\d*:function:([^:]+)/.exec(arn)?.[1] ?? null;

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

export function readLetter({ body, attributes }: Raw): Letter {
  const value = parsed(body);
  const target = attributes.TARGET_ARN;
  if (target !== undefined) {
    const retries = attributes.EXHAUSTED_RETRY_CONDITION ? `, ${attributes.EXHAUSTED_RETRY_CONDITION} reached` : "";
    return {
      from: attributes.SCHEDULE_ARN === undefined ? "rule" : "timer",
      functionName: functionIn(target),
      why: line(`${attributes.ERROR_CODE ?? "failed"}: ${attributes.ERROR_MESSAGE ?? ""}${retries}`),
      payload: value === undefined || attributes.IS_PAYLOAD_TRUNCATED === "true" ? null : body,
    };
  }
  const record = fields(value);
  const context = fields(record.requestContext);
  const functionName = functionIn(text(context.functionArn));
  if (functionName === null) return { from: "unknown", functionName: null, why: "of a form that this command does not know", payload: null };
  const answer = fields(record.responsePayload);
  const error = [text(answer.errorType), text(answer.errorMessage)].filter((part) => part !== "").join(": ");
  const why = line(`${text(context.condition) || "failed"}${error === "" ? "" : `; ${error}`}`);
  const batch = record.DDBStreamBatchInfo ?? record.KinesisBatchInfo;
  if (batch !== undefined)
    return { from: "stream", functionName, why: `${why}; ${String(fields(batch).batchSize ?? "some")} records of a stream`, payload: null };
  return { from: "call", functionName, why, payload: "requestPayload" in record ? JSON.stringify(record.requestPayload) : null };
}

/** One line of a length that a terminal bears. */
function line(value: string): string {
  const one = concealed(value).replace(/\s+/g, " ").trim();
  return one.length > 300 ? `${one.slice(0, 299)}…` : one;
}

const SECRET = /pass(word|wd|phrase)?$|secret|token|authorization|credential|cookie|signature|private|apikey|api_key|^key$|^master$/i;

/** What looks like a token or a key inside a text. */
const concealed = (value: string): string =>
  value
    .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, "…")
    .replace(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, "…")
    .replace(/(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s"]+/gi, "$1…");

/** A payload for people: what is named like a secret, or looks like one, is left out; long texts and lists are cut. */
export function shown(payload: string): string {
  const clean = (value: unknown, depth: number): unknown => {
    if (typeof value === "string") return value.length > 200 ? `${concealed(value).slice(0, 200)}…` : concealed(value);
    if (typeof value !== "object" || value === null) return value;
    if (depth > 8) return "…";
    if (Array.isArray(value))
      return [...value.slice(0, 20).map((item) => clean(item, depth + 1)), ...(value.length > 20 ? [`… ${value.length - 20} more`] : [])];
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, SECRET.test(name) ? "…" : clean(item, depth + 1)]));
  };
  const value = parsed(payload);
  return value === undefined ? "(not JSON)" : JSON.stringify(clean(value, 0), null, 2);
}
