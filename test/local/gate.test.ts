import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Sha256 } from "@aws-crypto/sha256-js";
import { Signer } from "@aws-sdk/rds-signer";
import { SignatureV4 } from "@smithy/signature-v4";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../local/clock.ts";
import { authenticate, authorize, type Call, Denied, Keyring, type Principal, permissionsOf } from "../../local/gate.ts";
import { readSystem } from "../../src/system.ts";

const system = readSystem(JSON.parse(readFileSync(new URL("../../system.json", import.meta.url), "utf8")));
const control: Principal = { name: "control", accessKeyId: "AKIACONTROL", secretAccessKey: "a secret", may: permissionsOf(system, "control") };
const now = Date.UTC(2026, 0, 5, 9);

function keyringAt(time: number) {
  const keyring = new Keyring(new VirtualClock(time));
  keyring.add(control);
  return keyring;
}

async function signed(body: string, path = "/", service = "rds", query: Record<string, string> = {}) {
  const signer = new SignatureV4({ service, region: "eu-central-1", credentials: control, sha256: Sha256, uriEscapePath: service !== "s3" });
  const request = await signer.sign(
    {
      method: "POST",
      protocol: "http:",
      hostname: "127.0.0.1",
      port: 4000,
      path,
      query,
      headers: { host: "127.0.0.1:4000", "content-type": "application/x-www-form-urlencoded", "x-odd": "  a   b " },
      body,
    },
    { signingDate: new Date(now) },
  );
  const search = Object.entries(query).map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
  return { method: "POST", path: search.length > 0 ? `${path}?${search.join("&")}` : path, headers: request.headers, body: Buffer.from(body) };
}

const because = (reason: string) => expect.objectContaining({ because: reason });

describe("authenticate", () => {
  test("knows the principal behind a request that the SDK's signer signed", async () => {
    expect(await authenticate(keyringAt(now), await signed("Action=DescribeDBInstances"))).toBe(control);
  });

  test("accepts paths with escaped characters and queries out of order", async () => {
    const path = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-central-1%3A123456789012%3Afunction%3Adormouse-probe/invocations";
    expect(await authenticate(keyringAt(now), await signed("{}", path, "lambda", { z: "1 2", Qualifier: "a/b*" }))).toBe(control);
  });

  test("accepts an S3 path, which is not escaped twice", async () => {
    const body = "hello";
    const request = await signed(body, "/bucket/a%20b", "s3");
    expect(request.headers["x-amz-content-sha256"]).toBe(createHash("sha256").update(body).digest("hex"));
    expect(await authenticate(keyringAt(now), request)).toBe(control);
  });

  test("refuses a body that was changed after it was signed", async () => {
    const request = await signed("Action=DescribeDBInstances");
    await expect(authenticate(keyringAt(now), { ...request, body: Buffer.from("Action=StopDBInstance") })).rejects.toEqual(because("wrong-signature"));
  });

  test("refuses a changed path, header, or secret", async () => {
    const request = await signed("x");
    await expect(authenticate(keyringAt(now), { ...request, path: "/other" })).rejects.toEqual(because("wrong-signature"));
    await expect(authenticate(keyringAt(now), { ...request, headers: { ...request.headers, host: "elsewhere" } })).rejects.toEqual(because("wrong-signature"));
    const keyring = keyringAt(now);
    keyring.add({ ...control, secretAccessKey: "another" });
    await expect(authenticate(keyring, request)).rejects.toEqual(because("wrong-signature"));
  });

  test("refuses a request without a signature, a malformed one, and a key that nobody has", async () => {
    const request = await signed("x");
    await expect(authenticate(keyringAt(now), { ...request, headers: {} })).rejects.toEqual(because("no-signature"));
    await expect(authenticate(keyringAt(now), { ...request, headers: { authorization: "Bearer x" } })).rejects.toEqual(because("no-signature"));
    await expect(authenticate(new Keyring(new VirtualClock(now)), request)).rejects.toEqual(because("unknown-key"));
  });

  test("refuses a signature that is more than five minutes old, or from the future", async () => {
    const request = await signed("x");
    await expect(authenticate(keyringAt(now + 301_000), request)).rejects.toEqual(because("expired"));
    await expect(authenticate(keyringAt(now - 301_000), request)).rejects.toEqual(because("expired"));
    await expect(authenticate(keyringAt(now + 299_000), request)).resolves.toBe(control);
  });

  test("forgets the old key of a principal that got a new one", async () => {
    const keyring = keyringAt(now);
    keyring.add({ ...control, accessKeyId: "AKIANEW" });
    await expect(authenticate(keyring, await signed("x"))).rejects.toEqual(because("unknown-key"));
    expect(keyring.byName("control")?.accessKeyId).toBe("AKIANEW");
  });

  test("verifies a presigned database token of the real rds-signer for fifteen minutes", async () => {
    const signer = new Signer({ hostname: "127.0.0.1", port: 5433, username: "dormouse_app", region: "eu-central-1", credentials: control });
    const token = await signer.getAuthToken();
    const request = { method: "GET", path: token.slice(token.indexOf("/")), headers: { host: "127.0.0.1:5433" }, body: Buffer.alloc(0) };
    const at = Date.now();
    expect(await authenticate(keyringAt(at), request)).toBe(control);
    await expect(authenticate(keyringAt(at + 902_000), request)).rejects.toEqual(because("expired"));
    await expect(authenticate(keyringAt(at), { ...request, headers: { host: "127.0.0.1:5434" } })).rejects.toEqual(because("wrong-signature"));
    await expect(authenticate(keyringAt(at), { ...request, path: request.path.replace("dormouse_app", "dormouse_owner") })).rejects.toEqual(
      because("wrong-signature"),
    );
  });
});

describe("authorize", () => {
  test("refuses what may does not name, in AWS's words, and reports every call", () => {
    const keyring = keyringAt(now);
    const calls: (Call & { allowed: boolean })[] = [];
    keyring.onCall = (call) => calls.push(call);
    const arn = "arn:aws:rds:eu-central-1:123456789012:db:dormouse";
    expect(() => authorize(keyring, control, "rds:StopDBInstance", arn)).toThrow(
      `User: arn:aws:sts::123456789012:assumed-role/dormouse-control/dormouse-control is not authorized to perform: rds:StopDBInstance on resource: ${arn}`,
    );
    expect(() => authorize(keyring, control, "rds:StopDBInstance", arn)).toThrow(Denied);
    authorize(keyring, control, "dynamodb:GetItem", "arn:aws:dynamodb:eu-central-1:123456789012:table/dormouse-state");
    expect(calls.map((call) => [call.action, call.allowed])).toEqual([
      ["rds:StopDBInstance", false],
      ["rds:StopDBInstance", false],
      ["dynamodb:GetItem", true],
    ]);
  });

  test("allows an action on the named resource only", () => {
    const table = "arn:aws:dynamodb:eu-central-1:123456789012:table/dormouse-";
    expect(() => authorize(keyringAt(now), control, "dynamodb:GetItem", `${table}ledger`)).toThrow(Denied);
    expect(() => authorize(keyringAt(now), control, "dynamodb:GetItem", `${table}state2`)).toThrow(Denied);
    expect(() => authorize(keyringAt(now), control, "dynamodb:PutItem", `${table}state`)).toThrow(Denied);
  });

  test("allows timers of the group by its wildcard, and no other group's", () => {
    const reconcile: Principal = { ...control, name: "reconcile", may: permissionsOf(system, "reconcile") };
    const schedule = (name: string) => `arn:aws:scheduler:eu-central-1:123456789012:schedule/${name}`;
    expect(() => authorize(keyringAt(now), reconcile, "scheduler:CreateSchedule", schedule("dormouse/next-check"))).not.toThrow();
    expect(() => authorize(keyringAt(now), reconcile, "scheduler:CreateSchedule", schedule("default/next-check"))).toThrow(Denied);
    expect(() => authorize(keyringAt(now), reconcile, "scheduler:DeleteSchedule", schedule("dormouse/next-check"))).toThrow(Denied);
  });

  test("every function's permissions resolve to ARNs, or to everything where AWS allows no less", () => {
    for (const name of Object.keys(system.functions)) {
      // A bucket's ARN names neither a region nor an account.
      const arn = /^(arn:aws:[a-z-]+:[a-z0-9-]*:123456789012:.+|arn:aws:s3:::[a-z-]+(\/.+)?|\*)$/;
      for (const permission of permissionsOf(system, name)) expect(permission.resource).toMatch(arn);
    }
    expect(() => permissionsOf(system, "nobody")).toThrow('no function "nobody"');
  });
});
