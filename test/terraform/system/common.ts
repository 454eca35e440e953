import { createHash } from "node:crypto";
import type { Resource } from "../../../scripts/terraform/tested.ts";
import { readSystem } from "../../../src/system.ts";
import systemJson from "../../../system.json" with { type: "json" };
import type { Planned } from "../planned.ts";

export const system = readSystem(systemJson);
export const region = "eu-central-1";
export const account = "123456789012";

/** The functions that there are with every setting's own default: none of those that another value would bring. */
export const functions = Object.entries(system.functions).filter(([, fn]) =>
  Object.entries(fn.when ?? {}).every(([setting, value]) => system.settings[setting]?.default === value),
);
export const names = functions.map(([name]) => name);

export function only(found: readonly Resource[]): Resource {
  const [first, ...more] = found;
  if (first === undefined || more.length > 0) throw new Error(`${found.length} resources where one was expected`);
  return first;
}

/** Resources of one function, by its key in system.json. */
export const ofFunction = (plan: Planned, type: string, name: string): Resource[] =>
  plan.all(type).filter(({ address }) => address.includes(`module.function["${name}"]`));

/** Buckets share their names with all the world: a hash of account, region and deployment makes them unique. */
export const bucketName = (key: string): string => `dormouse-${key}-${createHash("sha256").update(`${account}/${region}/dormouse`).digest("hex").slice(0, 8)}`;

/** An ARN of the local platform as it is here: buckets alone are named otherwise. */
export const here = (arn: string): string => arn.replace(/^(arn:aws:s3:::)dormouse-([a-z]+)/, (_, before: string, key: string) => before + bucketName(key));
