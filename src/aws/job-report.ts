/** What a runner tells the logs and the metrics. */
import type { Logger } from "@aws-lambda-powertools/logger";
import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { RunPorts } from "../jobs/run.ts";

/** One line for each job that ended or was handed on, and for each failure that was survived. `JobFailed` counts those that were given up. */
export function jobReporter(logger: Logger, metrics: Metrics): RunPorts["report"] {
  return (what) => {
    if ("failed" in what) {
      const { name, message, stack } = what.error instanceof Error ? what.error : { name: "Error", message: String(what.error), stack: undefined };
      logger.warn("survived", { failed: what.failed, error: { name, message, stack } });
      return;
    }
    // Neither parameters nor result: they are its user's.
    const { id, kind, state, attempt, failures, reason, createdAt, updatedAt } = what.job;
    logger.info("job", { id, kind, state, attempt, failures, reason, seconds: Math.round((updatedAt - createdAt) / 1000) });
    if (state === "failed") metrics.addMetric("JobFailed", MetricUnit.Count, 1);
  };
}
