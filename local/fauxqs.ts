/**
 * S3, SQS and SNS on this machine: fauxqs 2.4.1 (pinned) behind the gate, one port for each of the three, because the VPC reaches S3 and not the others.
 * What S3 does more than fauxqs (versions, forms, events) is in `local/s3`.
 * It is loaded at the first request and not before: most starts never need it, and it costs 60 MB.
 * fauxqs knows one account, 000000000000: that stands in its queue addresses and ARNs. The gate speaks of ours.
 * `startFauxqs` would listen on every interface; so its parts are put together here, and asked without a socket.
 */
import { mkdir } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { account, authenticate, authorize, Denied, type Keyring, region } from "./gate.ts";
import { type S3Options, s3Front } from "./s3/front.ts";
import { shadowOf } from "./s3/versions.ts";
import { readBody, type Served, serve } from "./serve.ts";

export interface StorageOptions {
  /** Its files lie in `<dataDir>/storage`. */
  dataDir: string;
  keyring: Keyring;
  /** Remembered ports, tried first. */
  ports?: { s3?: number; sqs?: number; sns?: number };
  /** The buckets of system.json by their full names, made where they are missing; see `local/s3/front.ts`. */
  buckets?: S3Options["buckets"];
  /** Whether a page of this origin may post an upload; none may, unless told. */
  isAllowed?: S3Options["isAllowed"];
  /** What S3 tells EventBridge. */
  onEvent?: S3Options["onEvent"];
  /** The queues of system.json by their full names, made where they are missing, each with a queue of dead letters beside it. */
  queues?: Record<string, { visibilitySeconds: number; receives: number }>;
  /** Somebody has sent to a queue, by its full name. */
  onSent?(queue: string): void;
  /** SNS's e-mail; null for what is none. */
  mail?(form: URLSearchParams): { status: number; xml: string } | null;
}

export interface Storage {
  s3: Served;
  sqs: Served;
  sns: Served;
  /** The bodies of the messages in a queue, oldest first, without taking them; empty when there is no such queue. */
  peek(queue: string): Promise<{ body: string; sentAt: number }[]>;
  /** Puts a message into a queue, which is made where it is missing: what a service of AWS itself sends there. Rejects when that fails. */
  put(queue: string, letter: { body: string; attributes: Record<string, string> }): Promise<void>;
  /** A call to SQS, as the service itself makes it. Rejects when it answers with an error. */
  ask(action: string, input: object): Promise<Record<string, unknown>>;
  /** Whether fauxqs has been loaded. */
  loaded(): boolean;
  close(): Promise<void>;
}

type Service = "sqs" | "sns";

interface Inside {
  inject(request: object): Promise<{ statusCode: number; headers: Record<string, string | string[] | undefined>; rawPayload: Buffer }>;
  inspect(queue: string): { body: string; sentTimestamp: number }[];
  close(): Promise<void>;
}

const bodyLimit = 64 * 1024 * 1024;

export async function startStorage(options: StorageOptions): Promise<Storage> {
  const { keyring } = options;
  let inside: Promise<Inside> | null = null;
  const load = () => {
    inside ??= open(join(options.dataDir, "storage")).then(async (opened) => {
      // One that is there already is left as it is.
      for (const bucket of Object.keys(options.buckets ?? {}))
        for (const name of [bucket, shadowOf(bucket)]) await opened.inject({ method: "PUT", url: `/${name}` });
      for (const [queue, settings] of Object.entries(options.queues ?? {})) await makeQueue(opened, queue, settings);
      return opened;
    });
    return inside;
  };
  const objects = s3Front({
    keyring,
    store: async ({ method, url, headers, body }) => {
      const { inject } = await load();
      const answer = await inject({ method, url, headers, payload: body.length > 0 ? body : undefined });
      return { status: answer.statusCode, headers: answer.headers, body: answer.rawPayload };
    },
    buckets: options.buckets ?? {},
    isAllowed: options.isAllowed ?? (() => false),
    onEvent: options.onEvent ?? (() => {}),
  });

  const front = (service: Service) =>
    serve(
      async (request, response) => {
        const body = await readBody(request, bodyLimit);
        if (body === null) return void response.writeHead(413).end();
        try {
          const principal = await authenticate(keyring, { method: request.method ?? "GET", path: request.url ?? "/", headers: request.headers, body });
          const { action, resource } = callOf(service, request, body);
          authorize(keyring, principal, action, resource);
        } catch (error) {
          if (error instanceof Denied) return deny(response, service, error.message);
          throw error;
        }
        const mailed = service === "sns" ? (options.mail?.(new URLSearchParams(body.toString("utf8"))) ?? null) : null;
        if (mailed !== null) return void response.writeHead(mailed.status, { "content-type": "text/xml" }).end(mailed.xml);
        const answer = await (await load()).inject({
          method: request.method,
          url: request.url,
          headers: request.headers,
          payload: body.length > 0 ? body : undefined,
        });
        const sentTo = service === "sqs" && answer.statusCode < 300 ? sentQueue(request, body) : null;
        if (sentTo !== null) options.onSent?.(sentTo);
        const headers = Object.fromEntries(
          Object.entries(answer.headers).filter(([name, value]) => value !== undefined && name !== "connection" && name !== "transfer-encoding"),
        );
        response.writeHead(answer.statusCode, headers as Record<string, string>).end(request.method === "HEAD" ? undefined : answer.rawPayload);
      },
      { port: options.ports?.[service] ?? 0, orAnother: true },
    );
  const [s3, sqs, sns] = await Promise.all([serve(objects, { port: options.ports?.s3 ?? 0, orAnother: true }), front("sqs"), front("sns")]);
  return {
    s3,
    sqs,
    sns,
    peek: async (queue) => (await load()).inspect(queue).map(({ body, sentTimestamp }) => ({ body, sentAt: sentTimestamp })),
    put: async (queue, { body, attributes }) => {
      const inside = await load();
      const { QueueUrl } = await askSqs(inside, "CreateQueue", { QueueName: queue });
      const MessageAttributes = Object.fromEntries(Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: "String", StringValue }]));
      await askSqs(inside, "SendMessage", { QueueUrl, MessageBody: body, MessageAttributes });
    },
    ask: async (action, input) => askSqs(await load(), action, input),
    loaded: () => inside !== null,
    async close() {
      await Promise.all([s3.close(), sqs.close(), sns.close()]);
      if (inside) await (await inside).close();
    },
  };
}

async function askSqs({ inject }: Inside, action: string, input: object): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${action}` };
  const { statusCode, rawPayload } = await inject({ method: "POST", url: "/", headers, payload: JSON.stringify(input) });
  const answer = parse(rawPayload);
  if (statusCode >= 300) throw new Error(`${action}: ${statusCode} ${String(answer.message)}`);
  return answer;
}

/** A queue of system.json and its dead letters. One that is there already gets the settings anew. */
async function makeQueue(inside: Inside, queue: string, { visibilitySeconds, receives }: { visibilitySeconds: number; receives: number }): Promise<void> {
  const { QueueUrl: deadUrl } = await askSqs(inside, "CreateQueue", { QueueName: `${queue}-dead-letters` });
  const { Attributes } = await askSqs(inside, "GetQueueAttributes", { QueueUrl: deadUrl, AttributeNames: ["QueueArn"] });
  const deadLetterTargetArn = (Attributes as Record<string, string> | undefined)?.QueueArn;
  const { QueueUrl } = await askSqs(inside, "CreateQueue", { QueueName: queue });
  const settings = { VisibilityTimeout: String(visibilitySeconds), RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: receives }) };
  await askSqs(inside, "SetQueueAttributes", { QueueUrl, Attributes: settings });
}

/** The queue that a request sends to; null for other requests. */
function sentQueue(request: IncomingMessage, body: Buffer): string | null {
  if (!/^AmazonSQS\.SendMessage(Batch)?$/.test(String(request.headers["x-amz-target"] ?? ""))) return null;
  const { QueueUrl } = parse(body);
  return typeof QueueUrl === "string" ? (QueueUrl.split("/").at(-1) ?? null) : null;
}

async function open(dataDir: string): Promise<Inside> {
  await mkdir(dataDir, { recursive: true });
  const home = dirname(findPackageJSON("fauxqs", import.meta.url) ?? "");
  const load = (path: string) => import(/* @vite-ignore */ pathToFileURL(join(home, "dist", path)).href);
  const [{ buildApp }, { PersistenceManager }, { SqsStore }, { SnsStore }, { S3Store }] = await Promise.all([
    load("app.js"),
    load("persistence.js"),
    load("sqs/sqsStore.js"),
    load("sns/snsStore.js"),
    load("s3/s3Store.js"),
  ]);
  const [sqsStore, snsStore, s3Store] = [new SqsStore(), new SnsStore(), new S3Store()];
  const persistence = new PersistenceManager(dataDir);
  // fauxqs 2.4.1 leaves the count of receptions out here, which its own table refuses: a message that is given back (visibility 0) would be lost.
  persistence.updateMessageReady = (id: string) => persistence.stmts.updateMessageInflight.run(null, null, 1, null, id);
  // Loaded before the stores write through: the other way round loading would delete what it loads.
  persistence.load(sqsStore, snsStore, s3Store);
  for (const store of [sqsStore, snsStore, s3Store, ...sqsStore.allQueues()]) store.persistence = persistence;
  const app = buildApp({ logger: false, defaultRegion: region, stores: { sqsStore, snsStore, s3Store } });
  await app.ready();
  return {
    inject: (request) => app.inject(request),
    inspect: (queue) => {
      const found = sqsStore.inspectQueue(queue);
      return found ? [...found.messages.ready, ...found.messages.delayed] : [];
    },
    async close() {
      sqsStore.shutdown();
      await app.close();
      persistence.close();
    },
  };
}

/** Which action on which resource a request is. What can't be told apart is `*`, which only a principal that may everything passes. */
export function callOf(service: Service, request: Pick<IncomingMessage, "method" | "url" | "headers">, body: Buffer): { action: string; resource: string } {
  if (service === "sqs") {
    const action = String(request.headers["x-amz-target"] ?? "").replace(/^AmazonSQS\./, "") || "*";
    const input = parse(body);
    const name = typeof input.QueueUrl === "string" ? input.QueueUrl.split("/").at(-1) : input.QueueName;
    // A batch is allowed by what it is a batch of: IAM knows no other action for it.
    return { action: `sqs:${action.replace(/Batch$/, "")}`, resource: typeof name === "string" ? `arn:aws:sqs:${region}:${account}:${name}` : "*" };
  }
  const form = new URLSearchParams(body.toString("utf8"));
  // What names a subscription is judged without a resource (Service Authorization Reference): IAM knows none that is one.
  if (form.has("SubscriptionArn")) return { action: `sns:${form.get("Action") ?? "*"}`, resource: "*" };
  const arn = form.get("TopicArn") ?? form.get("ResourceArn");
  const name = form.get("Name");
  const resource = arn?.replace(/^(arn:aws:sns:[^:]+:)\d+:/, `$1${account}:`) ?? (name === null ? "*" : `arn:aws:sns:${region}:${account}:${name}`);
  return { action: `sns:${form.get("Action") ?? "*"}`, resource };
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function deny(response: ServerResponse, service: Service, message: string): void {
  const text = message.replace(/[<&>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  if (service === "sqs") {
    response.writeHead(403, { "content-type": "application/x-amz-json-1.0", "x-amzn-query-error": "AccessDenied;Sender" });
    response.end(JSON.stringify({ __type: "com.amazon.coral.service#AccessDeniedException", message }));
    return;
  }
  response.writeHead(403, { "content-type": "application/xml" });
  const inner = `<Code>AuthorizationError</Code><Message>${text}</Message>`;
  response.end(`<ErrorResponse><Error><Type>Sender</Type>${inner}</Error><RequestId>local</RequestId></ErrorResponse>`);
}
