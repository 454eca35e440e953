/** The schedules that system.json declares, as EventBridge's `rate(...)` runs them: for the first time one interval after the start. */
import { randomUUID } from "node:crypto";
import type { System } from "../src/system.ts";
import type { Clock } from "./clock.ts";
import { account, prefix, region } from "./gate.ts";

/**
 * Calls `invoke` with EventBridge's "Scheduled Event" for each function of each schedule. `settings` are system.json's settings by name. Throws when
 * an interval is no positive number of minutes.
 */
export function startSchedules(
  system: System,
  settings: Record<string, number | string>,
  clock: Clock,
  invoke: (functionName: string, event: unknown) => unknown,
): { close(): Promise<void> } {
  const timers = new Map<string, { cancel(): void }>();
  for (const [key, schedule] of Object.entries(system.schedules)) {
    const after = "cron" in schedule ? cronAfter(schedule.cron) : rateAfter(system, settings, key, schedule.everyMinutes);
    const functions = Object.entries(system.functions).flatMap(([fn, { schedules }]) => (schedules.includes(key) ? [fn] : []));
    const wait = (at: number) => {
      const run = () => {
        // After a machine slept through some of them there is one, not all of them.
        wait(Math.max(after(at), clock.now() + 1));
        for (const fn of functions) invoke(fn, scheduledEvent(key, clock.now()));
      };
      timers.set(key, clock.after(at - clock.now(), run));
    };
    wait(after(clock.now()));
  }
  return {
    async close() {
      for (const timer of timers.values()) timer.cancel();
    },
  };
}

/** When the next run is, from the one before (milliseconds). */
type After = (at: number) => number;

function rateAfter(system: System, settings: Record<string, number | string>, key: string, reference: string): After {
  const name = reference.replace(/^setting:/, "");
  const everyMs = Number(settings[name] ?? system.settings[name]?.default) * 60_000;
  if (!(everyMs > 0)) throw new Error(`The schedule "${key}" needs a positive number of minutes in the setting "${name}".`);
  return (at) => at + everyMs;
}

/** `minute hours day * ? *`, as far as `system.json` allows it: the first such minute after `at`, in UTC. */
export function cronAfter(cron: string): After {
  const [minute = "", hours = "", day = ""] = cron.split(" ");
  return (at) => {
    const next = new Date(at);
    next.setUTCMinutes(Number(minute), 0, 0);
    while (next.getTime() <= at || !hours.split(",").map(Number).includes(next.getUTCHours()) || (day !== "*" && next.getUTCDate() !== Number(day)))
      next.setUTCHours(next.getUTCHours() + 1);
    return next.getTime();
  };
}

function scheduledEvent(key: string, now: number): unknown {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account,
    time: `${new Date(now).toISOString().slice(0, 19)}Z`,
    region,
    resources: [`arn:aws:events:${region}:${account}:rule/${prefix}-${key}`],
    detail: {},
  };
}
