import { describe, expect, it } from "vitest";
import { createApi } from "../../src/console/api.ts";
import { createLedger } from "../../src/console/ledger.ts";
import type { HistoryItem } from "../../src/console/types.ts";

interface Sent {
  path: string;
  headers: Record<string, string>;
}

function setUp(answers: (() => Response | Promise<Response>)[], refreshes: boolean) {
  const sent: Sent[] = [];
  const state = { token: "t1", signedOut: 0, refreshed: 0 };
  const api = createApi({
    base: "",
    token: () => state.token,
    refresh: async () => {
      state.refreshed += 1;
      if (refreshes) state.token = "t2";
      return refreshes;
    },
    signedOut: () => {
      state.signedOut += 1;
    },
    heard: () => {},
    fetch: async (address, init) => {
      sent.push({ path: String(address), headers: { ...(init?.headers as Record<string, string>) } });
      const next = answers.shift();
      if (!next) throw new TypeError("no network");
      return next();
    },
  });
  return { api, sent, state };
}

const unauthorized = () => new Response('{"message":"Unauthorized"}', { status: 401 });

describe("a call of the API", () => {
  it("says that it is background when it is, and only then", async () => {
    const { api, sent } = setUp([() => new Response("{}"), () => new Response("{}")], false);
    await api("GET", "/database", { background: true });
    await api("POST", "/expenses", { body: {} });
    expect(sent[0]?.headers["dormouse-background"]).toBe("?1");
    expect(sent[1]?.headers["dormouse-background"]).toBeUndefined();
    expect(sent[1]?.headers["content-type"]).toBe("application/json");
  });
  it("renews an expired token once and goes on", async () => {
    const { api, sent, state } = setUp([unauthorized, () => new Response('{"a":1}')], true);
    expect(await api("GET", "/database")).toEqual({ a: 1 });
    expect(sent.map(({ headers }) => headers.authorization)).toEqual(["Bearer t1", "Bearer t2"]);
    expect(state.signedOut).toBe(0);
  });
  it("asks for a sign-in when renewing does not help, without trying again and again", async () => {
    const first = setUp([unauthorized], false);
    await expect(first.api("GET", "/database")).rejects.toThrow("Unauthorized. Please sign in.");
    expect(first.state).toMatchObject({ signedOut: 1, refreshed: 1 });
    const second = setUp([unauthorized, unauthorized], true);
    await expect(second.api("GET", "/database")).rejects.toThrow("Please sign in.");
    expect(second.state).toMatchObject({ signedOut: 1, refreshed: 1 });
    expect(second.sent).toHaveLength(2);
  });
  it("says that nothing answered when nothing did", async () => {
    const { api } = setUp([], false);
    await expect(api("GET", "/database")).rejects.toThrow("can't be reached");
  });
});

describe("the ledger in the page", () => {
  const item = (n: number): HistoryItem => ({
    at: new Date(n * 60_000).toISOString(),
    from: "asleep",
    phase: "waking",
    action: "start",
    code: "wake",
    cause: "button",
    by: "ann",
    reason: String(n),
    rdsStatus: "stopped",
    lastedSeconds: 1,
  });
  const serve = (all: HistoryItem[], pageSize: number) => async (_method: string, path: string) => {
    const from = Number(new URL(path, "http://x").searchParams.get("cursor") ?? "0");
    return { items: all.slice(from, from + pageSize), next: from + pageSize < all.length ? String(from + pageSize) : null };
  };
  it("joins new entries on, without doubling what it has", async () => {
    const all = [3, 2, 1].map(item);
    const ledger = createLedger(serve(all, 3));
    expect(await ledger.refresh()).toBe(true);
    expect(await ledger.refresh()).toBe(false);
    all.unshift(item(4));
    expect(await ledger.refresh()).toBe(true);
    expect(ledger.items().map(({ reason }) => reason)).toEqual(["4", "3", "2", "1"]);
  });
  it("begins anew when so much happened that a gap might lie between", async () => {
    const all = [3, 2, 1].map(item);
    const ledger = createLedger(serve(all, 3));
    await ledger.refresh();
    all.unshift(...[8, 7, 6, 5, 4].map(item));
    await ledger.refresh();
    expect(ledger.items().map(({ reason }) => reason)).toEqual(["8", "7", "6"]);
    await ledger.back(() => false, true);
    expect(ledger.items().map(({ reason }) => reason)).toEqual(["8", "7", "6", "5", "4", "3", "2", "1"]);
    expect(ledger.more()).toBe(false);
  });
  it("loads only as far back as is enough", async () => {
    const ledger = createLedger(serve([6, 5, 4, 3, 2, 1].map(item), 2));
    await ledger.refresh();
    await ledger.back(() => ledger.items().length >= 3, true);
    expect(ledger.items()).toHaveLength(4);
    expect(ledger.more()).toBe(true);
  });
});
