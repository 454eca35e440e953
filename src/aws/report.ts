/** What a run of the reconciler tells the logs and the metrics. */
import type { Logger } from "@aws-lambda-powertools/logger";
import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Ports } from "../lifecycle/reconcile.ts";

/** One log line for each decision and each failure that was survived; metrics only for what somebody would look at (each custom metric costs money). */
export function reporter(logger: Logger, metrics: Metrics): Ports["report"] {
  // In all, for the one alarm that is always there; and by its code, for alarms of one's own.
  const attend = (code: string): void => {
    metrics.addMetric("Attention", MetricUnit.Count, 1);
    const byCode = metrics.singleMetric();
    byCode.addDimension("code", code);
    byCode.addMetric("AttentionByCode", MetricUnit.Count, 1);
  };
  return (what) => {
    if ("failed" in what) {
      const { name, message } = what.error instanceof Error ? what.error : { name: "Error", message: String(what.error) };
      logger.warn("survived", { failed: what.failed, error: { name, message } });
      // A state that can't be read is nothing that passes: somebody has to look.
      if (what.failed === "state") attend("unknown-version");
      return;
    }
    const { decision, state, wokeMs } = what;
    logger.info("decided", {
      action: decision.action,
      code: decision.code,
      reason: decision.reason,
      phase: state.phase,
      serving: state.serving,
      rdsStatus: state.rdsStatus,
      attention: state.attention?.code,
    });
    // One metric for both how many wakes there were (its samples) and how long people waited.
    if (wokeMs !== undefined) metrics.addMetric("WakeSeconds", MetricUnit.Seconds, Math.round(wokeMs / 100) / 10);
    if (decision.action === "stop") metrics.addMetric("Stop", MetricUnit.Count, 1);
    if (state.attention !== null) attend(state.attention.code);
  };
}
