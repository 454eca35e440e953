import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { quickGets } from "../../src/aws/quick-get.ts";
import { readState } from "../../src/aws/state-store.ts";
import { initialState } from "../../src/lifecycle/state.ts";
import { credentials, type TestDynamoDB, testDynamoDB } from "./dynamodb.ts";
import { NOW } from "./states.ts";

let dynamodb: TestDynamoDB;
let front: Server;
const clients: DynamoDBClient[] = [];
/** Who has asked: the SDK, which numbers its attempts, or not. */
const asked: ("sdk" | "quick")[] = [];
/** What happens to a quick one. */
let meets: "the table" | "a cut" | "a refusal" | "half an answer" = "the table";

/** In front of the table, as it is: the signature counts for what came. */
function pass(incoming: IncomingMessage, answer: ServerResponse): void {
  const quick = incoming.headers["amz-sdk-invocation-id"] === undefined;
  asked.push(quick ? "quick" : "sdk");
  if (quick && meets === "a cut") return void incoming.socket.destroy();
  if (quick && meets === "a refusal") return void answer.writeHead(400).end('{"__type":"ThrottlingException"}');
  if (quick && meets === "half an answer") {
    answer.writeHead(200, { "content-length": "1000" }).write('{"Item":{');
    return void setImmediate(() => incoming.socket.destroy());
  }
  const on = request(dynamodb.url, { method: "POST", headers: incoming.headers }, (reply) => {
    answer.writeHead(reply.statusCode ?? 500, reply.headers);
    reply.pipe(answer);
  });
  incoming.pipe(on);
}

const client = (more: { sessionToken?: string } = {}) => {
  const { port } = front.address() as AddressInfo;
  const made = new DynamoDBClient({ endpoint: `http://127.0.0.1:${port}`, region: "eu-central-1", credentials: { ...credentials, ...more } });
  clients.push(made);
  asked.length = 0;
  meets = "the table";
  return quickGets(made);
};
const table = "dormouse-state";

beforeAll(async () => {
  dynamodb = await testDynamoDB();
  front = createServer(pass);
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  await dynamodb.put(table, { ...initialState("dormouse", NOW), leases: { a: { by: "änn ☕", why: "import", expiresAt: NOW } }, wakeSeconds: [1.5, 2] });
});
afterAll(async () => {
  for (const one of clients) one.destroy();
  front.closeAllConnections();
  front.close();
  await dynamodb.close();
});

describe("a quick read", () => {
  it("gives what the SDK gives, of an item and of none, after the SDK has led the way", async () => {
    const at = { dynamodb: client(), table };
    const bySdk = await readState(at, "dormouse");
    expect(bySdk?.leases.a?.by).toBe("änn ☕");
    expect(await readState(at, "dormouse")).toEqual(bySdk);
    expect(await readState(at, "nobody's")).toBeNull();
    expect(asked).toEqual(["sdk", "quick", "quick"]);
  });

  it("is signed with a role's session token, too", async () => {
    const at = { dynamodb: client({ sessionToken: "a session's token" }), table };
    await readState(at, "dormouse");
    expect(await readState(at, "dormouse")).not.toBeNull();
    expect(asked).toEqual(["sdk", "quick"]);
  });

  it.each(["a cut", "a refusal", "half an answer"] as const)(
    "that meets %s is asked again by the SDK, and after three in a row the SDK is left alone",
    async (what) => {
      const at = { dynamodb: client(), table };
      const first = await readState(at, "dormouse");
      meets = what;
      for (let read = 0; read < 4; read++) expect(await readState(at, "dormouse")).toEqual(first);
      expect(asked).toEqual(["sdk", "quick", "sdk", "quick", "sdk", "quick", "sdk", "sdk"]);
    },
  );

  it("comes back after a failure or two", async () => {
    const at = { dynamodb: client(), table };
    await readState(at, "dormouse");
    for (const what of ["a cut", "a cut", "the table", "a cut", "the table"] as const) {
      meets = what;
      await readState(at, "dormouse");
    }
    expect(asked.slice(1)).toEqual(["quick", "sdk", "quick", "sdk", "quick", "quick", "sdk", "quick"]);
  });

  it("fails as the SDK does", async () => {
    const quick = client();
    const ask = (name: string) => quick.send(new GetItemCommand({ TableName: name, Key: { databaseId: { S: "dormouse" } } }));
    await ask(table);
    await expect(ask("no-such-table")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});
