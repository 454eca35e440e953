/**
 * GetItem without the SDK's layers. Each data request reads an item or two before it does anything; the SDK's middleware spends half a millisecond of a whole
 * core on each, and a Lambda has a third of a core (512 MB). So the same request goes straight to the SDK's own signer and its own connections.
 *
 * The SDK stays in charge: its first read tells where to send to and with what, and whatever is not answered with 200 in time is asked again by the whole of it,
 * which knows how to retry, to correct its clock and to name errors. Reading twice does no harm.
 */
import type { DynamoDBClient, GetItemCommandInput, GetItemCommandOutput } from "@aws-sdk/client-dynamodb";
import { SignatureV4 } from "@smithy/signature-v4";

/** A request as the SDK's signer and connections take it. */
type Request = Parameters<DynamoDBClient["config"]["requestHandler"]["handle"]>[0];

/** Of the SDK's own request: what is the same in each, before it is signed. */
const SAME_HEADERS = ["content-type", "host", "user-agent", "x-amz-target"];
/** An attempt takes at most so long, in milliseconds; then the SDK asks. */
const PATIENCE_MS = 1000;
/** After so many attempts in a row that were not answered with 200 the SDK is left alone: something about them is wrong. */
const ENOUGH = 3;

/** Only keys and answers of text, numbers, booleans, lists and maps: binary ones travel in another form than the SDK gives them. */
export function quickGets(client: DynamoDBClient): DynamoDBClient {
  const { credentials, region, sha256, requestHandler, streamCollector } = client.config;
  const signer = new SignatureV4({ credentials, region, sha256, service: "dynamodb" });
  let model: Request | null = null;
  let failures = 0;

  /** null: ask the SDK. */
  async function get(like: Request, input: GetItemCommandInput): Promise<Pick<GetItemCommandOutput, "Item"> | null> {
    const body = JSON.stringify(input);
    const headers = { ...like.headers, "content-length": String(Buffer.byteLength(body)) };
    const signed = await signer.sign({ ...like, headers, body });
    const { response } = await requestHandler.handle(signed as Request, { requestTimeout: PATIENCE_MS });
    const bytes = await streamCollector(response.body);
    return response.statusCode === 200 ? (JSON.parse(Buffer.from(bytes).toString("utf8")) as Pick<GetItemCommandOutput, "Item">) : null;
  }

  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== "GetItemCommand" || model === null || failures >= ENOUGH) return next(args);
      const output = await get(model, args.input as GetItemCommandInput).catch(() => null);
      failures = output === null ? failures + 1 : 0;
      return output === null ? next(args) : { response: {}, output: { ...output, $metadata: {} } };
    },
    { step: "initialize", priority: "high", name: "quickGets" },
  );
  client.middlewareStack.add(
    (next, context) => (args) => {
      const request = args.request as Request;
      const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => SAME_HEADERS.includes(name)));
      if (context.commandName === "GetItemCommand") model = { ...request, headers, body: undefined } as Request;
      return next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "quickGetsModel" },
  );
  return client;
}
