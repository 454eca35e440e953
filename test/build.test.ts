import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { crc32, inflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authenticate, Keyring } from "../local/gate.ts";
import { type Served, serve } from "../local/serve.ts";
import { buttonScript, consolePage } from "../scripts/build/console.ts";
import { zip } from "../scripts/build/zip.ts";
import { buildFunctions, bundle, functionNames, limits } from "../scripts/build.ts";

const run = promisify(execFile);
const fixture = join(import.meta.dirname, "build", "calls.ts");
const key = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "an example secret" };

let folder = "";
let server: Served;
const signedBy: string[] = [];

const xml = (action: string, inside: string) =>
  `<${action}Response xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><${action}Result>${inside}</${action}Result></${action}Response>`;
const fault = (code: string) =>
  `<ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`;

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** RDS, DynamoDB and Lambda in a few answers; every request's signature is verified first. */
async function startAnswers(): Promise<Served> {
  const keyring = new Keyring();
  keyring.add({ name: "test", ...key, may: "everything" });
  let stops = 0;
  return serve(async (request, response) => {
    const body = await bodyOf(request);
    const principal = await authenticate(keyring, { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body });
    signedBy.push(principal.name);
    const target = String(request.headers["x-amz-target"] ?? "");
    const action = new URLSearchParams(body.toString()).get("Action");
    const reply = (status: number, type: string, text: string) => response.writeHead(status, { "content-type": type }).end(text);
    if (action === "DescribeDBInstances") {
      return void reply(
        200,
        "text/xml",
        xml(
          action,
          "<DBInstances><DBInstance><DBInstanceStatus>stopped</DBInstanceStatus><AutomaticRestartTime>2026-01-08T00:00:00Z</AutomaticRestartTime></DBInstance></DBInstances>",
        ),
      );
    }
    // The first error is one that StopDBInstance declares; no model of the bundle knows the second.
    if (action === "StopDBInstance") return void reply(400, "text/xml", fault(stops++ === 0 ? "DBInstanceNotFound" : "StorageQuotaExceeded"));
    if (target.endsWith("GetItem")) return void reply(200, "application/x-amz-json-1.0", '{"Item":{"databaseId":{"S":"dormouse"}}}');
    if (target.endsWith("UpdateItem")) {
      return void reply(
        400,
        "application/x-amz-json-1.0",
        '{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}',
      );
    }
    reply(200, "application/json", '{"answered":true}');
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dormouse-build-"));
  server = await startAnswers();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe("a bundle", () => {
  it("sends signed calls with nothing but the environment's credentials, and knows the errors that its commands declare", async () => {
    const file = join(folder, "calls.mjs");
    await writeFile(file, (await bundle(fixture)).code);
    const script = `import { handler } from ${JSON.stringify(file)}; console.log(JSON.stringify(await handler()))`;
    const env = {
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      AWS_ENDPOINT_URL_RDS: server.url,
      AWS_ENDPOINT_URL_DYNAMODB: server.url,
      AWS_ENDPOINT_URL_LAMBDA: server.url,
    };
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { env, cwd: folder });
    const answers = JSON.parse(stdout);
    expect(answers).toMatchObject({
      status: "stopped",
      restartsAt: "2026-01-08T00:00:00.000Z",
      declared: { name: "DBInstanceNotFoundFault", fault: true },
      undeclared: { name: expect.stringContaining("StorageQuotaExceeded"), fault: false },
      item: { databaseId: { S: "dormouse" } },
      refused: { name: "ConditionalCheckFailedException", condition: true },
      payload: '{"answered":true}',
    });
    expect(answers.token).toMatch(/^localhost:5432\/\?Action=connect&DBUser=dormouse_app&.*X-Amz-Signature=[0-9a-f]{64}/);
    expect(answers.styleHash).toBe((await consolePage()).styleHash);
    expect(answers.routes).toContainEqual({ method: "POST", path: "/database/start" });
    expect(answers.routes.filter(({ path }: { path: string }) => !path.startsWith("/"))).toEqual([]);
    expect(signedBy).toEqual(Array(6).fill("test"));
  });

  it("leaves the providers out that a Lambda never uses", async () => {
    const inputs = Object.values((await bundle(fixture)).metafile.outputs).flatMap((output) => Object.keys(output.inputs));
    expect(inputs.filter((file) => /credential-provider-(sso|ini|process|web-identity|login|imds|http)|nested-clients|token-providers/.test(file))).toEqual([]);
    expect(inputs.filter((file) => /Sha256Js|sdk-stream-mixin\.browser|getInstanceMetadataRegion/.test(file))).toEqual([]);
    expect(inputs.some((file) => file.includes("credential-provider-env"))).toBe(true);
  });

  it("is the same, byte for byte, when the sources are", async () => {
    const [first, second] = await Promise.all([bundle(fixture), bundle(fixture)]);
    expect(first.code.equals(second.code)).toBe(true);
  });

  it("is not built from an import of a whole client", async () => {
    const entry = join(folder, "whole.ts");
    await writeFile(entry, 'import * as rds from "@aws-sdk/client-rds";\nexport const handler = () => rds;\n');
    await expect(bundle(entry)).rejects.toThrow("import commands and errors of @aws-sdk/client-rds by name");
  });
});

describe("the build", () => {
  it("makes a module and an archive of every function, and keeps the control plane within its limit", async () => {
    const built = await buildFunctions({ outDir: folder });
    expect(built.map(({ name }) => name)).toEqual(await functionNames());
    for (const { name, bytes } of built) {
      expect(existsSync(join(folder, name, "index.mjs"))).toBe(true);
      expect(existsSync(join(folder, `${name}.zip`))).toBe(true);
      expect(bytes, `bytes of ${name}`).toBeLessThanOrEqual(limits[name] ?? Number.POSITIVE_INFINITY);
    }
  });

  it("names what does not build", async () => {
    await expect(buildFunctions({ outDir: folder, names: ["no-such-function"] })).rejects.toThrow("no-such-function: ");
  });
});

describe("an archive", () => {
  const files = { "index.mjs": Buffer.from("export const handler = () => 1;\n".repeat(50)), "a.txt": Buffer.from("ä") };

  it("has the same bytes whatever the order of its files", () => {
    expect(zip(files).equals(zip({ "a.txt": files["a.txt"], "index.mjs": files["index.mjs"] }))).toBe(true);
  });

  it("gives back what went in", () => {
    const archive = zip(files);
    const end = archive.subarray(-22);
    expect(end.readUInt32LE(0)).toBe(0x06054b50);
    expect(end.readUInt16LE(10)).toBe(2);
    let at = end.readUInt32LE(16);
    const found: Record<string, string> = {};
    for (let i = 0; i < 2; i++) {
      const name = archive.subarray(at + 46, at + 46 + archive.readUInt16LE(at + 28)).toString();
      const local = archive.readUInt32LE(at + 42);
      const from = local + 30 + archive.readUInt16LE(local + 26);
      const content = inflateRawSync(archive.subarray(from, from + archive.readUInt32LE(at + 20)));
      expect(crc32(content)).toBe(archive.readUInt32LE(at + 16));
      expect(archive.readUInt32LE(at + 38) >>> 16).toBe(0o100644);
      found[name] = content.toString();
      at += 46 + archive.readUInt16LE(at + 28);
    }
    expect(found).toEqual({ "a.txt": "ä", "index.mjs": files["index.mjs"].toString() });
  });
});

describe("the console in a bundle", () => {
  it("has the hashes of what stands between its tags", async () => {
    const { html, scriptHash, styleHash } = await consolePage();
    const sha256 = (text: string) => createHash("sha256").update(text).digest("base64");
    const between = (open: string, close: string) => html.split(open)[1]?.split(close)[0] ?? "";
    expect(sha256(between('<script type="module">', "</script>"))).toBe(scriptHash);
    expect(sha256(between("<style>", "</style>"))).toBe(styleHash);
    expect(between('<script type="module">', "</script>").length).toBeGreaterThan(1000);
    expect(html).not.toContain("/*SCRIPT*/");
  });

  it("has a button's script that is JavaScript", async () => {
    const file = join(folder, "button.mjs");
    await writeFile(file, await buttonScript());
    await expect(run(process.execPath, ["--check", file])).resolves.toMatchObject({ stderr: "" });
  });
});
