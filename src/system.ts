/**
 * `system.json`, read and checked: the one declaration that the build, the local platform and Terraform share.
 * JSON Schema beside it: `system.schema.json`, made by `npm run schema` from the zod schema here.
 */
import { z } from "zod";

const Setting = z.strictObject({
  env: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  flag: z.string().regex(/^[a-z][a-z0-9-]*$/),
  type: z.enum(["number", "string"]),
  values: z.array(z.string()).optional(),
  default: z.union([z.number(), z.string()]),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  description: z.string(),
});

/**
 * What a name on the right-hand side of `environment`, `on` and `everyMinutes` stands for, e.g. `table:state`, `setting:idleMinutes`.
 * `probe:function`: of `probe` and `metrics` the one that the setting `probe` chooses. `any`: the resource `*`, for an action that IAM can't narrow.
 * `hook:awake`: the function that is told when the database begins to serve; empty, and no permission, where that function's part is not deployed.
 * `mail:identity`: the domain of the address that mails are sent from by SES; `mail:configurationSet`: SES's set whose events tell of bounces.
 * A table's index and a bucket's folder stand behind the name: `table:jobs/open`, `bucket:files/uploads`.
 */
const Reference = z
  .string()
  .regex(/^(table|function|setting|role|queue|topic|bucket|database|timer|auth|platform|probe|hook|mail|any)(:[A-Za-z0-9_-]+(\/[a-z]+)?)?$/);

const Route = z.strictObject({
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE", "$default"]),
  path: z.string().regex(/^(\/.*|\$default)$/),
  /** `public`: no token. `user`: any valid token. `operator`: the function itself also asks for the group `operators`. */
  access: z.enum(["public", "user", "operator"]),
});

const Permission = z.strictObject({
  action: z.string().regex(/^[a-z0-9-]+:[A-Za-z]+$/),
  on: Reference,
  /** It is needed, and given, only where each of these settings has this value. */
  when: z.record(z.string(), z.string()).optional(),
});

const SystemFunction = z.strictObject({
  part: z.enum(["lifecycle", "finance"]),
  /** In the VPC's private subnets: sockets reach PostgreSQL, DynamoDB and S3, and nothing else. */
  vpc: z.boolean(),
  memoryMb: z.number().int().min(128).max(10240),
  timeoutSeconds: z.number().int().min(1).max(900),
  description: z.string(),
  /** It is there only when each of these settings has this value. */
  when: z.record(z.string(), z.string()).optional(),
  http: z.array(Route).default([]),
  schedules: z.array(z.string()).default([]),
  events: z.array(z.string()).default([]),
  streams: z
    .array(
      z.strictObject({
        table: z.string(),
        batchSize: z.number().int(),
        retries: z.number().int(),
        maxAgeSeconds: z.number().int(),
        /** Patterns as rules have them: the function is given records that match one of them. None: every record. */
        filters: z.array(z.record(z.string(), z.unknown())).optional(),
      }),
    )
    .default([]),
  /** SQS queues whose messages it takes in batches, answering with those that failed. */
  queues: z.array(z.strictObject({ queue: z.string(), batchSize: z.number().int().min(1).max(10) })).default([]),
  environment: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), Reference),
  /** The AWS actions, and the resources, that it is allowed. Nothing else is. */
  may: z.array(Permission),
});

export const System = z.strictObject({
  $schema: z.string().optional(),
  v: z.literal(1),
  settings: z.record(z.string(), Setting),
  functions: z.record(z.string(), SystemFunction),
  tables: z.record(
    z.string(),
    z.strictObject({
      key: z.record(z.string(), z.enum(["S", "N"])),
      /** Which of two keys is the second (the sort key): said by name, because Terraform reads objects in alphabetical order. */
      range: z.string().optional(),
      expires: z.string().optional(),
      /** Global secondary indexes with every attribute. An item without the key's attributes is not in it: so they list what is open. */
      indexes: z.record(z.string(), z.strictObject({ key: z.record(z.string(), z.enum(["S", "N"])), range: z.string().optional() })).default({}),
      stream: z.enum(["NEW_IMAGE", "NEW_AND_OLD_IMAGES"]).optional(),
      pointInTimeRecovery: z.boolean().default(false),
    }),
  ),
  schedules: z.record(
    z.string(),
    z.union([
      z.strictObject({ everyMinutes: Reference, description: z.string() }),
      /** `cron(…)` of EventBridge, in UTC; only minute, hour and day of the month may be other than any. */
      z.strictObject({ cron: z.string().regex(/^\d+ [\d,]+ (\*|\d+) \* \? \*$/), description: z.string() }),
    ]),
  ),
  events: z.record(z.string(), z.strictObject({ pattern: z.record(z.string(), z.unknown()) })),
  /** SQS queues. What could not be handled `receives` times goes to the dead letters. */
  queues: z.record(
    z.string(),
    z.strictObject({ description: z.string(), visibilitySeconds: z.number().int().min(0).max(43_200), receives: z.number().int().min(1).max(1000) }),
  ),
  topics: z.record(z.string(), z.strictObject({ description: z.string() })),
  /** S3 buckets: private, versioned, TLS only. `expire`: what lies in a folder goes after so many days. `uploads`: folder into which pages of the allowed origins may post. */
  buckets: z.record(
    z.string(),
    z.strictObject({ description: z.string(), expire: z.record(z.string(), z.number().int().min(1)).default({}), uploads: z.string().optional() }),
  ),
  roles: z.record(z.string(), z.strictObject({ description: z.string(), connections: z.number().int() })),
});

export type System = z.infer<typeof System>;
export type SystemFunction = System["functions"][string];
export type Permission = z.infer<typeof Permission>;

/** Reads `system.json`'s text's value. Throws one Error that lists everything that is wrong, dangling names included. */
export function readSystem(value: unknown): System {
  const parsed = System.safeParse(value);
  if (!parsed.success) throw new Error(`system.json is wrong:\n${z.prettifyError(parsed.error)}`);
  const system = parsed.data;
  const problems: string[] = [];
  const known: Record<string, object> = {
    table: system.tables,
    function: system.functions,
    setting: system.settings,
    role: system.roles,
    queue: system.queues,
    topic: system.topics,
    bucket: system.buckets,
  };
  const check = (where: string, reference: string) => {
    const [kind = "", name = ""] = (reference.split("/")[0] ?? "").split(":");
    const index = reference.split("/")[1];
    const names = known[kind];
    if (names && !Object.hasOwn(names, name)) problems.push(`${where}: there is no ${kind} "${name}"`);
    if (kind === "table" && index !== undefined && !system.tables[name]?.indexes[index]) problems.push(`${where}: the table "${name}" has no index "${index}"`);
  };
  for (const [name, fn] of Object.entries(system.functions)) {
    for (const [variable, reference] of Object.entries(fn.environment)) check(`functions.${name}.environment.${variable}`, reference);
    for (const [setting, value] of Object.entries(fn.when ?? {}))
      if (system.settings[setting]?.values?.includes(value) !== true)
        problems.push(`functions.${name}.when.${setting}: there is no such setting with the value "${value}"`);
    for (const permission of fn.may) check(`functions.${name}.may.${permission.action}`, permission.on);
    for (const { action, when = {} } of fn.may)
      for (const [setting, value] of Object.entries(when))
        if (system.settings[setting]?.values?.includes(value) !== true)
          problems.push(`functions.${name}.may.${action}.when.${setting}: there is no such setting with the value "${value}"`);
    for (const stream of fn.streams) check(`functions.${name}.streams`, `table:${stream.table}`);
    for (const { queue } of fn.queues) check(`functions.${name}.queues`, `queue:${queue}`);
    for (const schedule of fn.schedules) if (!system.schedules[schedule]) problems.push(`functions.${name}.schedules: there is no schedule "${schedule}"`);
    for (const event of fn.events) if (!system.events[event]) problems.push(`functions.${name}.events: there is no event "${event}"`);
  }
  for (const [name, table] of Object.entries(system.tables)) {
    for (const [where, { key, range }] of [["", table] as const, ...Object.entries(table.indexes)]) {
      const [, second, ...more] = Object.keys(key);
      const at = where === "" ? `tables.${name}` : `tables.${name}.indexes.${where}`;
      if (more.length > 0 || second !== range) problems.push(`${at}.range: has to name the second of two keys, and to be left out where there is one`);
    }
  }
  if (problems.length > 0) throw new Error(`system.json is wrong:\n${problems.join("\n")}`);
  return system;
}
