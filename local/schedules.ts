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
    const name = schedule.everyMinutes.replace(/^setting:/, "");
    const everyMs = Number(settings[name] ?? system.settings[name]?.default) * 60_000;
    if (!(everyMs > 0)) throw new Error(`The schedule "${key}" needs a positive number of minutes in the setting "${name}".`);
    const functions = Object.entries(system.functions).flatMap(([fn, { schedules }]) => (schedules.includes(key) ? [fn] : []));
    const wait = (at: number) => {
      const run = () => {
        // After a machine slept through some of them there is one, not all of them.
        wait(Math.max(at + everyMs, clock.now() + 1));
        for (const fn of functions) invoke(fn, scheduledEvent(key, clock.now()));
      };
      timers.set(key, clock.after(at - clock.now(), run));
    };
    wait(clock.now() + everyMs);
  }
  return {
    async close() {
      for (const timer of timers.values()) timer.cancel();
    },
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
