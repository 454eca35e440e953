/**
 * Jobs in virtual time: the real runner, the real courier and their real writes over items in memory; a database that is woken by an intent, told of by the
 * hook, and put to sleep when nobody keeps it up; Lambdas that die at an await, before or after its effect, and are called again as Lambda does.
 */
import { callFor } from "../../src/jobs/call.ts";
import { checkJobs } from "../../src/jobs/check.ts";
import { isPart, type Job, type JobState, type NewJob, newJob, parseJob, type Step } from "../../src/jobs/job.ts";
import type { Kind } from "../../src/jobs/ports.ts";
import { type RunPorts, runJobs } from "../../src/jobs/run.ts";
import { idleFrom, liveLeases, liveWake } from "../../src/lifecycle/idle.ts";
import type { CallerStore, Invocation } from "../../src/lifecycle/ports.ts";
import { type DatabaseState, initialState, type Mode } from "../../src/lifecycle/state.ts";
import { acquire, applyWrite, release, renew, type StateWrite, wake } from "../../src/lifecycle/writes.ts";
import { Virtual } from "../lifecycle/virtual.ts";

export const MINUTE = 60_000;
export const T0 = Date.UTC(2026, 10, 21, 12);
const ID = "dormouse";
const CHECK_MS = 15 * MINUTE;
const LAMBDA_MS = 15 * MINUTE;

export class Failure extends Error {
  override name = "ServiceUnavailable";
}

interface Invoked {
  port<T>(effect: () => T): Promise<T>;
  /** Resolves when it has died. */
  dead: Promise<"dead">;
}

type Item = Record<string, unknown>;

export interface WorldOptions {
  kinds?: Record<string, Kind> | ((world: World, port: Invoked["port"]) => Record<string, Kind>);
  mode?: Mode;
  asleep?: boolean;
  idleMinutes?: number;
  /** Milliseconds from the start to serving; null: it never comes up. */
  startMs?: number | null;
  /** Wakes that a user may still cause. */
  wakes?: number;
}

export class World {
  readonly time = new Virtual(T0);
  readonly items = new Map<string, Item>();
  state: DatabaseState;
  /** Awaits of every Lambda so far; the one that does the `killAt`-th dies there. */
  awaits = 0;
  killAt: { await: number; after: boolean } | null = null;
  /** Awaits at which a call fails: without effect, or after it. */
  failAt: { await: number; after: boolean } | null = null;
  killed = 0;
  starts = 0;
  /** How often it has fallen asleep because nobody kept it up. */
  slept = 0;
  runners = 0;
  working = 0;
  mostWorking = 0;
  charged: string[] = [];
  readonly reported: string[] = [];
  /** Calls of a runner that are lost on the way. */
  loseCalls = 0;
  loseRecords = 0;
  /** Calls of the reconciler that Lambda refuses. */
  refuseKicks = 0;
  private readonly options: WorldOptions;
  private readonly stream: Item[] = [];
  private draining = false;
  private starting = false;
  private ids = 0;

  constructor(options: WorldOptions = {}) {
    this.options = options;
    this.state = { ...initialState(ID, T0 - 100 * MINUTE), phaseSince: T0 - 10 * MINUTE };
    if (options.asleep === false) this.serve();
    const check = () => {
      this.reconcile();
      void this.lambda("check", 0, (invoked) => checkJobs(this.callPorts(invoked), { open: (limit) => invoked.port(() => this.open(limit)) }));
      this.time.at(this.time.now + CHECK_MS, check);
    };
    this.time.at(T0 + CHECK_MS, check);
    const minute = () => {
      this.fallAsleep();
      this.time.at(this.time.now + MINUTE, minute);
    };
    this.time.at(T0 + MINUTE, minute);
  }

  run(minutes: number): Promise<number> {
    return this.time.run(this.time.now + minutes * MINUTE, () => {});
  }

  job(id: string, owner = "ann"): Job {
    return parseJob(this.items.get(`${owner}/${id}`) ?? {});
  }

  jobs(): Job[] {
    return [...this.items.values()].map(parseJob).filter((job) => !isPart(job));
  }

  parts(run: string): Job[] {
    return [...this.items.values()].map(parseJob).filter(({ owner }) => owner === `run:${run}`);
  }

  add(id: string, more: Partial<NewJob> = {}): void {
    this.put(newJob({ owner: "ann", id, kind: "note", userId: "ann", by: "ann", parameters: {}, ...more }, this.time.now));
  }

  put(job: Job): { job: Job } {
    const key = `${job.owner}/${job.id}`;
    const there = this.items.get(key);
    if (there !== undefined) return { job: parseJob(there) };
    this.items.set(key, { ...job, ...(isPart(job) ? {} : { open: "1" }) });
    this.changed(key);
    return { job };
  }

  write(job: Pick<Job, "owner" | "id">, { write }: Step): boolean {
    const key = `${job.owner}/${job.id}`;
    const item = this.items.get(key) ?? null;
    // What DynamoDB does, on another kind of item.
    const after = applyWrite(item as unknown as DatabaseState | null, write) as unknown as Item | null;
    if (after === null) return false;
    this.items.set(key, after);
    this.changed(key);
    return true;
  }

  count(owner: string): Record<JobState, number> {
    const counts: Record<JobState, number> = { waiting: 0, running: 0, done: 0, failed: 0 };
    for (const item of this.items.values()) if (item.owner === owner) counts[item.state as JobState]++;
    return counts;
  }

  sleepNow(): void {
    this.state = { ...this.state, serving: false, phase: "asleep", phaseSince: this.time.now, leases: {}, wake: null };
  }

  /** A person's stop by force: the fence is up at once, and it takes minutes until the database is off. */
  stopByForce(): void {
    const { now } = this.time;
    const stop = {
      id: "s",
      stage: "drain",
      runner: "r",
      startedAt: now,
      drainUntil: null,
      stopBefore: null,
      by: "olga",
      code: "",
      reason: "",
      force: true,
    } as const;
    this.state = { ...this.state, serving: false, phase: "falling-asleep", phaseSince: now, leases: {}, wake: null, stop };
    this.time.at(now + 6 * MINUTE, () => {
      if (this.state.wake === null) this.state = { ...this.state, phase: "asleep", phaseSince: this.time.now, stop: null };
    });
  }

  invocation(): Invocation {
    const end = this.time.now + LAMBDA_MS;
    return {
      now: () => this.time.now,
      sleep: (ms) => this.time.sleep(ms),
      random: () => 0.5,
      newId: () => `run-${++this.ids}`,
      remainingMs: () => end - this.time.now,
    };
  }

  /** Calls a runner, as an event: one that dies is called again after a minute, and once more after two. */
  runner(): void {
    if (this.loseCalls-- > 0) return;
    const end = this.time.now + LAMBDA_MS;
    void this.lambda("runner", 2, async (invoked) => {
      this.runners++;
      await runJobs({ ...this.runPorts(invoked), run: { ...this.invocation(), remainingMs: () => end - this.time.now } });
    });
  }

  private changed(key: string): void {
    if (this.loseRecords-- > 0) return;
    this.stream.push({ ...this.items.get(key) });
    if (!this.draining) this.time.at(this.time.now + 300, () => void this.drain());
  }

  /** One batch after the other, as an event source mapping does: again from its beginning when it failed, six times at most. */
  private async drain(): Promise<void> {
    if (this.draining) return;
    this.draining = true;
    while (this.stream.length > 0) {
      const batch = this.stream.slice(0, 100);
      const waiting = batch.map(parseJob).filter((job) => job.state === "waiting" && !isPart(job));
      await this.lambda("stream", 5, (invoked) => callFor(this.callPorts(invoked), waiting));
      this.stream.splice(0, batch.length);
    }
    this.draining = false;
  }

  /** A function's run, and its tries again. Resolves when it is settled. */
  private async lambda(what: string, retries: number, body: (invoked: Invoked) => Promise<unknown>): Promise<void> {
    for (let attempt = 0; attempt <= retries; attempt++) {
      const { promise: dead, resolve } = Promise.withResolvers<"dead">();
      let isDead = false;
      const die = <T>(): Promise<T> => {
        isDead = true;
        this.killed++;
        resolve("dead");
        return new Promise<T>(() => {});
      };
      const port = async <T>(effect: () => T): Promise<T> => {
        if (isDead) return new Promise<T>(() => {});
        await this.time.sleep(5);
        const at = ++this.awaits;
        if (this.killAt?.await === at && !this.killAt.after) return die();
        if (this.failAt?.await === at && !this.failAt.after) throw new Failure("no answer");
        const result = effect();
        if (this.killAt?.await === at) return die();
        if (this.failAt?.await === at) throw new Failure("the answer was lost");
        return result;
      };
      const ended = await Promise.race([
        body({ port, dead }).then(
          () => "fine" as const,
          (error: unknown) => {
            if (!(error instanceof Failure)) throw error;
            this.reported.push(`${what}: ${error.message}`);
            return "failed" as const;
          },
        ),
        dead,
      ]);
      if (ended === "fine") return;
      await this.time.sleep(what === "runner" ? MINUTE * (attempt + 1) : 1000 * 2 ** attempt);
    }
  }

  private store(invoked: Invoked): Pick<CallerStore, "read" | "ensure" | "wake" | "acquire" | "renew" | "release"> {
    const write = (change: StateWrite) =>
      invoked.port(() => {
        const after = applyWrite(this.state, change);
        if (after !== null) this.state = after;
        return after !== null;
      });
    return {
      read: () => invoked.port(() => this.state),
      ensure: () => invoked.port(() => this.state),
      wake: (_, intent) => write(wake(intent)),
      acquire: (_, id, lease) => write(acquire(id, lease)),
      renew: (_, id, expiresAt, now) => write(renew(id, expiresAt, now)),
      release: (_, id, now) => write(release(id, now)),
    };
  }

  private callPorts(invoked: Invoked) {
    return {
      databaseId: ID,
      store: this.store(invoked),
      jobs: { write: (job: Pick<Job, "owner" | "id">, step: Step) => invoked.port(() => this.write(job, step)) },
      budget: {
        allows: () => invoked.port(() => this.charged.length < (this.options.wakes ?? 30)),
        charge: (_: string, id: string) => invoked.port(() => void this.charged.push(id)),
      },
      wakesPerUserPerDay: this.options.wakes ?? 30,
      reconcile: () =>
        invoked.port(() => {
          if (this.refuseKicks-- > 0) throw new Failure("Lambda is busy");
          this.reconcile();
        }),
      runner: () => invoked.port(() => this.runner()),
      mode: this.options.mode ?? ("manage" as const),
      keepUpMs: CHECK_MS + 5 * MINUTE,
      wakeTimeoutMs: 60 * MINUTE,
      now: () => this.time.now,
    };
  }

  private runPorts(invoked: Invoked): Omit<RunPorts, "run"> {
    const { kinds = {} } = this.options;
    return {
      databaseId: ID,
      store: this.store(invoked),
      jobs: {
        open: (limit) => invoked.port(() => this.open(limit)),
        write: (job, step) => invoked.port(() => this.write(job, step)),
      },
      kinds: typeof kinds === "function" ? kinds(this, invoked.port) : kinds,
      first: async () => {},
      last: async () => {},
      keepUpMs: CHECK_MS + 5 * MINUTE,
      report: (what) => void this.reported.push("failed" in what ? `survived ${what.failed}: ${String(what.error)}` : `${what.job.id} ${what.job.state}`),
    };
  }

  private open(limit: number): Job[] {
    return [...this.items.values()]
      .filter(({ open }) => open !== undefined)
      .map(parseJob)
      .sort((a, b) => a.createdAt - b.createdAt)
      .slice(0, limit);
  }

  private reconcile(): void {
    const { startMs = 5 * MINUTE } = this.options;
    if (this.state.serving || this.starting) return;
    if (liveWake(this.state, this.time.now) === null) {
      if (this.state.wake !== null) this.state = { ...this.state, wake: null, phase: "asleep", phaseSince: this.time.now };
      return;
    }
    this.starts++;
    this.state = { ...this.state, phase: "waking", phaseSince: this.time.now };
    if (startMs === null) return;
    this.starting = true;
    this.time.at(this.time.now + startMs, () => {
      this.starting = false;
      this.serve();
      this.runner();
    });
  }

  private serve(): void {
    const { now } = this.time;
    this.state = { ...this.state, serving: true, phase: "awake", phaseSince: now, awakeSince: now, wake: null, period: this.state.period + 1 };
  }

  private fallAsleep(): void {
    const { state, time } = this;
    const since = Math.max(idleFrom({ ...state, leases: {} }), state.awakeSince ?? 0);
    if (!state.serving || liveLeases(state, time.now, 5000).length > 0 || time.now - since < (this.options.idleMinutes ?? 30) * MINUTE) return;
    this.slept++;
    this.sleepNow();
  }
}
