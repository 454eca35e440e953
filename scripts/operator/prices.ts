/**
 * Public prices that the bill assumes: US dollars, on demand, region us-east-1 (N. Virginia), November 2026. Nobody here has seen a bill: `from` says
 * where each was looked up, or that it is from memory. Prices differ by region and change; the bill's shape does not.
 */

export interface Price {
  usd: number;
  per: string;
  from: string;
  /** What AWS gives every account each month without an end (not the first year's free tier), in the unit of `per`. */
  free?: number;
}

const MEMORY = "from memory, not looked up";

export const PRICES = {
  instanceHour: {
    usd: 0.016,
    per: "hour of db.t4g.micro, PostgreSQL, one zone; by the second, at least 10 minutes for each start",
    from: "infratally.com, RDS pricing 2026; Amazon RDS User Guide",
  },
  rdsStorage: { usd: 0.115, per: "GB-month of gp3, provisioned; 20 GB at least", from: "usage.ai, RDS pricing, June 2026" },
  lambdaRequest: { usd: 0.2 / 1e6, per: "Lambda request", from: "unanswered.io, Lambda pricing after the free tier", free: 1e6 },
  lambdaGbSecond: { usd: 0.0000133334, per: "GB-second of Lambda on arm64", from: "git.mcrn.ar, Lambda cost notes, May 2026", free: 400_000 },
  dynamoWrite: { usd: 0.625 / 1e6, per: "write request unit (1 KB)", from: "airbyte.com, DynamoDB pricing, July 2025" },
  dynamoRead: { usd: 0.125 / 1e6, per: "read request unit (4 KB)", from: "airbyte.com, DynamoDB pricing, July 2025" },
  httpApi: { usd: 1 / 1e6, per: "HTTP API request (free in the first year only)", from: "appropri8, AWS tutorial, December 2025" },
  logs: { usd: 0.5, per: "GB of logs taken in", from: "factualminds.com, CloudWatch pricing, June 2026; aws.amazon.com/cloudwatch/pricing", free: 5 },
  metric: {
    usd: 0.3,
    per: "custom metric-month, for the hours in which it is sent",
    from: "signoz.io, CloudWatch pricing, February 2026; the hours from memory",
    free: 10,
  },
  alarm: { usd: 0.1, per: "alarm-month", from: `the price ${MEMORY}; the ten free ones: aws.amazon.com/cloudwatch/pricing`, free: 10 },
  dashboard: { usd: 3, per: "dashboard-month", from: "factualminds.com, CloudWatch pricing, June 2026; aws.amazon.com/cloudwatch/pricing", free: 3 },
  sqs: {
    usd: 0.4 / 1e6,
    per: "SQS request",
    from: "cloudburn.io, SQS pricing, March 2026; unanswered.io: a million free, without an end",
    free: 1e6,
  },
  email: { usd: 2 / 1e5, per: "e-mail sent by SNS", from: `factualminds.com, SNS pricing, June 2026; the 1,000 free ${MEMORY}`, free: 1000 },
  s3Storage: { usd: 0.023, per: "GB-month of S3 Standard (free in the first year only)", from: MEMORY },
  s3Write: { usd: 5 / 1e6, per: "S3 request that writes or lists", from: MEMORY },
  timer: { usd: 1 / 1e6, per: "EventBridge Scheduler invocation", from: "cloudburn.io, EventBridge pricing, March 2026", free: 14e6 },
  user: {
    usd: 0.0055,
    per: "monthly active user of Cognito (Lite)",
    from: `the price ${MEMORY}; 10,000 free, without an end: c3x.dev and aws.amazon.com/cognito/pricing`,
    free: 10_000,
  },
  transfer: { usd: 0.09, per: "GB sent to the internet", from: `appropri8, AWS tutorial, December 2025; the 100 free GB ${MEMORY}`, free: 100 },
  acuHour: { usd: 0.12, per: "ACU-hour of Aurora Serverless v2, PostgreSQL", from: "factualminds.com and c3x.dev, Aurora pricing, 2026" },
  auroraStorage: { usd: 0.1, per: "GB-month that Aurora uses", from: "awsnegotiations.com, Aurora Serverless v2, May 2026" },
  auroraIo: { usd: 0.2, per: "million I/O requests of Aurora Standard", from: "jusdb.com, RDS and Aurora compared" },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;

/** AWS's own figure for a small deployment of Instance Scheduler (two accounts, two regions), a month: "Cost" in its implementation guide. */
export const INSTANCE_SCHEDULER_USD = 13.15;

/** For `quantity` of it, with or without what is always free. */
export function priced(name: PriceName, quantity: number, alwaysFree: boolean): number {
  const price: Price = PRICES[name];
  return Math.max(0, quantity - (alwaysFree ? (price.free ?? 0) : 0)) * price.usd;
}
