/** A queue that delivers at least once, a table that checks conditions, a mailbox, and senders that die: in virtual time. */
import type { DatabaseState } from "../../src/lifecycle/state.ts";
import { applyWrite, type StateWrite } from "../../src/lifecycle/writes.ts";
import { defaultPreferences, type Preferences } from "../../src/notifications/kinds.ts";
import { askForLost, LOST_AFTER_MS, messageOf } from "../../src/notifications/lost.ts";
import { type NotificationItem, newItem, parseNotification } from "../../src/notifications/notification.ts";
import { type NotifyMessage, type Recipient, type Sender, type SendPorts, sendNotification } from "../../src/notifications/send.ts";

export const T0 = Date.UTC(2026, 10, 21, 12);
const VISIBILITY_MS = 180_000;
const RECEIVES = 5;

export class Killed extends Error {
  override name = "Killed";
}

export const threshold = {
  v: 1,
  budgetId: "b1",
  name: "Groceries",
  categoryId: null,
  threshold: 80,
  from: "2026-11-01",
  to: "2026-11-30",
  currency: "EUR",
  amount: "300.00",
  carried: "0.00",
  effective: "300.00",
  spent: "249.00",
  percent: 83,
  unconverted: [],
};

interface Waiting {
  message: NotifyMessage;
  visibleAt: number;
  receives: number;
}

export class NotifyWorld {
  now = T0;
  readonly items = new Map<string, NotificationItem>();
  queue: Waiting[] = [];
  readonly dead: NotifyMessage[] = [];
  /** Ids of the mails that were accepted. */
  readonly mails: string[] = [];
  preferences: Preferences = defaultPreferences;
  recipient: Recipient | { skip: string } = { address: "ann@example.com" };
  /** What sending does instead of accepting; null: it accepts. */
  refuse: (() => Error) | null = null;
  /** The answer to each write is lost: the client sends it again, and its own first one refuses that. */
  answersLost = false;
  private tokens = 0;
  awaits = 0;
  /** The sender dies at each of these awaits, before or after its effect. */
  killAt: { await: number; after: boolean }[] = [];

  add(id: string, change: Partial<NotificationItem> = {}): NotifyMessage {
    this.items.set(id, { ...newItem({ userId: "ann", id, kind: "budget-threshold", data: threshold, language: "en" }, this.now, this.now), ...change });
    return messageOf({ userId: "ann", id });
  }

  enqueue(...messages: NotifyMessage[]): void {
    this.queue.push(...messages.map((message) => ({ message, visibleAt: this.now, receives: 0 })));
  }

  private async step<T>(effect: () => T): Promise<T> {
    const at = ++this.awaits;
    const kill = this.killAt.find((one) => one.await === at);
    if (kill && !kill.after) throw new Killed();
    await null;
    const result = effect();
    if (kill) throw new Killed();
    return result;
  }

  private write(id: string, write: StateWrite): boolean {
    const after = applyWrite((this.items.get(id) ?? null) as unknown as DatabaseState | null, write);
    if (after === null) return false;
    this.items.set(id, after as unknown as NotificationItem);
    return true;
  }

  readonly sender: Sender = {
    method: "sns",
    recipient: () => this.step(() => this.recipient),
    send: ({ id }) =>
      this.step(() => {
        if (this.refuse) throw this.refuse();
        this.mails.push(id);
      }),
  };

  readonly ports: SendPorts = {
    store: {
      read: (_, id) => this.step(() => (this.items.has(id) ? parseNotification({ ...this.items.get(id) }) : null)),
      write: ({ id }, write) =>
        this.step(() => {
          const isTaken = this.write(id, write);
          return this.answersLost ? this.write(id, write) : isTaken;
        }),
    },
    preferences: () => this.step(() => this.preferences),
    sender: this.sender,
    now: () => this.now,
    newToken: () => `token-${this.tokens++}`,
    report: () => {},
  };

  /** Takes what is visible, all at once in no more than `abreast` senders; what fails comes again after the visibility timeout. */
  async receive(abreast = 1): Promise<void> {
    const visible = this.queue.filter(({ visibleAt }) => visibleAt <= this.now);
    const one = async (waiting: Waiting) => {
      waiting.receives++;
      waiting.visibleAt = this.now + VISIBILITY_MS;
      const answer = await sendNotification(this.ports, waiting.message).catch(() => "again" as const);
      if (answer === "done") this.queue = this.queue.filter((other) => other !== waiting);
      else if (waiting.receives >= RECEIVES) {
        this.queue = this.queue.filter((other) => other !== waiting);
        this.dead.push(waiting.message);
      }
    };
    for (let i = 0; i < visible.length; i += abreast) await Promise.all(visible.slice(i, i + abreast).map(one));
  }

  /** Whatever is lost is found again, until everything is settled. */
  async settle(abreast = 1): Promise<void> {
    for (let round = 0; round < 5000; round++) {
      await this.receive(abreast);
      if ([...this.items.values()].every(({ queued }) => queued === undefined)) return;
      const next = Math.min(...this.queue.map(({ visibleAt }) => visibleAt), this.now + LOST_AFTER_MS);
      this.now = Math.max(this.now + 1000, next);
      await this.sweep();
    }
    throw new Error("it does not come to an end");
  }

  async sweep(): Promise<number> {
    const kills = this.killAt;
    this.killAt = [];
    const asked = await askForLost({
      store: {
        waiting: async (before, limit) =>
          [...this.items.values()]
            .filter(({ queued, at }) => queued === "1" && (at ?? 0) < before)
            .slice(0, limit)
            .map((item) => parseNotification({ ...item })),
        write: async ({ id }, write) => this.write(id, write),
      },
      enqueue: async (messages) => {
        this.enqueue(...messages);
        return [];
      },
      now: () => this.now,
    });
    this.killAt = kills;
    return asked;
  }

  state(id: string): string | undefined {
    return this.items.get(id)?.state;
  }
  count(id: string): number {
    return this.mails.filter((mail) => mail === id).length;
  }
}
