/** Mails by SES: over the real SDK and sockets to the local SES, subscriptions in dynalite, the links' pages behind the real API. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageRejected, SESv2Client } from "@aws-sdk/client-sesv2";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { matches } from "../../local/events.ts";
import { Keyring } from "../../local/gate.ts";
import { type Mail, type Mails, mailsIn } from "../../local/mail/mails.ts";
import { configurationSetArn, identityArn, startSes } from "../../local/mail/ses.ts";
import type { Served } from "../../local/serve.ts";
import { linkTokens } from "../../src/aws/link-tokens.ts";
import { sesSender, sesWay } from "../../src/aws/ses-mail.ts";
import { subscriptions } from "../../src/aws/subscriptions.ts";
import { type ApiHandler, api } from "../../src/http/api.ts";
import { mailLinkRoutes } from "../../src/http/desk/mail-links.ts";
import { isSesEvent, readBounced, suppress } from "../../src/notifications/bounced.ts";
import { actByLink } from "../../src/notifications/by-link.ts";
import { newItem } from "../../src/notifications/notification.ts";
import { render } from "../../src/notifications/render.ts";
import { Refused } from "../../src/notifications/send.ts";
import { ASK_AGAIN_MS, subscribe, subscriptionOf, unsubscribe } from "../../src/notifications/subscribing.ts";
import system from "../../system.json" with { type: "json" };
import { type TestDynamoDB, testDynamoDB } from "../aws/dynamodb.ts";
import { type Answer, send } from "../http/events.ts";
import { T0, threshold } from "./world.ts";

const from = "money@dormouse.example";
const set = "dormouse-mail";
let dynamodb: TestDynamoDB;
let dir: string;
let mails: Mails;
let ses: Served;
let client: SESv2Client;
let handler: ApiHandler;
let events: object[] = [];
let now = T0;
let count = 0;
let user = "";

const store = () => subscriptions({ dynamodb: dynamodb.client, table: "dormouse-subscriptions", random: () => new Uint8Array(32).fill(7) });
const tokens = () => linkTokens({ key: () => store().linkKey(), now: () => now });
const mailer = () => ({ ses: client, from, configurationSet: set });
const ports = () => ({ store: store(), way: sesWay({ ...mailer(), tokens: tokens(), now: () => now }), now: () => now, newNonce: () => `n-${count++}` });
const wish = (address = `${user}@example.com`) => ({ userId: user, address, language: "de-AT", origin: "https://api.example" });
const sender = () => sesSender({ ...mailer(), tokens: tokens(), subscription: (userId) => store().read(userId) });
const last = (): Mail => mails.list().at(-1) ?? { from: "", to: "", subject: "", text: "", at: 0 };
const tokenIn = (text: string) => /token=([\w.-]+)/.exec(text)?.[1] ?? "";
const page = (method: string, which: string, token: string, more: { body?: string; headers?: Record<string, string> } = {}) =>
  send(handler, { method, path: `/notifications/${which}`, query: { token }, ...more });
const html = (answer: Answer): unknown => answer.body;
const tell = async () => {
  const item = newItem({ userId: user, id: "i", kind: "budget-threshold", data: threshold, language: "en" }, T0, T0);
  const recipient = await sender().recipient(user);
  if ("skip" in recipient) return recipient.skip;
  const mail = render(item, recipient);
  if (mail === null) throw new Error("it can't be rendered");
  await sender().send(item, recipient, mail);
  return null;
};
const subscribed = async (address?: string) => {
  await subscribe(ports(), wish(address));
  await page("POST", "confirm", tokenIn(last().text));
};

beforeAll(async () => {
  dynamodb = await testDynamoDB();
  dir = await mkdtemp(join(tmpdir(), "dormouse-ses-"));
  mails = mailsIn(dir);
  const keyring = new Keyring();
  const may = [identityArn(from), configurationSetArn(set)].map((resource) => ({ action: "ses:SendEmail", resource }));
  keyring.add({ name: "notify", accessKeyId: "AKIA", secretAccessKey: "secret", may });
  ses = await startSes({ keyring, mails, configurationSets: [set], now: () => now, onEvent: (event) => void events.push(event) });
  client = new SESv2Client({ endpoint: ses.url, region: "eu-central-1", credentials: { accessKeyId: "AKIA", secretAccessKey: "secret" }, maxAttempts: 1 });
  handler = api(mailLinkRoutes({ store: store(), tokens: tokens(), now: () => now }), { logger: { info: () => {}, error: () => {} } });
});
afterAll(async () => {
  client?.destroy();
  await ses?.close();
  await dynamodb?.close();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => {
  now = T0;
  events = [];
  user = `u-${count++}`;
});

describe("a subscription", () => {
  it("begins when its owner says yes to the mail that asks, in their language; till then nothing goes out", async () => {
    expect(await subscribe(ports(), wish())).toMatchObject({ state: "pending", method: "ses", arn: null });
    expect(last()).toMatchObject({ from: `Dormouse <${from}>`, to: `${user}@example.com`, subject: "Möchtest du Mails von Dormouse?", headers: {} });
    expect(last().text).toContain("https://api.example/notifications/confirm?token=");
    expect(await tell()).toBe("the subscription is not confirmed");
    const token = tokenIn(last().text);
    // A program that looks through mails opens every link.
    const looked = await page("GET", "confirm", token, { headers: { "accept-language": "de" } });
    expect([looked.status, html(looked)]).toEqual([200, expect.stringContaining("<button")]);
    expect(await subscriptionOf(ports(), user)).toMatchObject({ state: "pending" });
    expect((await page("POST", "confirm", token)).status).toBe(200);
    expect((await page("POST", "confirm", token)).status).toBe(200);
    expect(await subscriptionOf(ports(), user)).toMatchObject({ state: "confirmed", address: `${user}@example.com` });
    expect(await tell()).toBeNull();
    expect(await subscribe(ports(), wish())).toMatchObject({ state: "confirmed" });
  });

  it("can't be confirmed by a link that is forged, of another user, for something else, or two days old", async () => {
    await subscribe(ports(), wish());
    const token = tokenIn(last().text);
    const [payload = "", mac = ""] = token.split(".");
    const other = Buffer.from(Buffer.from(payload, "base64url").toString().replace(user, "somebody")).toString("base64url");
    const stop = await tokens().sign({ does: "unsubscribe", userId: user, nonce: "n", expiresAt: null });
    for (const wrong of ["", "x", `${payload}.`, `${payload}.${mac.slice(1)}`, `${other}.${mac}`, `${token}.x`, stop, "a".repeat(5000)])
      for (const method of ["GET", "POST"]) expect((await page(method, "confirm", wrong)).status, wrong.slice(0, 40)).toBe(410);
    now += 48 * 3_600_000;
    expect((await page("POST", "confirm", token)).status).toBe(410);
    expect(await subscriptionOf(ports(), user)).toMatchObject({ state: "pending" });
  });

  it("is over for the old address with a link that was sent there", async () => {
    await subscribe(ports(), wish());
    const old = tokenIn(last().text);
    now += ASK_AGAIN_MS;
    await subscribe(ports(), wish(`new-${user}@example.com`));
    expect((await page("POST", "confirm", old)).status).toBe(410);
    expect((await page("POST", "confirm", tokenIn(last().text))).status).toBe(200);
    expect(await subscriptionOf(ports(), user)).toMatchObject({ state: "confirmed", address: `new-${user}@example.com` });
  });

  it("is none where SES takes no mail for the address, and says so", async () => {
    await expect(subscribe(ports(), wish("nobody"))).rejects.toMatchObject({ name: "NoSubscription" });
    expect(await subscriptionOf(ports(), user)).toBeNull();
  });
});

describe("a mail", () => {
  it("can be stopped by one press in the reader's program, by its link, and by the link of an older one", async () => {
    await subscribed();
    await tell();
    const { headers = {}, text, html: body } = last();
    const url = /^<(\S+)>$/.exec(headers["List-Unsubscribe"] ?? "")?.[1] ?? "";
    expect(headers["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
    expect(url).toMatch(/^https:\/\/api\.example\/notifications\/unsubscribe\?token=/);
    expect([text.includes(url), body?.includes(url)]).toEqual([true, true]);
    expect((await page("GET", "unsubscribe", tokenIn(url))).status).toBe(200);
    expect(await subscriptionOf(ports(), user)).toMatchObject({ state: "confirmed" });
    const oneClick = { body: "List-Unsubscribe=One-Click", headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect((await page("POST", "unsubscribe", tokenIn(url), oneClick)).status).toBe(200);
    expect(await subscriptionOf(ports(), user)).toBeNull();
    expect(await tell()).toBe("there is no subscription");
    expect((await page("POST", "unsubscribe", tokenIn(url), oneClick)).status).toBe(200);
    // Subscribed anew, the old mail's link stops it as well; with another address it does not.
    now += ASK_AGAIN_MS;
    await subscribed();
    await page("POST", "unsubscribe", tokenIn(url));
    expect(await subscriptionOf(ports(), user)).toBeNull();
    await subscribed(`other-${user}@example.com`);
    await page("POST", "unsubscribe", tokenIn(url));
    expect(await subscriptionOf(ports(), user)).toMatchObject({ state: "confirmed" });
    await unsubscribe(ports(), user);
  });

  it("that SES refuses was not sent; refused for its content or address it never will be", async () => {
    await subscribed();
    const item = newItem({ userId: user, id: "i", kind: "budget-threshold", data: threshold, language: "en" }, T0, T0);
    const mail = { subject: "s", text: "t", html: "h" };
    const refused = (deps: Partial<ReturnType<typeof mailer>>, address: string) =>
      sesSender({ ...mailer(), ...deps, tokens: tokens(), subscription: async () => null })
        .send(item, { address }, mail)
        .catch((error: unknown) => error);
    expect(await refused({}, "no address")).toMatchObject({ name: "Refused", final: true });
    expect(await refused({ from: "me@elsewhere.example" }, "a@example.com")).toMatchObject({ final: false, message: expect.stringContaining("AccessDenied") });
    const says = (message: string) => {
      const error = new MessageRejected({ message, $metadata: { httpStatusCode: 400 } });
      return refused({ ses: { send: () => Promise.reject(error) } as unknown as SESv2Client }, "a@example.com");
    };
    expect(await says("The message holds a virus.")).toMatchObject({ final: true });
    expect(await says("Email address is not verified. The following identities failed the check")).toMatchObject({ final: false });
    const gone = new SESv2Client({
      endpoint: "http://127.0.0.1:1",
      region: "eu-central-1",
      credentials: { accessKeyId: "A", secretAccessKey: "s" },
      maxAttempts: 1,
    });
    // Nobody knows.
    expect(await refused({ ses: gone }, "a@example.com")).not.toBeInstanceOf(Refused);
    gone.destroy();
  });
});

describe("an address", () => {
  it.each([
    ["bounce", "a mail to it came back for good"],
    ["complaint", "a mail to it was marked as unwanted"],
  ])("from which a %s comes gets no more mails, until its owner asks and says yes again", async (what, why) => {
    const address = `${what}+${user}@simulator.amazonses.com`;
    await subscribe(ports(), wish(address));
    const confirm = tokenIn(last().text);
    await page("POST", "confirm", confirm);
    const [event] = events;
    expect(isSesEvent(event)).toBe(true);
    expect(matches(system.events["mail-returned"].pattern, event)).toBe(true);
    const bounced = readBounced(event);
    expect(bounced).toEqual({ userId: user, addresses: [address], why });
    if (bounced === null) throw new Error("it is read");
    expect(await suppress(store(), bounced)).toBe(true);
    expect(await suppress(store(), bounced)).toBe(true);
    expect(await subscriptionOf(ports(), user)).toMatchObject({ state: "suppressed", reason: why });
    expect(await tell()).toBe(`no mails go to the address: ${why}`);
    expect((await page("POST", "confirm", confirm)).status).toBe(410);
    now += ASK_AGAIN_MS;
    expect(await subscribe(ports(), wish(address))).toMatchObject({ state: "pending", reason: null });
    expect((await page("POST", "confirm", tokenIn(last().text))).status).toBe(200);
  });

  it("stays with a mailbox that is full for now, an event of others, and one of an address that was", async () => {
    await subscribed();
    const bounce = { bounceType: "Permanent", bouncedRecipients: [{ emailAddress: "old@example.com" }] };
    const event = (detail: object) => ({ source: "aws.ses", detail: { eventType: "Bounce", mail: { tags: { user: [user] } }, bounce, ...detail } });
    expect(readBounced(event({ bounce: { ...bounce, bounceType: "Transient" } }))).toBeNull();
    expect(readBounced(event({ mail: { tags: {} } }))).toBeNull();
    expect(readBounced(event({ eventType: "Delivery" }))).toBeNull();
    expect([readBounced(null), readBounced({}), readBounced({ detail: 5 }), isSesEvent({ Records: [] })]).toEqual([null, null, null, false]);
    expect(await suppress(store(), readBounced(event({})) ?? { userId: "", addresses: [], why: "" })).toBe(false);
    expect(await subscriptionOf(ports(), user)).toMatchObject({ state: "confirmed" });
    expect(await actByLink({ store: store(), tagOf: tokens().tagOf, now: () => now }, { does: "confirm", userId: "nobody", nonce: "n", expiresAt: null })).toBe(
      "over",
    );
    expect(matches(system.events["mail-returned"].pattern, event({}))).toBe(false);
  });
});
