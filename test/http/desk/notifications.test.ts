import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FilterPolicyLimitExceededException, SNSClient } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Storage, startStorage } from "../../../local/fauxqs.ts";
import { Keyring } from "../../../local/gate.ts";
import { type Mails, mailsIn } from "../../../local/mail/mails.ts";
import { type SnsMail, snsMail, topicArn } from "../../../local/mail/sns.ts";
import { notifications } from "../../../src/aws/notifications.ts";
import { snsTopic, snsWay } from "../../../src/aws/sns-mail.ts";
import { subscriptions } from "../../../src/aws/subscriptions.ts";
import { defaultProfile, type StoredProfile } from "../../../src/finance/profile.ts";
import { uuid7 } from "../../../src/finance/uuid7.ts";
import { type ApiHandler, api } from "../../../src/http/api.ts";
import { notificationList, notificationShown, subscriptionShown } from "../../../src/http/desk/notification-schemas.ts";
import { type NotificationDeps, notificationRoutes } from "../../../src/http/desk/notifications.ts";
import { newItem } from "../../../src/notifications/notification.ts";
import { ASK_AGAIN_MS, type MailWay } from "../../../src/notifications/subscribing.ts";
import { type TestDynamoDB, testDynamoDB } from "../../aws/dynamodb.ts";
import { Killed, T0, threshold } from "../../notifications/world.ts";
import { type Call, send } from "../events.ts";

const topic = topicArn("dormouse-mail");
let dynamodb: TestDynamoDB;
let dir: string;
let mails: Mails;
let sns: SnsMail;
let storage: Storage;
let client: SNSClient;
let handler: ApiHandler;
let way: MailWay;
let now = T0;
let user = "";
let count = 0;
let addressOf: NotificationDeps["addressOf"];
let profile: Partial<StoredProfile> = {};

const logger = { info: () => {}, error: () => {} };
const deps = (): NotificationDeps => ({
  notifications: stored(),
  store: subscriptions({ dynamodb: dynamodb.client, table: "dormouse-subscriptions", random: () => new Uint8Array(32) }),
  way,
  now: () => now,
  newNonce: () => `nonce-${count++}`,
  profiles: { read: async (sub) => ({ ...defaultProfile(sub), ...profile }) },
  addressOf: (token, sub) => addressOf(token, sub),
  logger,
});
const ask = (method: string, path: string, more: Partial<Call> = {}, as = user) => {
  const id = /^\/notifications\/([^/]+)$/.exec(path)?.[1];
  return send(handler, {
    method,
    path,
    claims: { sub: as, username: as },
    headers: { authorization: "Bearer t", ...(more.body ? { "content-type": "application/json" } : {}) },
    ...(id ? { params: { id } } : {}),
    ...more,
  });
};
const stored = () => notifications({ dynamodb: dynamodb.client, table: "dormouse-notifications", onUnreadable: () => {} });
const told = async (at: number, as = user) => {
  const id = uuid7(at, crypto.getRandomValues(new Uint8Array(10)));
  await stored().put(newItem({ userId: as, id, kind: "budget-threshold", data: threshold, language: "en" }, at, at));
  return id;
};
const linkIn = (text = "") => new URL(/http\S+/.exec(text.slice(text.lastIndexOf("http")))?.[0] ?? "").searchParams.get("token") ?? "";
const mailsTo = (address: string) => mails.list().filter(({ to }) => to === address);

beforeAll(async () => {
  dynamodb = await testDynamoDB();
  dir = await mkdtemp(join(tmpdir(), "dormouse-desk-"));
  mails = mailsIn(dir);
  sns = snsMail({ dataDir: dir, topics: ["dormouse-mail"], mails, pages: () => "http://mailbox", now: () => now });
  const key = { accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret" };
  const keyring = new Keyring();
  keyring.add({ name: "operator", ...key, may: "everything" });
  storage = await startStorage({ dataDir: dir, keyring, mail: (form) => sns.handle(form) });
  client = new SNSClient({ endpoint: storage.sns.url, region: "eu-central-1", credentials: key, maxAttempts: 1 });
});
afterAll(async () => {
  client?.destroy();
  await storage?.close();
  await dynamodb?.close();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => {
  user = `user-${count++}`;
  now = T0;
  profile = {};
  const address = `${user}@example.com`;
  addressOf = async () => address;
  way = snsWay(snsTopic({ sns: client, topic }));
  handler = api(notificationRoutes(deps()), { logger });
});

describe("GET /notifications", () => {
  it("is what its user was told of, newest first, page by page, with how many are unread", async () => {
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push(await told(T0 + i * 1000));
    await told(T0, "somebody-else");
    const first = await ask("GET", "/notifications", { query: { limit: "3" } });
    expect(notificationList.parse(first.body)).toEqual(first.body);
    expect(first.body.items?.map(({ id }) => id)).toEqual(ids.slice(2).reverse());
    expect(first.body).toMatchObject({ unread: 5 });
    expect(first.body.items?.[0]).toMatchObject({
      subject: "Groceries: 80% of the budget is spent",
      text: expect.stringContaining("€51.00 are left."),
      state: "queued",
      read: false,
      readAt: null,
    });
    const second = await ask("GET", "/notifications", { query: { limit: "3", cursor: first.body.next ?? "" } });
    expect(second.body.items?.map(({ id }) => id)).toEqual(ids.slice(0, 2).reverse());
    expect(second.body.next).toBeNull();
    expect((await ask("GET", "/notifications", { query: { cursor: "x" } })).body.type).toBe("/problems/bad-cursor");
    expect((await ask("GET", "/notifications", { query: { limit: "0" } })).status).toBe(400);
  });
});

describe("PATCH /notifications/{id}", () => {
  it("marks one as read, since the first time, and as unread again", async () => {
    const id = await told(T0);
    now = T0 + 60_000;
    const read = (value: unknown, as = user) => ask("PATCH", `/notifications/${id}`, { body: JSON.stringify({ read: value }) }, as);
    const first = await read(true);
    expect(notificationShown.parse(first.body)).toEqual(first.body);
    expect(first.body).toMatchObject({ id, read: true, readAt: "2026-11-21T12:01:00.000Z" });
    now += 60_000;
    expect((await read(true)).body).toMatchObject({ readAt: "2026-11-21T12:01:00.000Z" });
    expect((await ask("GET", "/notifications")).body).toMatchObject({ unread: 0 });
    expect((await read(false)).body).toMatchObject({ read: false, readAt: null });
    expect((await read("yes")).status).toBe(422);
    expect((await read(true, "somebody-else")).status).toBe(404);
    expect((await ask("PATCH", "/notifications/x", { body: '{"read":true}' })).status).toBe(404);
  });

  it("says so of one that a newer version wrote", async () => {
    const id = await told(T0);
    await dynamodb.put("dormouse-notifications", { userId: user, id, v: 2 });
    expect((await ask("PATCH", `/notifications/${id}`, { body: '{"read":true}' })).body.type).toBe("/problems/unavailable");
  });
});

describe("a subscription", () => {
  const path = "/notifications/subscription";

  it("begins with the owner's consent, and ends", async () => {
    const none = await ask("GET", path);
    expect(subscriptionShown.parse(none.body)).toEqual(none.body);
    expect(none.body).toMatchObject({ state: "none", address: null });
    const asked = await ask("POST", path);
    expect(asked).toMatchObject({ status: 202, body: { state: "pending", deliveryMethod: "sns", address: `${user}@example.com` } });
    sns.confirm(linkIn(mailsTo(`${user}@example.com`)[0]?.text));
    expect((await ask("GET", path)).body).toMatchObject({ state: "confirmed" });
    expect(await ask("POST", path)).toMatchObject({ status: 200, body: { state: "confirmed" } });
    expect(mailsTo(`${user}@example.com`)).toHaveLength(1);
    expect((await ask("DELETE", path)).status).toBe(204);
    expect((await ask("GET", path)).body).toMatchObject({ state: "none" });
    expect((await ask("DELETE", path)).status).toBe(204);
  });

  it("asks again for consent, but not all the time", async () => {
    for (let i = 0; i < 3; i++) expect((await ask("POST", path)).status).toBe(202);
    expect(mailsTo(`${user}@example.com`)).toHaveLength(1);
    now += ASK_AGAIN_MS;
    await ask("POST", path);
    expect(mailsTo(`${user}@example.com`)).toHaveLength(2);
  });

  it("follows its user to another address, and the old one gets nothing more", async () => {
    await ask("POST", path);
    sns.confirm(linkIn(mailsTo(`${user}@example.com`)[0]?.text));
    const old = (await deps().store.read(user))?.arn ?? "";
    addressOf = async () => `new-${user}@example.com`;
    expect((await ask("POST", path)).body).toMatchObject({ state: "pending", address: `new-${user}@example.com` });
    expect(await snsTopic({ sns: client, topic }).state(old)).toBeNull();
  });

  it("is none when SNS has no filter left, or the address is another's: never one without a filter", async () => {
    way = {
      ...way,
      ask: async () =>
        snsWay({
          ...snsTopic({ sns: client, topic }),
          subscribe: async () => {
            throw new FilterPolicyLimitExceededException({ message: "no", $metadata: {} });
          },
        }).ask({} as never, "en"),
    };
    handler = api(notificationRoutes(deps()), { logger });
    expect((await ask("POST", path)).body).toMatchObject({ type: "/problems/conflict", detail: expect.stringContaining("You are not subscribed.") });
    expect((await ask("GET", path)).body).toMatchObject({ state: "none" });
    expect(mailsTo(`${user}@example.com`)).toEqual([]);
    way = snsWay(snsTopic({ sns: client, topic }));
    handler = api(notificationRoutes(deps()), { logger });
    await ask("POST", path);
    const address = `${user}@example.com`;
    addressOf = async () => address;
    user = "thief";
    expect((await ask("POST", path)).status).toBe(409);
    expect((await ask("GET", path)).body).toMatchObject({ state: "none" });
  });

  it("needs an address that the sign-in has verified; the one that is known is taken when nobody can be asked", async () => {
    addressOf = async () => null;
    expect((await ask("POST", path)).body).toMatchObject({ type: "/problems/conflict", detail: expect.stringContaining("verified") });
    addressOf = async () => {
      throw new Error("down");
    };
    profile = { email: `kept-${user}@example.com` };
    expect((await ask("POST", path)).body).toMatchObject({ address: `kept-${user}@example.com` });
  });

  it("whose making or ending is killed anywhere is made or ended by asking again, and is one", async () => {
    const killable = (at: number, after: boolean) => {
      let awaits = 0;
      const step = async <T>(effect: () => Promise<T>): Promise<T> => {
        const mine = ++awaits === at;
        if (mine && !after) throw new Killed();
        const result = await effect();
        if (mine) throw new Killed();
        return result;
      };
      const { store } = deps();
      const wrapped = {
        read: (...all: Parameters<typeof store.read>) => step(() => store.read(...all)),
        replace: (...all: Parameters<typeof store.replace>) => step(() => store.replace(...all)),
        remove: (...all: Parameters<typeof store.remove>) => step(() => store.remove(...all)),
      };
      const wrappedWay: MailWay = {
        method: "sns",
        ask: (...all) => step(() => way.ask(...all)),
        state: (...all) => step(() => way.state(...all)),
        end: (...all) => step(() => way.end(...all)),
      };
      return api(notificationRoutes({ ...deps(), store: wrapped, way: wrappedWay }), { logger });
    };
    for (let at = 1; at <= 5; at++)
      for (const after of [false, true]) {
        user = `killed-${at}-${after}`;
        const address = `${user}@example.com`;
        addressOf = async () => address;
        handler = killable(at, after);
        await ask("POST", path);
        handler = api(notificationRoutes(deps()), { logger });
        now += ASK_AGAIN_MS;
        await ask("POST", path);
        sns.confirm(linkIn(mailsTo(address).at(-1)?.text));
        expect((await ask("GET", path)).body, `${at} ${after}`).toMatchObject({ state: "confirmed" });
        handler = killable(at, after);
        await ask("DELETE", path);
        handler = api(notificationRoutes(deps()), { logger });
        expect((await ask("DELETE", path)).status).toBe(204);
        expect((await ask("GET", path)).body).toMatchObject({ state: "none" });
      }
  });
});
