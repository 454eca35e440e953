/** What a sender of notifications tells the logs and the metrics. */
import type { Logger } from "@aws-lambda-powertools/logger";
import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { SendPorts } from "../notifications/send.ts";

/** One line for each outcome and each failure that was survived. `MailRefused` counts those that were given up. */
export function notifyReporter(logger: Logger, metrics: Metrics): SendPorts["report"] {
  return (what) => {
    if ("failed" in what) {
      const { name, message } = what.error instanceof Error ? what.error : { name: "Error", message: String(what.error) };
      logger.warn("survived", { failed: what.failed, error: { name, message } });
      return;
    }
    // Neither the address nor what it says: they are its user's.
    const { id, kind, state, attempt, lost, deliveryMethod, reason, createdAt, updatedAt } = what.notification;
    logger.info("notification", { id, kind, state, attempt, lost, deliveryMethod, reason, seconds: Math.round((updatedAt - createdAt) / 1000) });
    if (state === "failed") metrics.addMetric("MailRefused", MetricUnit.Count, 1);
  };
}
