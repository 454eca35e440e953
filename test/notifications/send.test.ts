import { describe, expect, it } from "vitest";
import { CLAIM_MS, GIVE_UP_MS, parseNotification, UnknownNotification } from "../../src/notifications/notification.ts";
import { Refused, readMessage, sendNotification } from "../../src/notifications/send.ts";
import { NotifyWorld, T0 } from "./world.ts";

describe("one notification, one mail", () => {
  it("is sent once, and its item says by whom, where to and when", async () => {
    const world = new NotifyWorld();
    const message = world.add("n1");
    world.now += 1000;
    expect(await sendNotification(world.ports, message)).toBe("done");
    expect(world.mails).toEqual(["n1"]);
    expect(world.items.get("n1")).toMatchObject({
      state: "sent",
      deliveryMethod: "sns",
      to: "ann@example.com",
      attempt: 1,
      reason: null,
      updatedAt: T0 + 1000,
    });
    expect(world.items.get("n1")).not.toHaveProperty("queued");
  });

  it("at once also where the answer to its claim was lost, and the client sent that again; and by one of many", async () => {
    const world = new NotifyWorld();
    const message = world.add("n1");
    world.answersLost = true;
    expect(await sendNotification(world.ports, message)).toBe("done");
    expect([world.mails, world.items.get("n1")?.state]).toEqual([["n1"], "sent"]);
    const other = world.add("n2");
    await Promise.all(Array.from({ length: 5 }, () => sendNotification(world.ports, other)));
    expect(world.mails).toEqual(["n1", "n2"]);
  });

  it("however often and however late its message comes", async () => {
    const world = new NotifyWorld();
    const message = world.add("n1");
    world.enqueue(message, message, message);
    await world.settle(3);
    world.now += 40 * 86_400_000;
    expect(await sendNotification(world.ports, message)).toBe("done");
    expect(world.mails).toEqual(["n1"]);
  });

  it("wherever its sender dies: one, but between acceptance and record, where it is one or two, and never none", async () => {
    const alive = new NotifyWorld();
    alive.enqueue(alive.add("n1"));
    await alive.settle();
    const awaits = alive.awaits;
    expect(awaits).toBeGreaterThanOrEqual(5);
    const counts: Record<string, number> = {};
    for (let at = 1; at <= awaits; at++)
      for (const after of [false, true]) {
        const world = new NotifyWorld();
        world.killAt = [{ await: at, after }];
        world.enqueue(world.add("n1"));
        await world.settle();
        expect(world.state("n1")).toBe("sent");
        counts[`${at}${after ? " after" : " before"}`] = world.count("n1");
      }
    // Two where the mail was accepted and that was not yet written: after the sending, and before the record. (After the record it is known.)
    expect(Object.entries(counts).flatMap(([at, count]) => (count === 1 ? [] : [`${at}: ${count}`]))).toEqual([
      `${awaits - 1} after: 2`,
      `${awaits} before: 2`,
    ]);
  });

  it("is given up when its senders have died twice in the middle, and says that it may have come", async () => {
    for (const [first, second, mails] of [
      [false, false, 0],
      [true, false, 1],
      [true, true, 2],
    ] as const) {
      const world = new NotifyWorld();
      world.enqueue(world.add("n1"));
      // The fifth await of each run is the sending.
      world.killAt = [
        { await: 5, after: first },
        { await: 10, after: second },
      ];
      await world.settle();
      expect(world.items.get("n1")).toMatchObject({ state: "failed", lost: 2, reason: expect.stringContaining("twice") });
      expect(world.count("n1")).toBe(mails);
    }
  });

  it("is sent once more, at most, when nobody knows what came of it", async () => {
    const world = new NotifyWorld();
    world.enqueue(world.add("n1"));
    world.refuse = () => new Error("socket hang up");
    await world.receive();
    expect(world.items.get("n1")).toMatchObject({ state: "sending", attempt: 1 });
    world.refuse = null;
    await world.settle();
    expect(world.items.get("n1")).toMatchObject({ state: "sent", attempt: 2, lost: 1 });
  });

  it("is left to whoever is sending it", async () => {
    const world = new NotifyWorld();
    const message = world.add("n1", { state: "sending", attempt: 1, claimedAt: T0 });
    world.now += CLAIM_MS - 1;
    expect(await sendNotification(world.ports, message)).toBe("again");
    expect(world.mails).toEqual([]);
    world.now += 1;
    expect(await sendNotification(world.ports, message)).toBe("done");
    expect(world.mails).toEqual(["n1"]);
  });

  it("is not recorded by a sender that came to life again after another had taken it up", async () => {
    const world = new NotifyWorld();
    const message = world.add("n1");
    const { send } = world.sender;
    let frozen = true;
    world.sender.send = async (...all) => {
      await send(...all);
      if (!frozen) return;
      frozen = false;
      world.now += CLAIM_MS;
      await sendNotification(world.ports, message);
      world.now += 5000;
    };
    await sendNotification(world.ports, message);
    expect(world.items.get("n1")).toMatchObject({ state: "sent", attempt: 2, updatedAt: T0 + CLAIM_MS });
  });
});

describe("a refusal", () => {
  it("that passes is tried again, and is no mail less", async () => {
    const world = new NotifyWorld();
    world.enqueue(world.add("n1"));
    let refusals = 12;
    world.refuse = () => {
      if (--refusals === 0) world.refuse = null;
      return new Refused("Throttling", false);
    };
    await world.settle();
    expect(world.mails).toEqual(["n1"]);
    expect(world.items.get("n1")).toMatchObject({ state: "sent", lost: 0 });
    expect(world.dead.length).toBeGreaterThan(0);
  });

  it("that passes not in three days is the end, with its reason", async () => {
    const world = new NotifyWorld();
    world.enqueue(world.add("n1"));
    world.refuse = () => new Refused("Throttling", false);
    await world.settle();
    expect(world.items.get("n1")).toMatchObject({ state: "failed", reason: "for three days: Throttling", lost: 0 });
    expect(world.now - T0).toBeGreaterThanOrEqual(GIVE_UP_MS);
  });

  it("for good is the end at once", async () => {
    const world = new NotifyWorld();
    world.refuse = () => new Refused("the address is none", true);
    expect(await sendNotification(world.ports, world.add("n1"))).toBe("done");
    expect(world.items.get("n1")).toMatchObject({ state: "failed", reason: "the address is none", deliveryMethod: "sns" });
  });
});

describe("no mail", () => {
  it("is sent to whoever has not confirmed: it is skipped and says so, and is not sent", async () => {
    const world = new NotifyWorld();
    world.recipient = { skip: "the subscription is not confirmed" };
    expect(await sendNotification(world.ports, world.add("n1"))).toBe("done");
    expect(world.items.get("n1")).toMatchObject({ state: "skipped", reason: "the subscription is not confirmed", deliveryMethod: null });
    expect(world.mails).toEqual([]);
  });

  it("is sent of a kind that its user has switched off", async () => {
    const world = new NotifyWorld();
    world.preferences = { ...world.preferences, "budget-threshold": false };
    await sendNotification(world.ports, world.add("n1"));
    expect(world.state("n1")).toBe("skipped");
    expect(world.mails).toEqual([]);
  });

  it("is sent of what this version can't read: that failed, with its reason", async () => {
    for (const change of [{ kind: "from-the-future" }, { kind: "constructor" }, { data: { v: 2 } }, { data: {} }]) {
      const world = new NotifyWorld();
      expect(await sendNotification(world.ports, world.add("n1", change))).toBe("done");
      expect(world.items.get("n1")).toMatchObject({ state: "failed", reason: expect.stringContaining("can't read it") });
      expect(world.mails).toEqual([]);
    }
  });

  it("comes of a message whose item is gone", async () => {
    const world = new NotifyWorld();
    expect(await sendNotification(world.ports, { v: 1, userId: "ann", id: "none" })).toBe("done");
  });
});

describe("poison", () => {
  it("goes to the dead letters, is left as it is, and holds up nobody else's mail", async () => {
    const world = new NotifyWorld();
    world.enqueue(world.add("bad", { v: 2 as 1 }), world.add("good"));
    for (let i = 0; i < 6; i++) {
      await world.receive();
      world.now += 180_000;
    }
    expect(world.mails).toEqual(["good"]);
    expect(world.dead).toEqual([{ v: 1, userId: "ann", id: "bad" }]);
    expect(world.items.get("bad")).toMatchObject({ v: 2, state: "queued", attempt: 0 });
  });

  it("is every item of another form", () => {
    const item = {
      ...new NotifyWorld().items.get("x"),
      v: 1,
      userId: "ann",
      id: "n",
      kind: "k",
      data: {},
      language: "en",
      state: "queued",
      attempt: 0,
      lost: 0,
      createdAt: 1,
      updatedAt: 1,
    };
    expect(parseNotification(item)).toMatchObject({ readAt: null, to: null, reason: null, claimedAt: null });
    for (const [name, value] of [
      ["v", 2],
      ["userId", undefined],
      ["data", []],
      ["data", null],
      ["state", "posted"],
      ["attempt", "1"],
      ["createdAt", Number.NaN],
      ["readAt", "yesterday"],
      ["reason", 5],
    ] as const)
      expect(() => parseNotification({ ...item, [name]: value }), `${name}: ${String(value)}`).toThrow(UnknownNotification);
  });

  it("is every message of another form", () => {
    expect(readMessage({ v: 1, userId: "ann", id: "n" })).toEqual({ v: 1, userId: "ann", id: "n" });
    for (const value of [null, "x", 5, [], {}, { v: 2, userId: "ann", id: "n" }, { v: 1, userId: "", id: "n" }, { v: 1, userId: "ann" }])
      expect(readMessage(value)).toBeNull();
  });
});

describe("what a stream or a queue lost", () => {
  it("is asked for again after 15 minutes, and once in 15 minutes", async () => {
    const world = new NotifyWorld();
    world.add("n1");
    world.now += 15 * 60_000;
    expect(await world.sweep()).toBe(0);
    world.now += 1;
    expect(await world.sweep()).toBe(1);
    expect(await world.sweep()).toBe(0);
    await world.receive();
    expect(world.mails).toEqual(["n1"]);
    world.now += 60 * 60_000;
    expect(await world.sweep()).toBe(0);
  });
});

describe("many at once", () => {
  it("in any order, doubled, with senders that die here and there: each once, or twice where a sender died after the mail was accepted", async () => {
    const world = new NotifyWorld();
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const messages = Array.from({ length: 300 }, (_, i) => world.add(`n${i}`));
    const doubled = [...messages, ...messages.filter(() => random() < 0.3)].sort(() => random() - 0.5);
    world.killAt = Array.from({ length: 60 }, () => ({ await: 1 + Math.floor(random() * 1500), after: random() < 0.5 }));
    world.enqueue(...doubled);
    await world.settle(10);
    const doubles = messages.filter(({ id }) => world.count(id) === 2).length;
    for (const { id } of messages) {
      expect(world.count(id), id).toBeGreaterThanOrEqual(world.state(id) === "sent" ? 1 : 0);
      expect(world.count(id), id).toBeLessThanOrEqual(2);
    }
    expect(messages.filter(({ id }) => world.state(id) !== "sent").length).toBeLessThanOrEqual(2);
    expect(doubles).toBeLessThanOrEqual(60);
  });
});
