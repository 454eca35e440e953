/** Files and receipts for tests: small real beginnings, and ports in memory that die at a chosen await. */
import type { ContentType } from "../../src/receipts/file-type.ts";
import type { Owned } from "../../src/receipts/place.ts";
import type { Files, ReceiptStore } from "../../src/receipts/ports.ts";
import type { Receipt } from "../../src/receipts/receipt.ts";

const beginnings: Record<ContentType, string> = {
  "image/jpeg": "ffd8ffe000104a46494600010100000100010000",
  "image/png": "89504e470d0a1a0a0000000d4948445200000001",
  "application/pdf": "255044462d312e370a25e2e3cfd30a",
  "image/gif": "47494638396101000100800000",
};
export const beginningOf = (type: ContentType): Buffer => Buffer.from(beginnings[type], "hex");

export const newReceipt = (change: Partial<Receipt> = {}): Receipt => ({
  userId: "ann",
  id: "019aa5d0-0c44-7a55-b7de-3f1c2a9b8d70",
  fileName: "lunch.png",
  contentType: "image/png",
  size: 20,
  state: "awaiting",
  reason: null,
  key: null,
  versionId: null,
  createdAt: 1000,
  expiresAt: 172_801_000,
  attachedAt: null,
  requestHash: null,
  ...change,
});

export class Killed extends Error {
  override readonly name = "Killed";
}

/** A bucket and a table in memory. The `killAt`-th call dies, before or after its effect. */
export class Memory {
  /** Versions by key, oldest first. */
  readonly bucket = new Map<string, { versionId: string; body: Uint8Array }[]>();
  readonly items = new Map<string, Receipt>();
  calls = 0;
  killAt: { call: number; after: boolean } | null = null;
  #versions = 0;

  put(key: string, body: Uint8Array): string {
    const versionId = `v${++this.#versions}`;
    this.bucket.set(key, [...(this.bucket.get(key) ?? []), { versionId, body }]);
    return versionId;
  }

  keys(): string[] {
    return [...this.bucket].filter(([, versions]) => versions.length > 0).map(([key]) => key);
  }

  of = (owned: Owned): Receipt | undefined => this.items.get(`${owned.userId} ${owned.id}`);
  set = (receipt: Receipt): void => void this.items.set(`${receipt.userId} ${receipt.id}`, receipt);

  async #step<T>(effect: () => T): Promise<T> {
    const call = ++this.calls;
    if (this.killAt?.call === call && !this.killAt.after) throw new Killed("before");
    await null;
    const result = effect();
    if (this.killAt?.call === call) throw new Killed("after");
    return result;
  }

  readonly files: Files = {
    look: (key, versionId) =>
      this.#step(() => {
        const versions = this.bucket.get(key) ?? [];
        const found = versionId === null ? versions.at(-1) : versions.find((version) => version.versionId === versionId);
        return found === undefined ? null : { first: found.body.subarray(0, 16), size: found.body.length, versionId: found.versionId };
      }),
    keep: (from, to) =>
      this.#step(() => {
        const found = this.bucket.get(from.key)?.find((version) => version.versionId === from.versionId);
        return found === undefined ? null : this.put(to, found.body);
      }),
    drop: (key, versionId) =>
      this.#step(() => {
        this.bucket.set(
          key,
          (this.bucket.get(key) ?? []).filter((version) => version.versionId !== versionId),
        );
      }),
    dropAll: (key) => this.#step(() => void this.bucket.delete(key)),
  };

  #change(owned: Owned, from: readonly Receipt["state"][], change: Partial<Receipt>, allowed: (receipt: Receipt) => boolean = () => true) {
    return this.#step(() => {
      const receipt = this.of(owned);
      if (receipt === undefined || !from.includes(receipt.state) || !allowed(receipt)) return false;
      this.set({ ...receipt, ...change });
      return true;
    });
  }

  readonly receipts: ReceiptStore = {
    read: (owned) => this.#step(() => this.of(owned) ?? null),
    hold: (owned) => this.#change(owned, ["awaiting", "refused"], { expiresAt: null }),
    ready: (owned, file) => this.#change(owned, ["awaiting", "refused"], { ...file, state: "ready", reason: null, expiresAt: null }),
    refuse: (owned, reason) => this.#change(owned, ["awaiting", "refused"], { state: "refused", reason }),
    leave: (owned, condition) =>
      this.#change(
        owned,
        ["awaiting", "ready", "refused", "leaving"],
        { state: "leaving" },
        ({ attachedAt }) => condition === undefined || attachedAt === null,
      ),
    forget: (owned) =>
      this.#step(() => {
        if (this.of(owned)?.state !== "leaving") return false;
        return this.items.delete(`${owned.userId} ${owned.id}`);
      }),
  };
}
