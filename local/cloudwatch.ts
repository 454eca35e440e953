/**
 * As much of CloudWatch as the probe by metrics asks: `GetMetricData` for `AWS/RDS`, `DatabaseConnections`, Maximum of each minute, from the real
 * connections of the simulated instance. A minute in which it was down has no value, nor has one that is not over; what was before this start is forgotten.
 */
import type { Clock } from "./clock.ts";
import { authenticate, authorize, Denied, type Keyring } from "./gate.ts";
import { readBody, type Served, sendJson, serve } from "./serve.ts";

const MINUTE = 60_000;
/** Changes that are kept at most; older ones are forgotten. */
const MOST = 100_000;

export interface Connections {
  /** The number of client connections from now on; null: the instance is down. */
  record(count: number | null): void;
  /** The most in each whole minute that is over, from `from` to `to` (milliseconds since the epoch, `to` is not part of it). */
  minutes(from: number, to: number): { at: number; maximum: number }[];
}

export function connectionsOf(clock: Clock): Connections {
  const changes: { at: number; count: number | null }[] = [];
  return {
    record(count) {
      changes.push({ at: clock.now(), count });
      if (changes.length > MOST) changes.splice(0, MOST / 2);
    },
    minutes(from, to) {
      const end = Math.min(to, Math.floor(clock.now() / MINUTE) * MINUTE);
      const found: { at: number; maximum: number }[] = [];
      let index = 0;
      let count: number | null = null;
      for (let at = Math.floor(from / MINUTE) * MINUTE; at < end; at += MINUTE) {
        for (let change = changes[index]; change && change.at < at; change = changes[++index]) count = change.count;
        let maximum = count;
        for (let change = changes[index]; change && change.at < at + MINUTE; change = changes[++index]) {
          count = change.count;
          if (count !== null) maximum = Math.max(maximum ?? 0, count);
        }
        if (maximum !== null) found.push({ at, maximum });
      }
      return found;
    },
  };
}

export interface CloudWatchOptions {
  keyring: Keyring;
  instanceId: string;
  connections: Connections;
  port?: number;
}

interface Query {
  Id?: unknown;
  MetricStat?: {
    Metric?: { Namespace?: unknown; MetricName?: unknown; Dimensions?: { Name?: unknown; Value?: unknown }[] };
    Period?: unknown;
    Stat?: unknown;
  };
}

/** AWS JSON 1.0, which the SDK speaks; times are seconds since the epoch. */
export function startCloudWatch({ keyring, instanceId, connections, port }: CloudWatchOptions): Promise<Served> {
  return serve(
    async (request, response) => {
      const fail = (status: number, type: string, message: string) => sendJson(response, status, { __type: `com.amazonaws.cloudwatch#${type}`, message });
      const body = await readBody(request, 65_536);
      if (body === null) return fail(413, "RequestEntityTooLarge", "The request is too large.");
      const operation = String(request.headers["x-amz-target"] ?? "").split(".")[1];
      try {
        const principal = await authenticate(keyring, { method: request.method ?? "", path: request.url ?? "/", headers: request.headers, body });
        if (operation !== "GetMetricData") return fail(400, "UnknownOperationException", `This CloudWatch has no ${operation}.`);
        authorize(keyring, principal, "cloudwatch:GetMetricData", "*");
      } catch (error) {
        if (error instanceof Denied) return fail(403, "AccessDenied", error.message);
        throw error;
      }
      const input = JSON.parse(body.toString("utf8")) as { StartTime: number; EndTime: number; MetricDataQueries: Query[] };
      const minutes = connections.minutes(input.StartTime * 1000, input.EndTime * 1000);
      const results = input.MetricDataQueries.map((query) => {
        const found = isConnections(query, instanceId) ? minutes : [];
        return {
          Id: query.Id,
          Label: "DatabaseConnections",
          StatusCode: "Complete",
          Timestamps: found.map(({ at }) => at / 1000),
          Values: found.map(({ maximum }) => maximum),
        };
      });
      sendJson(response, 200, { MetricDataResults: results, Messages: [] }, { "content-type": "application/x-amz-json-1.0" });
    },
    { port: port ?? 0, orAnother: true },
  );
}

/** A metric that CloudWatch does not know has no values, and is no error. */
function isConnections({ MetricStat }: Query, instanceId: string): boolean {
  const { Metric, Period, Stat } = MetricStat ?? {};
  const [dimension, ...more] = Metric?.Dimensions ?? [];
  return (
    Metric?.Namespace === "AWS/RDS" &&
    Metric.MetricName === "DatabaseConnections" &&
    dimension?.Name === "DBInstanceIdentifier" &&
    dimension.Value === instanceId &&
    more.length === 0 &&
    Period === 60 &&
    Stat === "Maximum"
  );
}
