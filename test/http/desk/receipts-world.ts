/** The routes of receipts over a real table and a real bucket, with the permissions of `desk`, and what looks at uploads with those of `inspect`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { startDynamoDB } from "../../../local/dynamodb/server.ts";
import { matches } from "../../../local/events.ts";
import { startStorage } from "../../../local/fauxqs.ts";
import { Keyring, permissionsOf } from "../../../local/gate.ts";
import { files } from "../../../src/aws/files.ts";
import { links } from "../../../src/aws/links.ts";
import { type Receipts, receipts } from "../../../src/aws/receipts.ts";
import { uuid7 } from "../../../src/finance/uuid7.ts";
import { type ApiHandler, api } from "../../../src/http/api.ts";
import { receiptRoutes } from "../../../src/http/desk/receipts.ts";
import { lookOf } from "../../../src/receipts/events.ts";
import { clear, type Inspected, inspect } from "../../../src/receipts/inspect.ts";
import type { Owned } from "../../../src/receipts/place.ts";
import { readSystem } from "../../../src/system.ts";
import systemJson from "../../../system.json" with { type: "json" };
import { type Answer, jsonCall, send } from "../events.ts";

const system = readSystem(systemJson);
const bucket = "dormouse-files";
export const table = "dormouse-receipts";

export interface World {
  dynamodb: DynamoDBClient;
  /** With every permission. */
  store: Receipts;
  /** The time, in milliseconds; the real one unless set. S3's own is always real. */
  setNow(at: number | null): void;
  /** Nobody is signed in as "". */
  call(user: string, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Posts a file as a page does. */
  upload(answer: Answer, body: Uint8Array): Promise<Response>;
  /** What S3 has told of, oldest first; each is delivered by `look`. */
  events: unknown[];
  look(event: unknown): Promise<Inspected>;
  clear(owned: Owned): Promise<void>;
  /** What the routes asked `inspect` for. */
  asked: Owned[];
  /** All keys in the bucket. */
  keys(): Promise<string[]>;
  close(): Promise<void>;
}

export interface UploadForm {
  url: string;
  fields: Record<string, string>;
  expiresAt: string;
}

export const formOf = (answer: Answer): UploadForm => answer.body.upload as UploadForm;

export async function startWorld(): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), "dormouse-receipts-"));
  let fixed: number | null = null;
  const now = () => fixed ?? Date.now();
  const clock = { now: () => Date.now(), after: () => ({ cancel() {} }) };
  const keyring = new Keyring(clock);
  const keyOf = (name: string) => ({ accessKeyId: `AKIA${name}`, secretAccessKey: `${name}-secret` });
  keyring.add({ name: "operator", ...keyOf("operator"), may: "everything" });
  for (const name of ["desk", "inspect"]) keyring.add({ name, ...keyOf(name), may: permissionsOf(system, name) });
  const events: unknown[] = [];
  const service = await startDynamoDB({ dataDir, system, clock, keyring });
  const pattern = system.events.upload?.pattern ?? {};
  const storage = await startStorage({
    dataDir,
    keyring,
    buckets: { [bucket]: { uploads: true } },
    onEvent: (event) => void (matches(pattern, event) && events.push(event)),
  });
  const clients = (name: string) => {
    const options = { region: "eu-central-1", credentials: keyOf(name), maxAttempts: 1 };
    return { dynamodb: new DynamoDBClient({ ...options, endpoint: service.url }), s3: new S3Client({ ...options, endpoint: storage.s3.url }) };
  };
  const [operator, desk, inspector] = [clients("operator"), clients("desk"), clients("inspect")];
  const ports = { files: files({ s3: inspector.s3, bucket }), receipts: receipts({ dynamodb: inspector.dynamodb, table, now }), now };
  const asked: Owned[] = [];
  const failures: unknown[] = [];
  const routes = receiptRoutes({
    receipts: receipts({ dynamodb: desk.dynamodb, table, now }),
    links: links({ s3: desk.s3, bucket, now }),
    inspector: { look: async (owned) => void asked.push(owned) },
    now,
    newId: () => uuid7(now(), crypto.getRandomValues(new Uint8Array(10))),
    logger: { info: () => {}, error: (_, extra) => void failures.push(extra) },
  });
  const handler: ApiHandler = api(routes, { logger: { info: () => {}, error: (_, extra) => void failures.push(extra) } });
  return {
    dynamodb: operator.dynamodb,
    store: receipts({ dynamodb: operator.dynamodb, table, now }),
    setNow: (at) => {
      fixed = at;
    },
    async call(user, method, path, body, headers = {}) {
      const answer = await send(handler, {
        ...jsonCall(method, path, body, headers),
        ...(user === "" ? {} : { claims: { sub: `s-${user}`, username: user } }),
      });
      // A 500 is a bug of ours: the test that met it should show what it was.
      if (answer.status === 500) throw new Error(`500: ${JSON.stringify(failures.at(-1))}`);
      return answer;
    },
    upload(answer, body) {
      const { url, fields } = formOf(answer);
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append("file", new Blob([new Uint8Array(body)]), "file");
      return fetch(url, { method: "POST", body: form });
    },
    events,
    async look(event) {
      const look = lookOf(event);
      if (look === null) throw new Error("an event that nobody knows");
      return inspect(ports, look.key, look.versionId);
    },
    clear: (owned) => clear(ports, owned),
    asked,
    async keys() {
      const { Contents } = await operator.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
      return (Contents ?? []).map(({ Key }) => Key ?? "");
    },
    async close() {
      for (const { dynamodb, s3 } of [operator, desk, inspector]) {
        dynamodb.destroy();
        s3.destroy();
      }
      await storage.close();
      await service.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
