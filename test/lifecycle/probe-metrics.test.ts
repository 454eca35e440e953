/** The real reconciler with the probe by metrics, in virtual time: RDS's status, and counts of connections that come late, and not always. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { metricsProber } from "../../src/aws/metrics-prober.ts";
import { policyOf } from "../../src/lifecycle/policy.ts";
import type { ReconcileEvent } from "../../src/lifecycle/ports.ts";
import { presentDatabase } from "../../src/lifecycle/present.ts";
import { type Ports, reconcile } from "../../src/lifecycle/reconcile.ts";
import { type DatabaseState, initialState } from "../../src/lifecycle/state.ts";
import { applyWrite, create, wake } from "../../src/lifecycle/writes.ts";
import { Virtual } from "./virtual.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 10, 21, 9, 0, 20);
const LATE_MS = 90_000;
const settings = {
  mode: "manage",
  probe: "metrics",
  checkMinutes: 15,
  drainSeconds: 20,
  wakeTimeoutMinutes: 60,
  forcedStartGraceMinutes: 10,
  maxBackupAgeHours: 0,
} as const;

interface Session {
  from: number;
  to: number;
}

/** One instance, found running at START. `sessions` are connections that nobody told Dormouse of; `lost` minutes never get a value. */
class World {
  readonly time = new Virtual(START);
  readonly stops: number[] = [];
  status = "available";
  upSince = START - HOUR;
  upUntil = Number.POSITIVE_INFINITY;
  broken = false;
  item: DatabaseState | null = null;
  readonly codes = new Set<string>();
  readonly sessions: Session[];
  readonly lost: ReadonlySet<number>;
  readonly idleMinutes: number;
  private runs = 0;
  private timer = 0;

  constructor(sessions: Session[], lost: number[] = [], idleMinutes = 30) {
    this.sessions = sessions;
    this.lost = new Set(lost);
    this.idleMinutes = idleMinutes;
  }

  policy() {
    return policyOf({ ...settings, idleMinutes: this.idleMinutes });
  }

  counts(from: number, to: number) {
    if (this.broken) throw new Error("Rate exceeded");
    const minutes: { at: number; maximum: number }[] = [];
    for (let at = from; at < to && at + MINUTE + LATE_MS <= this.time.now; at += MINUTE) {
      if (at < this.upSince || at >= this.upUntil || this.lost.has(at)) continue;
      minutes.push({ at, maximum: this.sessions.filter((session) => session.from < at + MINUTE && session.to > at).length });
    }
    return { minutes };
  }

  ports(): Ports {
    const world = this;
    const { time } = this;
    return {
      store: {
        read: async () => structuredClone(world.item),
        async ensure(databaseId, now) {
          world.item = applyWrite(world.item, create(initialState(databaseId, now))) ?? world.item;
          return structuredClone(world.item) ?? initialState(databaseId, now);
        },
        async write(_, write) {
          const after = applyWrite(world.item, write);
          if (after !== null) world.item = after;
          return after !== null;
        },
      },
      instance: {
        describe: async () => ({ status: world.status, automaticRestartAt: null, backupWindow: null }),
        lastBackupAt: async () => null,
        maintenancePending: async () => false,
        async start() {
          world.status = "starting";
          time.at(time.now + 5 * MINUTE, () => {
            world.status = "available";
            world.upSince = time.now;
            world.upUntil = Number.POSITIVE_INFINITY;
          });
        },
        async stop() {
          world.stops.push(time.now);
          world.upUntil = time.now;
          world.status = "stopping";
          time.at(time.now + MINUTE, () => {
            world.status = "stopped";
          });
        },
      },
      prober: metricsProber({ now: () => time.now, counts: async ({ from, to }) => world.counts(from, to) }),
      timer: {
        async set(_, at) {
          const mine = ++world.timer;
          time.at(at, () => {
            if (mine === world.timer) world.call("timer");
          });
        },
      },
      hook: null,
      ledger: { append: async () => {} },
      run: { now: () => time.now, sleep: (ms) => time.sleep(ms), random: () => 0.5, newId: () => `run-${++world.runs}`, remainingMs: () => 500_000 },
      report: (what) => {
        if ("decision" in what) world.codes.add(what.decision.code);
      },
    };
  }

  call(kind: ReconcileEvent["cause"]["kind"]): void {
    void reconcile(this.ports(), this.policy(), { databaseId: "shop", cause: { kind, by: "test" } });
  }

  async run(hours: number): Promise<void> {
    for (let at = START; at < START + hours * HOUR; at += 15 * MINUTE) this.time.at(at, () => this.call("schedule"));
    await this.time.run(START + hours * HOUR, () => {});
  }
}

const at = (minutes: number) => START - 20_000 + minutes * MINUTE;

describe("a database that nobody may log in to", () => {
  it("serves by RDS's status alone, and sleeps when nobody was connected for the whole idle limit", async () => {
    const world = new World([]);
    world.time.at(START, () => world.call("look"));
    await world.run(2);
    expect(world.stops).toHaveLength(1);
    expect((world.stops[0] ?? 0) - START).toBeGreaterThanOrEqual(30 * MINUTE);
    expect((world.stops[0] ?? 0) - START).toBeLessThan(36 * MINUTE);
    expect(world.item).toMatchObject({ phase: "asleep", serving: false });
  });

  it("wakes without any data", async () => {
    const world = new World([]);
    world.status = "stopped";
    world.upUntil = START - HOUR;
    world.broken = true;
    world.time.at(START, () => world.call("schedule"));
    world.time.at(START + MINUTE, () => {
      const intent = { id: "w", by: "ann", cause: "button" as const, at: world.time.now, expiresAt: world.time.now + HOUR };
      world.item = world.item && applyWrite(world.item, wake(intent));
      world.call("button");
    });
    await world.run(0.25);
    expect(world.item).toMatchObject({ phase: "awake", serving: true, wake: null });
    expect(presentDatabase(world.item ?? initialState("shop", 0), world.policy(), world.time.now).verified).toBe(false);
  });

  it("is told apart from one that was looked into", () => {
    const view = presentDatabase(initialState("shop", START), policyOf({ ...settings, probe: "inside", idleMinutes: 30 }), START);
    expect(view.verified).toBe(true);
  });

  it("stays up as long as somebody is connected, and idle runs from their last minute", async () => {
    const world = new World([{ from: at(5), to: at(65) + 1 }]);
    await world.run(3);
    expect(world.stops).toHaveLength(1);
    expect((world.stops[0] ?? 0) - at(66)).toBeGreaterThanOrEqual(30 * MINUTE);
    expect((world.stops[0] ?? 0) - at(66)).toBeLessThan(38 * MINUTE);
  });

  it("stays up when values are missing, until the window is without a gap", async () => {
    const world = new World([], [at(25)]);
    await world.run(2);
    expect((world.stops[0] ?? 0) - at(26)).toBeGreaterThanOrEqual(30 * MINUTE);
    expect((world.stops[0] ?? 0) - at(26)).toBeLessThan(38 * MINUTE);
  });

  it("stays up and serves while CloudWatch can't be asked, and says so after hours", async () => {
    const world = new World([]);
    world.broken = true;
    await world.run(4);
    expect(world.stops).toEqual([]);
    expect(world.item).toMatchObject({
      phase: "awake",
      serving: true,
      code: "blind",
      attention: { code: "probe-blind", doThis: expect.stringContaining("metrics") },
    });
    expect(world.codes.has("not-answering")).toBe(false);
    world.broken = false;
    await world.run(5);
    expect(world.stops).toHaveLength(1);
  });

  it("goes on serving in a status that nobody knows, and sleeps once it has passed", async () => {
    const world = new World([]);
    world.time.at(at(5), () => {
      world.status = "flux-capacitating";
    });
    await world.run(3);
    expect(world.stops).toEqual([]);
    expect(world.item).toMatchObject({ phase: "awake", serving: true, code: "waiting", rdsStatus: "flux-capacitating" });
    world.status = "available";
    await world.run(5);
    expect(world.stops).toHaveLength(1);
  });

  it("has done what a press in the drain wanted when it serves as before, though nobody knows its status: that wake does not expire", async () => {
    for (const status of ["flux-capacitating", null]) {
      const world = new World([]);
      const { ports } = world;
      if (status === null)
        world.ports = () => ({ ...ports.call(world), instance: { ...ports.call(world).instance, describe: () => Promise.reject(new Error("Throttling")) } });
      world.status = status ?? "available";
      const stop = { id: "s", stage: "drain", runner: "me", startedAt: START, drainUntil: START + MINUTE, stopBefore: null } as const;
      world.item = {
        ...initialState("shop", START - HOUR),
        phase: "falling-asleep",
        rdsStatus: "available",
        awakeSince: START - HOUR,
        stop: { ...stop, by: "dormouse", code: "idle-limit", reason: "idle", force: false },
      };
      world.item = applyWrite(world.item, wake({ id: "w", by: "ann", cause: "button", at: START, expiresAt: START + HOUR })) ?? world.item;
      expect(world.item.wake).not.toBeNull();
      await world.run(0.5);
      expect(world.item).toMatchObject({ phase: "awake", serving: true, wake: null });
      world.status = "flux-capacitating";
      world.ports = ports;
      await world.run(3);
      expect(world.codes).not.toContain("wake-expired");
      expect(world.item).toMatchObject({ phase: "awake", serving: true, attention: null });
    }
  });

  it("does not serve, waking, before the status is one that is known", async () => {
    const world = new World([]);
    world.status = "flux-capacitating";
    world.item = { ...initialState("shop", START), phase: "waking", rdsStatus: "starting" };
    await world.run(0.5);
    expect(world.item).toMatchObject({ phase: "waking", serving: false });
    // A status that is known to be down is none that serves.
    world.item = { ...initialState("shop", START), phase: "awake", serving: true, rdsStatus: "available", phaseSince: START, awakeSince: START };
    world.status = "failed";
    await world.run(1);
    expect(world.item).toMatchObject({ serving: false, code: "needs-human" });
  });

  it("never stops within the idle limit of a connection that could be seen, and always stops after it", async () => {
    const sessions = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 150 }), fc.integer({ min: 1, max: 60 })).map(([from, length]) => ({ from: at(from), to: at(from) + length * MINUTE })),
      { maxLength: 4 },
    );
    const lost = fc.array(fc.integer({ min: 0, max: 200 }).map(at), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(sessions, lost, async (given, gone) => {
        const world = new World(given, gone);
        await world.run(6);
        const [stop] = world.stops;
        expect(world.stops).toHaveLength(1);
        if (stop === undefined) return;
        const current = Math.floor(stop / MINUTE) * MINUTE;
        // Each minute that ended within the limit: nobody in it, as far as CloudWatch shows it by now, and a value, but for the two newest.
        for (let minute = current - MINUTE; minute + MINUTE > Math.max(START, stop - 30 * MINUTE); minute -= MINUTE) {
          const shown = !world.lost.has(minute) && minute + MINUTE + LATE_MS <= stop;
          const busy = given.some(({ from, to }) => from < minute + MINUTE && to > minute);
          expect([minute, shown ? busy : minute > START && minute < current - 2 * MINUTE]).toEqual([minute, false]);
        }
        const last = Math.max(
          START,
          ...given.filter(({ from }) => from < stop).map(({ to }) => to),
          ...gone.filter((minute) => minute < stop).map((minute) => minute + MINUTE),
        );
        expect(stop - last).toBeLessThan(45 * MINUTE);
      }),
      { numRuns: 200 },
    );
  });
});
