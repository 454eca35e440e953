import { describe, expect, it } from "vitest";
import { clear, type Inspected, inspect } from "../../src/receipts/inspect.ts";
import { receiptKey, uploadKey } from "../../src/receipts/place.ts";
import { beginningOf, Killed, Memory, newReceipt } from "./files.ts";

const receipt = newReceipt();
const upload = uploadKey(receipt);
const kept = receiptKey(receipt, "image/png");
const good = beginningOf("image/png");
const liar = Buffer.from("<!doctype html><script>alert(1)</script>");

const portsOf = (memory: Memory, now = 2000) => ({ files: memory.files, receipts: memory.receipts, now: () => now });

function world(...bodies: Uint8Array[]): { memory: Memory; versions: string[] } {
  const memory = new Memory();
  memory.set(receipt);
  return { memory, versions: bodies.map((body) => memory.put(upload, body)) };
}

/** Ready, with the one version that the item names in its place, byte for byte; nothing waits any more. */
function expectReady(memory: Memory, body: Uint8Array) {
  const found = memory.of(receipt);
  expect(found).toMatchObject({ state: "ready", key: kept, size: body.length, reason: null, expiresAt: null });
  const versions = memory.bucket.get(kept) ?? [];
  expect(versions.find(({ versionId }) => versionId === found?.versionId)?.body).toEqual(body);
  expect(memory.bucket.get(upload) ?? []).toEqual([]);
}

describe("an upload", () => {
  it("becomes the receipt: that version is copied, the item says where, and the upload goes", async () => {
    const { memory, versions } = world(good);
    expect(await inspect(portsOf(memory), upload, versions[0] ?? "")).toBe("ready");
    expectReady(memory, good);
    expect(memory.bucket.get(kept)).toHaveLength(1);
  });

  it("that lies is refused in a sentence, is never copied, and goes", async () => {
    const { memory, versions } = world(liar);
    expect(await inspect(portsOf(memory), upload, versions[0] ?? "")).toBe("refused");
    expect(memory.of(receipt)).toMatchObject({
      state: "refused",
      reason: "lunch.png is not a PNG image, whatever its name says. A receipt may be a JPEG, PNG or GIF image or a PDF document.",
    });
    expect(memory.keys()).toEqual([]);
  });

  it("is judged version by version: what is put over it meanwhile changes nothing", async () => {
    const { memory, versions } = world(good, liar);
    await inspect(portsOf(memory), upload, versions[0] ?? "");
    expect(memory.of(receipt)).toMatchObject({ state: "ready" });
    await inspect(portsOf(memory), upload, versions[1] ?? "");
    expectReady(memory, good);
    expect(memory.bucket.get(kept)).toHaveLength(1);
  });

  it("without a version is the newest one", async () => {
    const { memory } = world(liar, good);
    expect(await inspect(portsOf(memory), upload, null)).toBe("ready");
    expect((memory.bucket.get(upload) ?? []).map(({ versionId }) => versionId)).toEqual(["v1"]);
  });

  it("that nobody awaits is thrown away: unknown, expired, ready already or leaving", async () => {
    for (const [change, what] of [
      [null, "not awaited"],
      [{ expiresAt: 2000 }, "not awaited"],
      [{ state: "leaving" }, "not awaited"],
      [{ state: "ready", versionId: "old" }, "ready already"],
    ] as const) {
      const memory = new Memory();
      if (change !== null) memory.set({ ...receipt, ...change });
      memory.put(upload, good);
      expect(await inspect(portsOf(memory), upload, "v1")).toBe(what);
      expect(memory.keys()).toEqual([]);
    }
    const memory = new Memory();
    expect(await inspect(portsOf(memory), upload, "v1")).toBe("gone");
    expect(await inspect(portsOf(memory), "uploads/ann/else", "v1")).toBe("not an upload");
    expect(await inspect(portsOf(memory), kept, "v1")).toBe("not an upload");
  });

  it("that is deleted by its user while it is looked at leaves nothing behind", async () => {
    const { memory } = world(good);
    const ports = portsOf(memory);
    const files = {
      ...ports.files,
      keep: async (...args: Parameters<typeof ports.files.keep>) => {
        await memory.receipts.leave(receipt);
        return ports.files.keep(...args);
      },
    };
    expect(await inspect({ ...ports, files }, upload, "v1")).toBe("not awaited");
    expect(memory.bucket.get(kept)).toEqual([]);
    expect(memory.of(receipt)).toMatchObject({ state: "leaving" });
  });
});

/** Runs to the end of a look that is never cut off: how many awaits there are. */
async function awaitsOf(...bodies: Uint8Array[]): Promise<number> {
  const { memory } = world(...bodies);
  await inspect(portsOf(memory), upload, "v1");
  return memory.calls;
}

describe("killed at any await, before or after its effect, and called again", () => {
  it.each([
    ["a good file", good],
    ["a liar", liar],
  ])("%s comes to the same end", async (_, body) => {
    const awaits = await awaitsOf(body);
    expect(awaits).toBeGreaterThanOrEqual(4);
    for (let call = 1; call <= awaits; call++) {
      for (const after of [false, true]) {
        const { memory } = world(body);
        memory.killAt = { call, after };
        await expect(inspect(portsOf(memory), upload, "v1")).rejects.toBeInstanceOf(Killed);
        memory.killAt = null;
        // Lambda's own retry, and one more that comes late.
        await inspect(portsOf(memory), upload, "v1");
        await inspect(portsOf(memory), upload, "v1");
        if (body === good) expectReady(memory, good);
        else {
          expect(memory.of(receipt)).toMatchObject({ state: "refused" });
          expect(memory.keys()).toEqual([]);
        }
      }
    }
  });

  it("with a rival that runs between any two awaits, one version is served and no look fails", async () => {
    const awaits = await awaitsOf(good);
    for (let call = 1; call <= awaits; call++) {
      const { memory } = world(good);
      const ports = portsOf(memory);
      let rival: Promise<Inspected> | null = null;
      const files = Object.fromEntries(
        Object.entries(ports.files).map(([name, run]) => [
          name,
          async (...args: never[]) => {
            if (memory.calls + 1 === call) rival = inspect(ports, upload, "v1");
            await rival;
            return (run as (...args: never[]) => Promise<unknown>)(...args);
          },
        ]),
      ) as unknown as typeof ports.files;
      await inspect({ ...ports, files }, upload, "v1");
      await rival;
      expectReady(memory, good);
      expect(memory.bucket.get(kept)).toHaveLength(1);
    }
  });

  it("two looks at the same moment serve one version, and the other's copy goes", async () => {
    const { memory } = world(good);
    await Promise.all([1, 2, 3].map(() => inspect(portsOf(memory), upload, "v1")));
    expectReady(memory, good);
    expect(memory.bucket.get(kept)).toHaveLength(1);
  });

  it("a liar and then a good file, in either order, end as the good file", async () => {
    for (const order of [
      ["v1", "v2"],
      ["v2", "v1"],
    ]) {
      const { memory } = world(liar, good);
      for (const version of order) await inspect(portsOf(memory), upload, version);
      expectReady(memory, good);
    }
  });

  it("and deleted by its user at any of these moments, nothing of it is left", async () => {
    const awaits = await awaitsOf(good);
    for (let call = 1; call <= awaits; call++) {
      for (const after of [false, true]) {
        const { memory } = world(good);
        memory.killAt = { call, after };
        await expect(inspect(portsOf(memory), upload, "v1")).rejects.toBeInstanceOf(Killed);
        memory.killAt = null;
        await memory.receipts.leave(receipt);
        await clear(portsOf(memory), receipt);
        await inspect(portsOf(memory), upload, "v1");
        expect([memory.keys(), memory.items.size]).toEqual([[], 0]);
      }
    }
  });

  it("a file that may lie in its place is never forgotten with its item: what is cut off for good stays to be swept", async () => {
    const awaits = await awaitsOf(good);
    for (let call = 1; call <= awaits; call++) {
      const { memory } = world(good);
      memory.killAt = { call, after: true };
      await expect(inspect(portsOf(memory), upload, "v1")).rejects.toBeInstanceOf(Killed);
      if (memory.keys().includes(kept)) expect(memory.of(receipt)?.expiresAt).toBe(null);
    }
  });

  it("a deletion takes every version and then the item", async () => {
    for (let call = 1; call <= 3; call++) {
      for (const after of [false, true]) {
        const memory = new Memory();
        memory.set({ ...receipt, state: "leaving" });
        memory.put(kept, good);
        memory.put(kept, good);
        memory.killAt = { call, after };
        await expect(clear(portsOf(memory), receipt)).rejects.toBeInstanceOf(Killed);
        memory.killAt = null;
        await clear(portsOf(memory), receipt);
        expect([memory.keys(), memory.items.size]).toEqual([[], 0]);
      }
    }
  });

  it("a deletion of what is not leaving deletes nothing", async () => {
    const memory = new Memory();
    memory.set({ ...receipt, state: "ready" });
    memory.put(kept, good);
    await clear(portsOf(memory), receipt);
    expect(memory.of(receipt)).toMatchObject({ state: "ready" });
    expect(memory.keys()).toEqual([kept]);
  });
});
