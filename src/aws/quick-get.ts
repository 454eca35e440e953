/**
 * GetItem without the SDK's layers. Each data request reads an item or two before it does anything; the SDK spends 0.5 ms of a whole core on each, and a
 * Lambda has a third of a core (512 MB). So the same request is signed and sent here: Signature Version 4 over one fixed set of headers.
 *
 * The SDK stays in charge: its first read tells where to send to and with what, and whatever is not answered with 200 in time is asked again by the SDK, which
 * knows how to retry, to correct its clock and to name errors. Reading twice does no harm.
 */
import { createHash, createHmac } from "node:crypto";
import { type ClientRequest, Agent as HttpAgent, request as http } from "node:http";
import { Agent as HttpsAgent, request as https } from "node:https";
import type { DynamoDBClient, GetItemCommandInput, GetItemCommandOutput } from "@aws-sdk/client-dynamodb";

/** Where the SDK has sent its own request. */
interface Target {
  protocol: string;
  hostname: string;
  port: number | undefined;
  userAgent: string;
}

/** An attempt takes at most so long, in milliseconds; then the SDK asks. */
const PATIENCE_MS = 1000;
/** After so many attempts in a row that were not answered with 200 the SDK is left alone: something about them is wrong. */
const ENOUGH = 3;

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: Buffer | string, text: string) => createHmac("sha256", key).update(text).digest();

/** Only keys and answers of text, numbers, booleans, lists and maps: binary ones travel in another form than the SDK gives them. */
export function quickGets(client: DynamoDBClient, now: () => number = Date.now): DynamoDBClient {
  let target: Target | null = null;
  let failures = 0;
  const agents = { "http:": new HttpAgent({ keepAlive: true }), "https:": new HttpsAgent({ keepAlive: true }) };
  let derived: { of: string; key: Buffer } | null = null;

  async function headersOf({ hostname, port, userAgent }: Target, body: string): Promise<Record<string, string>> {
    const [{ accessKeyId, secretAccessKey, sessionToken }, region] = await Promise.all([client.config.credentials(), client.config.region()]);
    const stamp = `${new Date(now()).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
    const day = stamp.slice(0, 8);
    const of = `${secretAccessKey} ${day} ${region}`;
    if (derived?.of !== of) derived = { of, key: [day, region, "dynamodb", "aws4_request"].reduce<Buffer>(hmac, Buffer.from(`AWS4${secretAccessKey}`)) };
    const signed: Record<string, string> = {
      "content-type": "application/x-amz-json-1.0",
      host: port === undefined ? hostname : `${hostname}:${port}`,
      "x-amz-date": stamp,
      ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
      "x-amz-target": "DynamoDB_20120810.GetItem",
    };
    // In the order of their names, as they have to be.
    const names = Object.keys(signed);
    const canonical = `POST\n/\n\n${names.map((name) => `${name}:${signed[name]}\n`).join("")}\n${names.join(";")}\n${sha256(body)}`;
    const scope = `${day}/${region}/dynamodb/aws4_request`;
    const signature = hmac(derived.key, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`).toString("hex");
    return {
      ...signed,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
      "content-length": String(Buffer.byteLength(body)),
      "user-agent": userAgent,
    };
  }

  /** null: ask the SDK. */
  async function get(at: Target, input: GetItemCommandInput): Promise<Pick<GetItemCommandOutput, "Item"> | null> {
    const body = JSON.stringify(input);
    const headers = await headersOf(at, body);
    const text = await new Promise<string | null>((resolve) => {
      const { hostname, port } = at;
      const options = { hostname, port, method: "POST", path: "/", headers };
      const request: ClientRequest = at.protocol === "https:" ? https({ ...options, agent: agents["https:"] }) : http({ ...options, agent: agents["http:"] });
      const timer = setTimeout(() => request.destroy(new Error("no answer")), PATIENCE_MS);
      const end = (answer: string | null) => {
        clearTimeout(timer);
        resolve(answer);
      };
      request.on("error", () => end(null));
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => void chunks.push(chunk));
        response.on("error", () => end(null));
        response.on("close", () => end(response.complete && response.statusCode === 200 ? Buffer.concat(chunks).toString("utf8") : null));
      });
      request.end(body);
    });
    return text === null ? null : (JSON.parse(text) as Pick<GetItemCommandOutput, "Item">);
  }

  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== "GetItemCommand" || target === null || failures >= ENOUGH) return next(args);
      const output = await get(target, args.input as GetItemCommandInput).catch(() => null);
      failures = output === null ? failures + 1 : 0;
      return output === null ? next(args) : { response: {}, output: { ...output, $metadata: {} } };
    },
    { step: "initialize", priority: "high", name: "quickGets" },
  );
  client.middlewareStack.add(
    (next) => (args) => {
      const { protocol, hostname, port, headers } = args.request as { protocol: string; hostname: string; port?: number; headers: Record<string, string> };
      target = { protocol, hostname, port, userAgent: headers["user-agent"] ?? "" };
      return next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "quickGetsTarget" },
  );
  return client;
}
