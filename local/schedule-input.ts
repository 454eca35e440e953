/** What may be asked of EventBridge Scheduler here: the shape of a one-off schedule, and its time. */
import { z } from "zod";

/** An error of the API by its name, which the SDK turns into its class. */
export class Refused extends Error {
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** What a caller may say of a schedule; what AWS knows besides is refused, not ignored. */
const Shape = z.strictObject({
  ActionAfterCompletion: z.enum(["NONE", "DELETE"]).default("NONE"),
  ClientToken: z.string().max(64).optional(),
  Description: z.string().max(512).optional(),
  FlexibleTimeWindow: z.strictObject({ Mode: z.literal("OFF", "only OFF is simulated") }),
  GroupName: z.string().default("default"),
  ScheduleExpression: z.string().min(1).max(256),
  ScheduleExpressionTimezone: z.literal("UTC", "only UTC is simulated").default("UTC"),
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  Target: z.strictObject({
    Arn: z.string().regex(/^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+$/, "only Lambda functions are simulated"),
    RoleArn: z.string().regex(/^arn:aws:iam::\d{12}:role\/.+$/),
    Input: z.string().min(1).refine(isJson, "must be JSON for a Lambda function").default("{}"),
    RetryPolicy: z
      .strictObject({
        MaximumRetryAttempts: z.number().int().min(0).max(185).default(185),
        MaximumEventAgeInSeconds: z.number().int().min(60).max(86_400).default(86_400),
      })
      .default({ MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 }),
    DeadLetterConfig: z
      .strictObject({ Arn: z.string().regex(/^arn:aws:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$/, "must be the ARN of a standard queue") })
      .optional(),
  }),
});

export type Wanted = z.infer<typeof Shape>;

const minute = 60_000;

/** Throws `Refused`. */
export function check(name: string, body: unknown): Wanted {
  if (!/^[0-9a-zA-Z-_.]{1,64}$/.test(name)) throw new Refused(400, "ValidationException", `Invalid schedule name ${name}`);
  const parsed = Shape.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Refused(400, "ValidationException", parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
}

/**
 * `at(yyyy-mm-ddThh:mm:ss)` in UTC -> milliseconds since the epoch. Rates and crons are refused: what recurs is declared in system.json. A time of more
 * than a minute ago is refused as well: whether AWS does is not written down, so nobody may count on its firing.
 */
export function timeOf(expression: string, now: number): number {
  const [, text] = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/.exec(expression) ?? [];
  const at = text === undefined ? Number.NaN : Date.parse(`${text}Z`);
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(text ?? "?"))
    throw new Refused(400, "ValidationException", `Invalid Schedule Expression ${expression}.`);
  if (at < now - minute) throw new Refused(400, "ValidationException", `Invalid Schedule Expression ${expression}: it lies in the past.`);
  return at;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
