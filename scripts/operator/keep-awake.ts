/**
 * Keeps a database awake for an operator's work: a hold, written where the API writes it, and a wake when it sleeps. The hold has an end, so that an
 * operator who is cut off leaves nothing behind that lasts.
 */
import type { CallerStore, ReconcileEvent } from "../../src/lifecycle/ports.ts";
import type { DatabaseState, Hold } from "../../src/lifecycle/state.ts";

export interface AwakePorts {
  store: CallerStore;
  kick(event: ReconcileEvent): Promise<void>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects when the operator breaks off. */
  sleep(ms: number): Promise<void>;
  newId(): string;
  /** A line for the operator. */
  say(line: string): void;
}

export interface Wanted {
  databaseId: string;
  /** Of the deployment: in `watch` Dormouse starts nothing. */
  mode: string;
  holdMs: number;
  /** After this without success the wake is given up. */
  wakeMs: number;
  by: string;
  reason: string;
}

export interface Kept {
  until: number;
  /** Gives the hold back: nothing that somebody else has set since is touched. Safe to call twice. */
  release(): Promise<void>;
}

const LOOK_MS = 3000;
/** A wake that nobody works on is called for again after this. */
const KICK_MS = 30_000;

const iso = (at: number) => new Date(at).toISOString();
const live = (hold: Hold | null, now: number): Hold | null => (hold !== null && hold.until > now ? hold : null);
const same = (a: Hold | null, b: Hold): boolean => a !== null && a.by === b.by && a.until === b.until && a.reason === b.reason;

/** Holds, and waits until the database serves. Throws an Error with a sentence for the operator; then nothing of it is left. */
export async function keepAwake(ports: AwakePorts, wanted: Wanted): Promise<Kept> {
  const { store, now, say } = ports;
  const { databaseId, by, reason } = wanted;
  const before = await store.read(databaseId);
  if (wanted.mode === "watch") {
    if (before?.serving) return { until: now() + wanted.holdMs, release: async () => {} };
    throw new Error(`Dormouse only watches this database (mode "watch") and starts nothing: start ${databaseId} in RDS yourself, then run this again`);
  }
  const earlier = live(before?.hold ?? null, now());
  const mine: Hold = { until: now() + wanted.holdMs, by, reason };
  if (earlier !== null && earlier.until >= mine.until) {
    say(`${databaseId} is held until ${iso(earlier.until)} by ${earlier.by} already`);
    await untilServing(ports, wanted, before);
    return { until: earlier.until, release: async () => {} };
  }
  let released = false;
  const release = async (): Promise<void> => {
    if (released) return;
    const state = await store.read(databaseId);
    if (same(state?.hold ?? null, mine)) {
      // What was held before, by somebody else, is held again.
      const again = live(earlier, now());
      if (again === null || !(await store.hold(databaseId, again, null))) await store.unhold(databaseId, now());
      await ports.kick({ databaseId, cause: { kind: "release", by } }).catch(() => {});
    }
    released = true;
  };
  try {
    if (!(await store.hold(databaseId, mine, null))) {
      const at = now();
      await store.hold(databaseId, mine, { id: ports.newId(), by, cause: "hold", at, expiresAt: at + wanted.wakeMs });
    }
    await untilServing(ports, wanted, before);
    return { until: mine.until, release };
  } catch (error) {
    await release().catch((failure: unknown) => say(`the hold could not be released and ends by itself at ${iso(mine.until)}: ${String(failure)}`));
    throw error;
  }
}

async function untilServing({ store, kick, now, sleep, say }: AwakePorts, { databaseId, by, wakeMs }: Wanted, before: DatabaseState | null): Promise<void> {
  const since = now();
  const until = since + wakeMs;
  const oldAttention = before?.attention?.since ?? null;
  let said = "";
  let kickedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const state = await store.read(databaseId);
    if (state?.serving) return;
    const line = state === null ? `${databaseId}: nobody has looked at it yet` : `${databaseId} is ${state.phase} (RDS: ${state.rdsStatus}): ${state.reason}`;
    if (line !== said) say(line);
    said = line;
    const { attention } = state ?? {};
    if (attention?.code === "wake-expired" && attention.since !== oldAttention) throw new Error(`${attention.what} ${attention.doThis}`);
    if (now() >= until) throw new Error(`${databaseId} did not wake within ${Math.round(wakeMs / 60_000)} minutes; the console's history says what happened`);
    if (now() - kickedAt >= KICK_MS) {
      kickedAt = now();
      await kick({ databaseId, cause: { kind: "hold", by } });
    }
    await sleep(LOOK_MS);
  }
}
