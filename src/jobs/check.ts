/** By the schedule: what the stream lost, whose runner died, and what goes on waiting. */
import { type Called, type CallPorts, callFor } from "./call.ts";
import type { Job } from "./job.ts";
import type { JobStore } from "./ports.ts";

/** What was written last is under way in the stream (ms). */
const YOUNG_MS = 60_000;
/** Jobs looked at in one check: what is behind them has its turn when these are gone. */
const CHECKED = 1000;

/** One query of a sparse index where there is nothing to do. `also`: what is done for open jobs beside a runner. */
export async function checkJobs(
  ports: CallPorts,
  jobs: Pick<JobStore, "open">,
  also: (waiting: readonly Job[]) => Promise<void> = async () => {},
): Promise<Called> {
  const open = await jobs.open(CHECKED);
  await also(open);
  return callFor(
    ports,
    open.filter(({ updatedAt }) => updatedAt + YOUNG_MS <= ports.now()),
  );
}
