/** What a function finds in its environment on this machine: `environment` of system.json resolved, and what the Lambda runtime and the SDK read. */
import type { System } from "../src/system.ts";
import type { AccessKey } from "./data-dir.ts";
import { tableName } from "./dynamodb/server.ts";
import { account, arnOf, awakeHook, mailSet, prefix, proberOf, region, userPool } from "./gate.ts";
import { arnOfFunction } from "./lambda/instance.ts";
import type { Settings } from "./settings.ts";

export interface Surroundings {
  settings: Settings;
  part: "all" | "lifecycle";
  /** `ca` is PEM text. */
  database: { id: string; host: string; port: number; name: string; ca: string };
  auth: { url: string; clientId: string };
  /** Addresses of the local services, as the SDK's endpoint variables want them. */
  endpoints: { rds: string; dynamodb: string; lambda: string; scheduler: string; cloudwatch: string; s3: string; sqs: string; sns: string; ses: string };
}

export function environmentOf(system: System, name: string, key: AccessKey, around: Surroundings): Record<string, string> {
  const fn = system.functions[name];
  if (!fn) throw new Error(`system.json has no function "${name}"`);
  const named = Object.fromEntries(Object.entries(fn.environment).map(([variable, reference]) => [variable, resolve(reference, around)]));
  const { endpoints } = around;
  return {
    ...named,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_LAMBDA_FUNCTION_NAME: `${prefix}-${name}`,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_ENDPOINT_URL_RDS: endpoints.rds,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda,
    AWS_ENDPOINT_URL_SCHEDULER: endpoints.scheduler,
    AWS_ENDPOINT_URL_CLOUDWATCH: endpoints.cloudwatch,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_SNS: endpoints.sns,
    AWS_ENDPOINT_URL_SESV2: endpoints.ses,
    AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: around.auth.url,
    POWERTOOLS_SERVICE_NAME: prefix,
    TZ: ":UTC",
  };
}

/** Throws for a reference that has no value here. */
function resolve(reference: string, around: Surroundings): string {
  const [kind = "", name = ""] = reference.split(":");
  const { database, auth } = around;
  const values: Record<string, string | number | undefined> = {
    setting: around.settings[name],
    table: tableName(name),
    // fauxqs knows a queue by the last part of its address.
    queue: `${around.endpoints.sqs}/${account}/${prefix}-${name}`,
    topic: arnOf("topic:x").replace(/x$/, name),
    // A bucket's folder stands for where pages upload to.
    bucket: name.includes("/") ? (around.part === "all" ? around.endpoints.s3 : "") : `${prefix}-${name}`,
    hook: around.part === "all" ? `${prefix}-${awakeHook}` : "",
    function: `${prefix}-${name}`,
    probe: `${prefix}-${proberOf(around.settings)}`,
    database: { id: database.id, host: database.host, port: database.port, name: database.name, ca: database.ca }[name],
    auth: { url: auth.url, clientId: auth.clientId, pool: userPool }[name],
    timer: { group: prefix, roleArn: arnOf("timer:role"), targetArn: arnOfFunction(`${prefix}-reconcile`), deadLettersArn: arnOf("queue:dead-letters") }[name],
    mail: { configurationSet: mailSet }[name],
    platform: { part: around.part, account, region }[name],
  };
  const value = values[kind];
  if (value === undefined) throw new Error(`"${reference}" has no value on this machine`);
  return String(value);
}
