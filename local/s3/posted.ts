/**
 * An upload from a page (POST Object): a form whose policy says what may come, signed by one who may put it there. fauxqs checks none of it, so it is checked
 * here, after "Creating an HTML form (using AWS Signature Version 4)" and "POST policy" of the S3 user guide.
 */
import { timingSafeEqual } from "node:crypto";
import { authorize, type Keyring, type Principal } from "../gate.ts";
import { signed } from "../signature.ts";

/** S3's own refusal: `code` as in its XML. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface Posted {
  principal: Principal;
  key: string;
  /** Headers that the object gets: its type, and what begins with `x-amz-meta-`. */
  headers: Record<string, string>;
  file: Buffer;
  /** Of the answer. */
  status: 200 | 201 | 204;
}

const denied = (message: string) => new Refused(403, "AccessDenied", message);
const unfit = (what: string) => denied(`Invalid according to Policy: ${what}`);

/** Reads the form and checks its policy. Throws `Refused`, or `Denied` for a signer who may not put the object there. */
export async function readPosted(keyring: Keyring, bucket: string, contentType: string, body: Buffer): Promise<Posted> {
  const { fields, file, fileName } = await readForm(contentType, body);
  if (file === null) throw new Refused(400, "InvalidArgument", "POST requires exactly one file upload per request.");
  const given = fields.get("key");
  if (given === undefined) throw new Refused(400, "InvalidArgument", "Bucket POST must contain a field named 'key'.");
  const policy = fields.get("policy");
  if (policy === undefined) throw denied("Access Denied: the form has no policy, and nobody may write without one.");
  const principal = signerOf(keyring, fields, policy);
  checkPolicy(policy, new Map([...fields, ["bucket", bucket]]), [...fields.keys()], file.length, keyring.clock.now());
  const key = given.replaceAll("$" + "{filename}", fileName);
  authorize(keyring, principal, "s3:PutObject", `arn:aws:s3:::${bucket}/${key}`);
  const meta = [...fields].filter(([name]) => name.startsWith("x-amz-meta-") || ["content-disposition", "cache-control", "content-encoding"].includes(name));
  const wanted = Number(fields.get("success_action_status"));
  return {
    principal,
    key,
    headers: { ...Object.fromEntries(meta), "content-type": fields.get("content-type") ?? "binary/octet-stream" },
    file,
    status: wanted === 200 || wanted === 201 ? wanted : 204,
  };
}

/** The fields before the file, by their names in lower case; S3 ignores what comes behind it. */
async function readForm(contentType: string, body: Buffer): Promise<{ fields: Map<string, string>; file: Buffer | null; fileName: string }> {
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": contentType } }).formData().catch(() => {
    throw new Refused(400, "MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.");
  });
  const fields = new Map<string, string>();
  for (const [name, value] of form.entries()) {
    if (name.toLowerCase() !== "file") {
      if (typeof value === "string") fields.set(name.toLowerCase(), value);
      continue;
    }
    if (typeof value === "string") return { fields, file: Buffer.from(value), fileName: "" };
    return { fields, file: Buffer.from(await value.arrayBuffer()), fileName: value.name.replace(/^.*[/\\]/, "") };
  }
  return { fields, file: null, fileName: "" };
}

function signerOf(keyring: Keyring, fields: ReadonlyMap<string, string>, policy: string): Principal {
  const [accessKeyId = "", date = "", region = "", service = "", end, ...more] = (fields.get("x-amz-credential") ?? "").split("/");
  const stamp = fields.get("x-amz-date") ?? "";
  if (fields.get("x-amz-algorithm") !== "AWS4-HMAC-SHA256" || service !== "s3" || end !== "aws4_request" || more.length > 0 || !stamp.startsWith(date))
    throw new Refused(400, "InvalidArgument", "The form's x-amz-algorithm, x-amz-credential and x-amz-date do not fit each other.");
  const principal = keyring.byAccessKey(accessKeyId);
  if (principal === undefined) throw new Refused(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.");
  const right = signed(principal.secretAccessKey, { date, region, service }, policy);
  const seen = Buffer.from(fields.get("x-amz-signature") ?? "", "hex");
  if (seen.length !== right.length || !timingSafeEqual(seen, right))
    throw new Refused(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.");
  return principal;
}

/** Fields that a policy need not name. */
const free = (name: string) => ["x-amz-signature", "policy", "file"].includes(name) || name.startsWith("x-ignore-");

function checkPolicy(encoded: string, fields: ReadonlyMap<string, string>, names: readonly string[], size: number, now: number): void {
  const { expiration, conditions } = policyOf(encoded);
  if (Number.isNaN(expiration) || expiration <= now) throw unfit("Policy expired.");
  const named = new Set<string>();
  for (const condition of conditions) {
    if (Array.isArray(condition) && condition[0] === "content-length-range") {
      const [, least, most] = condition.map(Number);
      if (least === undefined || most === undefined || !(size >= least))
        throw new Refused(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
      if (!(size <= most)) throw new Refused(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
      continue;
    }
    for (const [how, name, value] of comparisons(condition)) {
      named.add(name);
      const found = fields.get(name) ?? "";
      if (how === "eq" ? found !== value : !found.startsWith(value)) throw unfit(`Policy Condition failed: ${JSON.stringify([how, `$${name}`, value])}`);
    }
  }
  const extra = names.filter((name) => !free(name) && !named.has(name));
  if (extra.length > 0) throw unfit(`Extra input fields: ${extra.join(", ")}`);
}

function policyOf(encoded: string): { expiration: number; conditions: unknown[] } {
  try {
    const { expiration, conditions } = JSON.parse(Buffer.from(encoded, "base64").toString("utf8")) as Record<string, unknown>;
    if (Array.isArray(conditions)) return { expiration: Date.parse(String(expiration)), conditions };
  } catch {
    // Said below.
  }
  throw new Refused(400, "InvalidPolicyDocument", "The policy is not a policy: base64 of JSON with expiration and conditions.");
}

/** `{"key": "a"}`, `["eq", "$key", "a"]`, `["starts-with", "$key", "a"]`; what is none of these is refused. */
function comparisons(condition: unknown): [how: "eq" | "starts-with", name: string, value: string][] {
  if (Array.isArray(condition)) {
    const [how, name, value] = condition as unknown[];
    if ((how === "eq" || how === "starts-with") && typeof name === "string" && name.startsWith("$") && typeof value === "string")
      return [[how, name.slice(1).toLowerCase(), value]];
  } else if (typeof condition === "object" && condition !== null) {
    return Object.entries(condition).map(([name, value]) => ["eq", name.toLowerCase(), String(value)]);
  }
  throw unfit(`there is no such condition: ${JSON.stringify(condition)}`);
}
