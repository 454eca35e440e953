/**
 * A function's configuration: environment variables, checked. One catalogue holds every variable's name, unit and rule;
 * each function asks for those it needs, and they are the keys of its `environment` in `system.json` (a test ties the two).
 */
import * as z from "zod/mini";

const text = (what: string) => z.string().check(z.refine((value) => value.trim() !== "", `must name ${what}`));

const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) => z.enum(values, `must be one of ${values.join(", ")}`);

/** A decimal number within bounds, given as text; the bounds are those of the setting in `system.json`. */
const number = (unit: string, minimum: number, maximum = Number.POSITIVE_INFINITY) => {
  const range = maximum === Number.POSITIVE_INFINITY ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  const allowed = `must be a number ${range} (${unit})`;
  return z.pipe(
    z.string().check(z.regex(/^\d+(\.\d+)?$/, { error: allowed, abort: true })),
    z.pipe(
      z.transform((value: string) => Number(value)),
      z.number(allowed).check(z.gte(minimum, allowed), z.lte(maximum, allowed)),
    ),
  );
};

const port = z.pipe(
  z.string().check(z.regex(/^\d{1,5}$/, { error: "must be a port, 1 to 65535", abort: true })),
  z.pipe(
    z.transform((value: string) => Number(value)),
    z.number().check(z.gte(1, "must be a port, 1 to 65535"), z.lte(65535, "must be a port, 1 to 65535")),
  ),
);

/** Empty means the certificate authorities of RDS; anything else has to be certificates. */
const certificates = z
  .string()
  .check(z.refine((value) => value.trim() === "" || value.includes("-----BEGIN CERTIFICATE-----"), "must be empty, or certificates as PEM text"));

/** Every environment variable that a function may ask for. Units stand with each. */
export const catalogue = {
  /** The DB instance's identifier in RDS; also the key of its state item. */
  DATABASE_ID: text("the DB instance"),
  /** Host name of the instance's endpoint. */
  DATABASE_HOST: text("the host of the instance's endpoint"),
  DATABASE_PORT: port,
  /** The application's database inside PostgreSQL. */
  DATABASE_NAME: text("the application's database"),
  /** Certificate authorities as PEM text; empty: those of RDS. */
  DATABASE_CA: certificates,
  /** Names of DynamoDB tables. */
  STATE_TABLE: text("a DynamoDB table"),
  LEDGER_TABLE: text("a DynamoDB table"),
  COUNTERS_TABLE: text("a DynamoDB table"),
  PROFILES_TABLE: text("a DynamoDB table"),
  SIGNALS_TABLE: text("a DynamoDB table"),
  RECEIPTS_TABLE: text("a DynamoDB table"),
  IMPORTS_TABLE: text("a DynamoDB table"),
  /** Name of the S3 bucket of receipts and their uploads. */
  FILES_BUCKET: text("an S3 bucket"),
  /** Where pages upload to, as the origin of a URL; empty where there is nothing to upload. */
  UPLOADS_ORIGIN: z.string(),
  JOBS_TABLE: text("a DynamoDB table"),
  NOTIFICATIONS_TABLE: text("a DynamoDB table"),
  SUBSCRIPTIONS_TABLE: text("a DynamoDB table"),
  CHANGES_TABLE: text("a DynamoDB table"),
  /** URL of the queue of notifications to send, and ARN of the topic that mails go out by. */
  NOTIFY_QUEUE: text("a queue's URL"),
  MAIL_TOPIC: text("a topic's ARN"),
  /** By which service mails go out; for SES the address that they come from (empty with SNS), and the configuration set whose events tell of bounces. */
  MAIL_SENDER: oneOf(["sns", "ses"]),
  MAIL_FROM: z.string(),
  MAIL_CONFIGURATION_SET: text("a configuration set of SES"),
  /** Names of Lambda functions. */
  RECONCILE_FUNCTION: text("a Lambda function"),
  PROBE_FUNCTION: text("a Lambda function"),
  INSPECT_FUNCTION: text("a Lambda function"),
  JOB_FUNCTION: text("a Lambda function"),
  /** The one that is told when the database begins to serve; empty where nobody waits for that. */
  AWAKE_HOOK: z.string(),
  /** The Cognito user pool's id. */
  USER_POOL: text("a Cognito user pool"),
  FORGET_FUNCTION: text("a Lambda function"),
  /** Base URL of the token issuer's sign-in pages, and the console's client there. */
  AUTH_URL: text("the issuer's URL"),
  AUTH_CLIENT_ID: text("the console's client"),
  /** The part of the system that is deployed. */
  PART: oneOf(["all", "lifecycle"]),
  /** EventBridge Scheduler: group of the one-off timers, the role that they assume, the function that they invoke, the queue for those that failed for good. */
  TIMER_GROUP: text("a schedule group"),
  TIMER_ROLE_ARN: text("a role's ARN"),
  TIMER_TARGET_ARN: text("a function's ARN"),
  TIMER_DEAD_LETTERS_ARN: text("a queue's ARN"),
  IDLE_MINUTES: number("minutes", 0.05),
  CHECK_MINUTES: number("minutes", 0.05),
  DRAIN_SECONDS: number("seconds", 1, 28),
  MODE: oneOf(["manage", "watch"]),
  /** By a login from inside the database's network, or by RDS's status and CloudWatch's metrics. */
  PROBE: oneOf(["inside", "metrics"]),
  WAKE_ON: oneOf(["button", "request"]),
  WAKES_PER_USER_PER_DAY: number("wakes", 1),
  WAKE_TIMEOUT_MINUTES: number("minutes", 0.1),
  FORCED_START_GRACE_MINUTES: number("minutes", 0.05),
  /** 0 turns the rule off. */
  MAX_BACKUP_AGE_HOURS: number("hours", 0),
  /** US dollars for an hour of the instance's compute. */
  PRICE_PER_HOUR: number("US dollars", 0),
} as const;

type Catalogue = typeof catalogue;
export type Variable = keyof Catalogue;

type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Lowercase<Head>}${Capitalize<CamelCase<Tail>>}` : Lowercase<S>;

/** The variables' values under their names in camel case: `IDLE_MINUTES` is `idleMinutes`. */
export type Config<Name extends Variable> = { [Key in Name as CamelCase<Key>]: z.output<Catalogue[Key]> };

const camelCase = (name: string) => name.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/**
 * Reads the named variables. Pure.
 * Throws one Error that names everything that is missing or wrong; it never repeats a value.
 */
export function readConfig<const Name extends Variable>(env: Record<string, string | undefined>, names: readonly Name[]): Config<Name> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const value = env[name];
    if (value === undefined) {
      problems.push(`${name} is missing`);
      continue;
    }
    const parsed = catalogue[name].safeParse(value);
    if (parsed.success) values[camelCase(name)] = parsed.data;
    else problems.push(`${name} ${[...new Set(parsed.error.issues.map((issue) => issue.message))].join(", ")}`);
  }
  if (problems.length > 0) throw new Error(`The configuration is wrong: ${problems.join("; ")}.`);
  return values as Config<Name>;
}
