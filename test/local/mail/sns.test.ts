import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SNSClient } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Storage, startStorage } from "../../../local/fauxqs.ts";
import { Keyring } from "../../../local/gate.ts";
import { type Mails, mailsIn } from "../../../local/mail/mails.ts";
import { type SnsMail, snsMail, topicArn } from "../../../local/mail/sns.ts";
import { startMailbox } from "../../../local/mailbox.ts";
import type { Served } from "../../../local/serve.ts";
import { snsSender, snsTopic } from "../../../src/aws/sns-mail.ts";
import { Refused } from "../../../src/notifications/send.ts";
import type { Subscription } from "../../../src/notifications/subscription.ts";
import { NotifyWorld, T0 } from "../../notifications/world.ts";

const topic = topicArn("dormouse-mail");
let dir: string;
let mails: Mails;
let sns: SnsMail;
let storage: Storage;
let mailbox: Served;
let client: SNSClient;
let now = T0;

const fresh = () => snsMail({ dataDir: dir, topics: ["dormouse-mail"], mails, pages: () => mailbox.url, now: () => now });
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dormouse-mail-"));
  mails = mailsIn(dir);
  sns = fresh();
  const keyring = new Keyring();
  const key = { accessKeyId: "AKIAOPERATOR", secretAccessKey: "operator-secret" };
  keyring.add({ name: "operator", ...key, may: "everything" });
  storage = await startStorage({ dataDir: dir, keyring, mail: (form) => sns.handle(form) });
  mailbox = await startMailbox({ mails, sns: { confirm: (token) => sns.confirm(token), unsubscribe: (token) => sns.unsubscribe(token) } });
  client = new SNSClient({ endpoint: storage.sns.url, region: "eu-central-1", credentials: key, maxAttempts: 1 });
});
afterAll(async () => {
  client?.destroy();
  await mailbox?.close();
  await storage?.close();
  await rm(dir, { recursive: true, force: true });
});

const page = async () => await (await fetch(`${mailbox.url}/mailbox`)).text();
const linkIn = (text = "") => /http\S+/.exec(text.slice(text.lastIndexOf("http")))?.[0] ?? "";
const to = (address: string) => mails.list().filter((mail) => mail.to === address);

/** The sender that stands on a subscription of this ARN. */
const senderFor = (userId: string, address: string, arn: string) =>
  snsSender({
    publisher: client,
    topic,
    state: snsTopic({ sns: client, topic }).state,
    subscription: async (): Promise<Subscription> => ({
      v: 1,
      userId,
      method: "sns",
      address,
      state: "pending",
      arn,
      nonce: "n",
      origin: "http://x",
      since: T0,
      reason: null,
    }),
  });
const notification = (userId: string) => {
  const world = new NotifyWorld();
  world.add("n1", { userId });
  const item = world.items.get("n1");
  if (item === undefined) throw new Error("there is none");
  return item;
};
const mail = { subject: "Groceries: 80 %", text: "You have spent…", html: "" };

describe("e-mail by SNS, on this machine", () => {
  it("needs the owner's consent, lets nobody see another's mail, and ends by the link in it", async () => {
    expect(await page()).toContain("No mail yet.");
    const { subscribe, state, unsubscribe } = snsTopic({ sns: client, topic });
    const ann = await subscribe("ann", "ann@example.com");
    const bob = await subscribe("bob", "bob@example.com");
    expect(await state(ann)).toBe("pending");
    const sender = senderFor("ann", "ann@example.com", ann);
    expect(await sender.recipient("ann")).toEqual({ skip: "the subscription is not confirmed" });
    await sender.send(notification("ann"), { address: "ann@example.com" }, mail);
    expect(to("ann@example.com")).toHaveLength(1);

    for (const address of ["ann@example.com", "bob@example.com"]) expect(await (await fetch(linkIn(to(address)[0]?.text))).text()).toContain("confirmed");
    expect(await state(ann)).toBe("confirmed");
    expect(await sender.recipient("ann")).toEqual({ address: "ann@example.com" });
    await sender.send(notification("ann"), { address: "ann@example.com" }, mail);
    expect(to("ann@example.com").at(-1)).toMatchObject({ subject: "Groceries: 80 %", text: expect.stringContaining("You have spent…") });
    expect(to("bob@example.com")).toHaveLength(1);
    // Published for somebody who has no subscription: it succeeds, and nobody gets it.
    await sender.send(notification("eve"), { address: "" }, mail);
    expect(mails.list()).toHaveLength(3);

    expect(await (await fetch(linkIn(to("ann@example.com").at(-1)?.text))).text()).toContain("removed");
    expect(await state(ann)).toBeNull();
    expect(await sender.recipient("ann")).toEqual({ skip: "the subscription has ended" });
    await unsubscribe(bob);
    expect(await state(bob)).toBeNull();
    await unsubscribe(bob);
    expect(storage.loaded()).toBe(false);
  });

  it("gives the same subscription again, asks again while it is pending, and refuses an address that another user has", async () => {
    const { subscribe, state, unsubscribe } = snsTopic({ sns: client, topic });
    const arn = await subscribe("cid", "cid@example.com");
    expect(await subscribe("cid", "cid@example.com")).toBe(arn);
    expect(to("cid@example.com")).toHaveLength(2);
    await expect(subscribe("eve", "cid@example.com")).rejects.toThrow("different attributes");
    // A pending one can't be taken back; it ends by itself after two days.
    await unsubscribe(arn);
    expect(await state(arn)).toBe("pending");
    now += 48 * 3_600_000;
    expect(await state(arn)).toBeNull();
    now = T0;
  });

  it("keeps its subscriptions and its mails over a restart", async () => {
    const { subscribe, state } = snsTopic({ sns: client, topic });
    const arn = await subscribe("dan", "dan@example.com");
    sns = fresh();
    expect(await state(arn)).toBe("pending");
    expect(mailsIn(dir).list()).toEqual(mails.list());
  });

  it("has AWS's limit of filter policies", async () => {
    const { subscribe } = snsTopic({ sns: client, topic });
    const all = await Promise.allSettled(Array.from({ length: 201 }, (_, i) => subscribe(`many-${i}`, `many-${i}@example.com`)));
    const refused = all.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject({ name: "FilterPolicyLimitExceededException" });
  });

  it("refuses a subject that is none, for good", async () => {
    const sender = senderFor("ann", "ann@example.com", `${topic}:x`);
    const refusal = await sender.send(notification("ann"), { address: "" }, { ...mail, subject: "a\nb" }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refused);
    expect(refusal).toMatchObject({ final: true });
  });
});

describe("the mailbox", () => {
  it("shows mails without trusting them, their pages in a frame where nothing runs", async () => {
    mails.add({ from: "a", to: "<b>", subject: "<script>", text: "see https://x.example/?a=1&b=2 now", html: "<p onclick=x>Hi</p>", at: T0 });
    const text = await page();
    expect(text).not.toContain("<script>");
    expect(text).toContain('<iframe sandbox="allow-popups allow-popups-to-escape-sandbox"');
    expect(text).not.toContain("<p onclick");
    expect(text).toContain('href="https://x.example/?a=1&#38;b=2"');
    expect((await fetch(`${mailbox.url}/nothing`)).status).toBe(404);
    expect(await (await fetch(`${mailbox.url}/sns/confirm?token=none`)).text()).toContain("good no more");
  });
});
