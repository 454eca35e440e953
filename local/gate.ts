/**
 * The gate in front of every local service: who signed this request, and may they do it? Nothing is allowed that `may` in system.json does not name,
 * so that a missing permission shows here and not in the first deploy.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { System } from "../src/system.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Settings } from "./settings.ts";
import { readSignature, verifies } from "./signature.ts";

export const account = "123456789012";
export const region = "eu-central-1";
export const prefix = "dormouse";
/** The instance's resource id, as in the ARNs of `rds-db:connect`. */
export const databaseResourceId = "db-DORMOUSE";

export interface Permission {
  /** e.g. `dynamodb:GetItem`. */
  action: string;
  /** An ARN; `*` stands for any characters, `?` for one. */
  resource: string;
}

export interface Principal {
  /** The function's key in system.json, or `operator`. */
  name: string;
  accessKeyId: string;
  secretAccessKey: string;
  may: "everything" | Permission[];
}

export interface Call {
  principal: Principal;
  /** e.g. `dynamodb:GetItem`. */
  action: string;
  /** The ARN. */
  resource: string;
}

export type DeniedBecause = "no-signature" | "unknown-key" | "wrong-signature" | "expired" | "not-allowed";

/** A service answers it as AccessDenied in its own protocol; `because` is there for the services that tell the cases apart. */
export class Denied extends Error {
  override readonly name = "Denied";
  readonly because: DeniedBecause;
  constructor(because: DeniedBecause, message: string) {
    super(message);
    this.because = because;
  }
}

/** Every access key of the platform. `onCall` sees each authorized and each refused call. */
export class Keyring {
  onCall?: (call: Call & { allowed: boolean }) => void;
  readonly clock: Clock;
  readonly #byKey = new Map<string, Principal>();
  readonly #byName = new Map<string, Principal>();

  /** The clock judges the age of signatures; the SDK signs with the machine's own, so leave it unless a test says otherwise. */
  constructor(clock: Clock = systemClock) {
    this.clock = clock;
  }

  add(principal: Principal): void {
    const before = this.#byName.get(principal.name);
    if (before) this.#byKey.delete(before.accessKeyId);
    this.#byName.set(principal.name, principal);
    this.#byKey.set(principal.accessKeyId, principal);
  }

  byAccessKey(id: string): Principal | undefined {
    return this.#byKey.get(id);
  }

  byName(name: string): Principal | undefined {
    return this.#byName.get(name);
  }
}

export interface SignedRequest {
  method: string;
  /** As it came, with the query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** How far the clock of a signer may be off; AWS allows 15 minutes for most services, 5 for some. */
const skewMs = 5 * 60_000;

/**
 * Verifies the SigV4 signature (Authorization header or presigned query) of a request whose body was read.
 * Throws `Denied`: no signature, unknown key, wrong signature (of the body as well), too old or expired.
 */
export async function authenticate(keyring: Keyring, request: SignedRequest): Promise<Principal> {
  const signature = readSignature(request);
  if (!signature) throw new Denied("no-signature", "Missing Authentication Token");
  const principal = keyring.byAccessKey(signature.accessKeyId);
  if (!principal) throw new Denied("unknown-key", "The security token included in the request is invalid.");
  if (!verifies(request, signature, principal.secretAccessKey)) {
    throw new Denied(
      "wrong-signature",
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
    );
  }
  const now = keyring.clock.now();
  const lifetime = signature.expiresSeconds === null ? skewMs : signature.expiresSeconds * 1000;
  if (signature.at > now + skewMs || signature.at + lifetime < now) {
    throw new Denied("expired", `Signature expired: it was made at ${new Date(signature.at).toISOString()}, and it is ${new Date(now).toISOString()}.`);
  }
  return principal;
}

/**
 * Throws `Denied` with AWS's sentence when the principal's `may` does not name the action on the resource.
 * Reports to `keyring.onCall` in either case.
 */
export function authorize(keyring: Keyring, principal: Principal, action: string, resource: string): void {
  const allowed = principal.may === "everything" || principal.may.some((p) => matches(p.action, action) && matches(p.resource, resource));
  keyring.onCall?.({ principal, action, resource, allowed });
  if (allowed) return;
  throw new Denied(
    "not-allowed",
    `User: ${arnOfPrincipal(principal)} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  );
}

/**
 * Resolves a function's `may` to actions and ARNs, as the settings have it (their defaults unless told). In a deployment of the lifecycle alone there is nobody to be told.
 * Throws for an unknown function or a reference that names no resource.
 */
export function permissionsOf(system: System, functionName: string, settings: Settings = {}, part: "all" | "lifecycle" = "all"): Permission[] {
  const fn = system.functions[functionName];
  if (!fn) throw new Error(`system.json has no function "${functionName}"`);
  const holds = ([setting, value]: [string, string]) => (settings[setting] ?? system.settings[setting]?.default) === value;
  const may = fn.may.filter(({ on, when = {} }) => (part === "all" || !on.startsWith("hook:")) && Object.entries(when).every(holds));
  return may.map((permission) => ({ action: permission.action, resource: arnOf(permission.on, settings) }));
}

/** The ARN that a reference of system.json stands for, e.g. `table:state`. Throws when there is none. */
export function arnOf(reference: string, settings: Settings = {}): string {
  if (reference === "probe:function") return arnOf(`function:${proberOf(settings)}`);
  if (reference === "timer:role") return `arn:aws:iam::${account}:role/${prefix}-timer`;
  if (reference === "mail:identity") return sesArn(`identity/${String(settings.mailFrom ?? "").split("@")[1] ?? ""}`);
  if (reference === "mail:configurationSet") return sesArn(`configuration-set/${mailSet}`);
  if (reference === "hook:awake") return arnOf(`function:${awakeHook}`);
  const [whole = "", within] = reference.split("/");
  const [kind = "", name] = whole.split(":");
  if (within !== undefined) return kind === "table" ? `${arnOf(whole)}/index/${within}` : `${arnOf(whole)}/${within}/*`;
  const named: Record<string, string> = {
    table: `arn:aws:dynamodb:${region}:${account}:table/${prefix}-${name}`,
    function: `arn:aws:lambda:${region}:${account}:function:${prefix}-${name}`,
    queue: `arn:aws:sqs:${region}:${account}:${prefix}-${name}`,
    topic: `arn:aws:sns:${region}:${account}:${prefix}-${name}`,
    bucket: `arn:aws:s3:::${prefix}-${name}`,
    auth: `arn:aws:cognito-idp:${region}:${account}:userpool/${userPool}`,
    role: `arn:aws:rds-db:${region}:${account}:dbuser:${databaseResourceId}/${name}`,
  };
  const alone: Record<string, string> = {
    any: "*",
    database: `arn:aws:rds:${region}:${account}:db:${prefix}`,
    timer: `arn:aws:scheduler:${region}:${account}:schedule/${prefix}/*`,
  };
  const arn = name === undefined ? alone[kind] : named[kind];
  if (arn === undefined) throw new Error(`"${reference}" names no resource that something can be allowed on`);
  return arn;
}

/** The id of the user pool: there is one. */
export const userPool = `${region}_dormouse`;

/** SES's configuration set. */
export const mailSet = `${prefix}-mail`;
const sesArn = (what: string) => `arn:aws:ses:${region}:${account}:${what}`;

/** The function that is told when the database begins to serve. */
export const awakeHook = "job";

/** The function that `probe:function` stands for. */
export const proberOf = (settings: Settings): string => (settings.probe === "metrics" ? "metrics" : "probe");

function arnOfPrincipal(principal: Principal): string {
  if (principal.may === "everything") return `arn:aws:iam::${account}:user/${principal.name}`;
  return `arn:aws:sts::${account}:assumed-role/${prefix}-${principal.name}/${prefix}-${principal.name}`;
}

/** IAM's wildcards: `*` any characters, `?` one. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(text);
}
