/**
 * The real reconciler, callers' real writes and the simulated RDS in virtual time, with latencies, lost replies, errors, frozen and killed runs, lost
 * events and timers. The invariants of docs/invariants.md are checked whenever something has happened.
 */
import { apply, type Command, databaseUp, freshWorld, nextAt, type World } from "../../local/rds/model.ts";
import { liveLeases, liveWake } from "../../src/lifecycle/idle.ts";
import { type Policy, policyOf, touchEveryMs } from "../../src/lifecycle/policy.ts";
import type { ReconcileEvent } from "../../src/lifecycle/ports.ts";
import { type Ports, reconcile } from "../../src/lifecycle/reconcile.ts";
import { type DatabaseState, initialState, type LedgerEntry, type OutsideSession } from "../../src/lifecycle/state.ts";
import { acquire, applyWrite, hold, release, renew, requestStop, type StateWrite, touch, wake } from "../../src/lifecycle/writes.ts";
import { seeded, Virtual } from "./virtual.ts";

export const T0 = Date.UTC(2026, 10, 21, 12);
const ID = "dormouse";

export interface Faults {
  /** Chance that a port call throws without effect, that its answer is lost after its effect, that its run freezes for minutes, or that it dies. */
  error: number;
  lost: number;
  freeze: number;
  kill: number;
  /** Chance that a timer, an event or a call for a reconcile never comes, or comes twice. */
  drop: number;
  twice: number;
}
export const NO_FAULTS: Faults = { error: 0, lost: 0, freeze: 0, kill: 0, drop: 0, twice: 0 };

class Failure extends Error {
  override name = "ServiceUnavailable";
}

export class Simulation {
  readonly time = new Virtual(T0);
  readonly random: () => number;
  readonly policy: Policy;
  faults: Faults = NO_FAULTS;
  item: DatabaseState | null = null;
  world: World;
  readonly ledger = new Map<number, LedgerEntry>();
  readonly outside = new Map<number, OutsideSession>();
  /** Requests that were let in and have not ended. */
  inFlight = 0;
  /** Newest real use, recorded or not. */
  lastUse = 0;
  lastOutsideEnd = 0;
  lastOutsideStart = 0;
  lastLook = 0;
  /** Messages to users that are in the database; nobody can bring out one that is stuck. */
  messages: { at: number; stuck: boolean }[] = [];
  private lastTidied = 0;
  sessionCount = 0;
  /** Of each container: when it touched last. */
  private touched = [0, 0, 0];
  readonly violations: string[] = [];
  stops = 0;
  starts = 0;
  served = 0;
  /** Awaits of runs so far; the run at `killAt` dies there, before or after its effect. */
  awaits = 0;
  killAt: { await: number; after: boolean } | null = null;
  private timerAt: number | null = null;
  private worldDue = 0;

  constructor(seed: number, options: { idleMinutes?: number; startSeconds?: number; stopSeconds?: number; mode?: "manage" | "watch" } = {}) {
    this.random = seeded(seed);
    this.policy = policyOf({
      mode: options.mode ?? "manage",
      idleMinutes: options.idleMinutes ?? 10,
      checkMinutes: 15,
      drainSeconds: 20,
      wakeTimeoutMinutes: 60,
      forcedStartGraceMinutes: 5,
      maxBackupAgeHours: 0,
    });
    this.world = freshWorld(T0, { id: ID, startSeconds: options.startSeconds ?? 180, stopSeconds: options.stopSeconds ?? 120, backupWindow: null });
    const check = () => {
      this.trigger({ databaseId: ID, cause: { kind: "schedule", by: "schedule" } }, true);
      this.time.at(this.time.now + this.policy.checkMs, check);
    };
    this.time.at(T0 + 1000, check);
  }

  private chance(p: number): boolean {
    return p > 0 && this.random() < p;
  }

  private violate(what: string): void {
    this.violations.push(`${new Date(this.time.now).toISOString()} ${what}`);
  }

  /** Time for the instance: whatever is due there. */
  private turnWorld(): void {
    const step = apply(this.world, this.time.now, { tick: true });
    this.world = step.world;
    this.deliver(step.events.length);
    const due = nextAt(this.world);
    if (due !== null && due !== this.worldDue) {
      this.worldDue = due;
      this.time.at(due, () => this.turnWorld());
    }
  }

  private deliver(events: number): void {
    for (let i = 0; i < events; i++) this.trigger({ databaseId: ID, cause: { kind: "rds-event", by: "RDS-EVENT" } });
  }

  /** What people do to the instance in AWS, and what AWS does. */
  aws(command: Command, argument?: number): void {
    const step = apply(this.world, this.time.now, { command, argument });
    if (command === "stop" && step.world.status === "stopping") this.outside.clear();
    this.world = step.world;
    this.deliver(step.events.length);
    this.turnWorld();
  }

  /** A trigger of a run; `sure`: the scheduled check, which always comes. */
  trigger(event: ReconcileEvent, sure = false): void {
    if (!sure && this.chance(this.faults.drop)) return;
    const times = this.chance(this.faults.twice) ? 2 : 1;
    for (let i = 0; i < times; i++) this.time.at(this.time.now + this.random() * (sure ? 100 : 1500), () => void this.run(event));
  }

  private async run(event: ReconcileEvent): Promise<void> {
    const born = this.time.now;
    let dead = false;
    // Every await of a run goes through here: latency, failure, a freeze, or its end.
    const port = async <T>(effect: () => T, landsWithinMs = Number.POSITIVE_INFINITY): Promise<T> => {
      if (dead) return new Promise<T>(() => {});
      await this.time.sleep(2 + this.random() * 120);
      // A request that has left with a timeout lands within it, or never; freezes come before the clock was looked at, or after.
      if (this.chance(this.faults.freeze)) await this.time.sleep(Math.min(landsWithinMs, this.random() * 300_000));
      if (this.chance(this.faults.kill) || this.time.now - born > 600_000) {
        dead = true;
        return new Promise<T>(() => {});
      }
      if (this.chance(this.faults.error)) throw new Failure("no answer");
      const killed = ++this.awaits === this.killAt?.await;
      if (killed && !this.killAt?.after) {
        dead = true;
        return new Promise<T>(() => {});
      }
      const result = effect();
      if (killed) {
        dead = true;
        return new Promise<T>(() => {});
      }
      if (this.chance(this.faults.lost)) throw new Failure("the answer was lost");
      await this.time.sleep(2 + this.random() * 50);
      if (this.chance(this.faults.freeze)) await this.time.sleep(this.random() * 300_000);
      return result;
    };
    const ports: Ports = {
      store: {
        read: () => port(() => this.item),
        ensure: (id, now) => port(() => (this.item ??= initialState(id, now))),
        write: (_, write) => port(() => this.write(write)),
      },
      instance: {
        describe: () =>
          port(() => {
            this.turnWorld();
            const { reply } = apply(this.world, this.time.now, { action: "DescribeDBInstances", input: { DBInstanceIdentifier: ID } });
            if (reply.kind !== "answer") throw new Failure(reply.kind);
            const found = reply.result.DBInstances[0];
            return { status: found?.DBInstanceStatus ?? "unknown", automaticRestartAt: found?.AutomaticRestartTime?.getTime() ?? null, backupWindow: null };
          }),
        lastBackupAt: () => port(() => null),
        maintenancePending: () => port(() => false),
        start: () => port(() => this.act("StartDBInstance")),
        stop: () => port(() => this.act("StopDBInstance"), this.policy.stopTimeoutMs - 200),
      },
      prober: {
        look: async ({ tidySeconds }) => {
          try {
            if (tidySeconds) await this.time.sleep(this.random() * 3000);
            return await port(() => {
              if (!databaseUp(this.world)) return { answered: false as const, why: "connection refused" };
              this.lastLook = this.time.now;
              const seen = { sessions: [...this.outside.values()], newestOutsideAt: null, sessionCount: this.sessionCount };
              if (!tidySeconds) return { answered: true as const, ...seen, tidied: null };
              this.lastTidied = this.time.now;
              return { answered: true as const, ...seen, tidied: null, newestUntoldAt: this.messages.at(-1)?.at ?? null };
            });
          } catch {
            return { answered: false, why: "the probe failed" };
          }
        },
      },
      timer: {
        set: (_, at) =>
          port(() => {
            this.timerAt = at;
            if (this.chance(this.faults.drop)) return;
            const late = this.random() * 60_000;
            this.time.at(at + late, () => this.timerAt === at && this.trigger({ databaseId: ID, cause: { kind: "timer", by: "scheduler" } }));
          }),
      },
      hook: {
        awake: () =>
          port(() => {
            if (!this.chance(this.faults.drop)) this.time.at(this.time.now + this.random() * 5000, () => this.bringOut());
          }),
      },
      ledger: {
        append: (_, entries) =>
          port(() => {
            for (const entry of entries) {
              const before = this.ledger.get(entry.seq);
              if (before !== undefined && JSON.stringify(before) !== JSON.stringify(entry))
                this.violate(`ledger entry ${entry.seq} was written twice, differently`);
              this.ledger.set(entry.seq, entry);
            }
          }),
      },
      run: {
        now: () => this.time.now,
        sleep: (ms) => this.time.sleep(ms),
        random: this.random,
        newId: () => `id-${Math.floor(this.random() * 1e12)}`,
        remainingMs: () => born + 600_000 - this.time.now,
      },
      report: () => {},
    };
    try {
      await reconcile(ports, this.policy, event);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // An asynchronous invocation that fails is repeated twice by Lambda.
      if (event.cause.by !== "retry") this.time.at(this.time.now + 60_000, () => void this.run({ ...event, cause: { ...event.cause, by: "retry" } }));
    }
  }

  private write(write: StateWrite): boolean {
    const after = applyWrite(this.item, write);
    if (after === null) return false;
    this.item = after;
    return true;
  }

  private act(action: "StartDBInstance" | "StopDBInstance"): void {
    this.turnWorld();
    const before = this.world.status;
    const step = apply(this.world, this.time.now, { action, input: { DBInstanceIdentifier: ID } });
    this.world = step.world;
    if (action === "StopDBInstance" && before === "available" && this.world.status === "stopping") this.stopped();
    if (action === "StartDBInstance" && before !== this.world.status) this.starts++;
    this.turnWorld();
    if (step.reply.kind === "lost") throw new Failure("the answer was lost");
    if (step.reply.kind === "error") throw Object.assign(new Error(step.reply.message), { name: step.reply.code });
  }

  /** A stop of ours has landed: invariants 1 to 4. */
  private stopped(): void {
    const { item, policy } = this;
    const now = this.time.now;
    this.stops++;
    if (item === null) {
      this.violate("stopped without a state");
      return;
    }
    if (policy.mode === "watch") this.violate("watch mode stopped the instance");
    if (this.inFlight > 0) this.violate("a request was cut off");
    if (item.serving) this.violate("stopped while it says that it serves");
    const asked = item.stop?.code === "stop-requested";
    if (!asked && now - this.lastUse < policy.idleMs) this.violate(`stopped ${now - this.lastUse} ms after a use, limit ${policy.idleMs}`);
    const grace = item.startedBy?.cause === "aws" ? policy.forcedStartGraceMs : policy.idleMs;
    if (!asked && item.awakeSince !== null && now - item.awakeSince < grace) this.violate("stopped just after a wake");
    if (!item.stop?.force) {
      if (liveLeases(item, now).length > 0) this.violate("stopped in spite of a lease");
      if (item.hold !== null && item.hold.until > now) this.violate("stopped in spite of a hold");
      // Those of the last minutes of their time may have passed it on the way of the stop.
      const young = this.messages.filter(({ at }) => at < this.lastTidied && now - at < policy.untoldMs - 600_000);
      if (!asked && young.length > 0) this.violate("stopped with messages to users in the database");
      // A session that came after the probe's last look can't be known.
      const known = [...this.outside.values()].filter((session) => session.since < this.lastLook - 200);
      if (known.length > 0) this.violate("stopped in spite of an outside session");
      if (
        !asked &&
        this.lastOutsideEnd > 0 &&
        this.outside.size === 0 &&
        now - this.lastOutsideEnd < policy.idleMs &&
        this.lastOutsideStart < this.lastLook - 200
      )
        this.violate("stopped within the idle limit of an outside session");
    }
    this.outside.clear();
  }

  // What people and apps do.

  press(by: string): void {
    const now = this.time.now;
    this.item ??= initialState(ID, now);
    if (this.item.serving && this.write(touch(now))) {
      this.lastUse = now;
      return;
    }
    if (liveWake(this.item, now) !== null && this.random() < 0.7) {
      this.trigger({ databaseId: ID, cause: { kind: "button", by } });
      return;
    }
    if (this.write(wake({ id: `w${now}-${this.random()}`, by, cause: "button", at: now, expiresAt: now + this.policy.wakeTimeoutMs })))
      this.trigger({ databaseId: ID, cause: { kind: "button", by } });
  }

  /** A data request as `data` does it: read or touch, then query for a while. */
  async request(container: number, lastsMs: number, background = false): Promise<void> {
    const item = this.item;
    const arrived = this.time.now;
    await this.time.sleep(5 + this.random() * 300);
    const every = touchEveryMs(this.policy);
    const due = !background && arrived - (this.touched[container] ?? 0) >= every;
    if (due) {
      if (!this.write(touch(arrived)) && !(this.item?.serving && (this.item.lastActivityAt ?? 0) >= arrived)) return;
      this.touched[container] = arrived;
    } else if (!this.item?.serving) return;
    if (item === null) return;
    this.inFlight++;
    if (!background) this.lastUse = this.time.now;
    this.served++;
    await this.time.sleep(Math.min(lastsMs, this.policy.drainMs - (this.time.now - arrived)));
    this.inFlight--;
  }

  lease(id: string, lastsMs: number): void {
    this.write(acquire(id, { by: "job", why: "work", expiresAt: this.time.now + lastsMs }));
  }
  renew(id: string, lastsMs: number): void {
    this.write(renew(id, this.time.now + lastsMs, this.time.now));
  }
  release(id: string): void {
    this.write(release(id, this.time.now));
  }
  hold(lastsMs: number): void {
    const now = this.time.now;
    if (this.item === null) return;
    const value = { until: now + lastsMs, by: "olga", reason: "demo" };
    if (!this.write(hold(value, null)))
      this.write(hold(value, { id: `h${now}`, by: "olga", cause: "hold", at: now, expiresAt: now + this.policy.wakeTimeoutMs }));
    this.trigger({ databaseId: ID, cause: { kind: "hold", by: "olga" } });
  }
  stop(force: boolean): void {
    if (this.item === null) return;
    if (this.write(requestStop({ id: `s${this.time.now}`, by: "olga", at: this.time.now, force })))
      this.trigger({ databaseId: ID, cause: { kind: "stop", by: "olga" } });
  }
  /** A write of a request that tells something. */
  tell(stuck: boolean): void {
    if (this.item?.serving) this.messages.push({ at: this.time.now, stuck });
  }
  private bringOut(): void {
    if (this.item?.serving) this.messages = this.messages.filter(({ stuck }) => stuck);
  }
  session(id: number): void {
    if (!databaseUp(this.world)) return;
    this.outside.set(id, { application: "psql", user: "postgres", since: this.time.now });
    this.lastOutsideStart = this.time.now;
    this.sessionCount++;
  }
  endSession(id: number): void {
    if (this.outside.delete(id)) this.lastOutsideEnd = this.time.now;
  }

  /** Lets time pass. */
  pass(ms: number): Promise<number> {
    return this.time.run(this.time.now + ms, () => {});
  }
}
