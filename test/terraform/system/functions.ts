/** The functions and what they find around them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { awakeHook } from "../../../local/gate.ts";
import { catalogue, readConfig, type Variable } from "../../../src/config.ts";
import { block, list, type Planned } from "../planned.ts";
import { account, bucketName, functions, names, ofFunction, only, region, system } from "./common.ts";

export function functionsAndEnvironment(planned: () => Planned): void {
  const fn = (name: string) => only(ofFunction(planned(), "aws_lambda_function", name)).values;

  it("has the declared functions and no other, with their memory, time and description", () => {
    const made = planned()
      .all("aws_lambda_function")
      .map(({ values }) => [values.function_name, values.memory_size, values.timeout, values.description]);
    expect(made.sort()).toEqual(functions.map(([name, it]) => [`dormouse-${name}`, it.memoryMb, it.timeoutSeconds, it.description]).sort());
    for (const name of names) {
      expect(fn(name)).toMatchObject({ runtime: "nodejs24.x", architectures: ["arm64"], handler: "index.handler", package_type: null });
      expect(fn(name).filename, name).toMatch(new RegExp(`/dist/${name}\\.zip$`));
      expect(fn(name).reserved_concurrent_executions, "a new account has none to reserve").toBeNull();
    }
  });

  it("sets each variable that a bundle's configuration reads and no other, to a value that it accepts", () => {
    const isVariable = (name: string): name is Variable => Object.hasOwn(catalogue, name);
    for (const name of names) {
      const source = readFileSync(join(import.meta.dirname, "..", "..", "..", "functions", `${name}.ts`), "utf8");
      const asked = [...(/export const variables = \[([\s\S]*?)\] as const;/.exec(source)?.[1] ?? "").matchAll(/"([A-Z_]+)"/g)].map(([, it]) => it ?? "");
      const environment = block(fn(name).environment).variables as Record<string, string>;
      expect(Object.keys(environment).sort(), name).toEqual([...asked, "POWERTOOLS_SERVICE_NAME"].sort());
      expect(Object.keys(readConfig(environment, asked.filter(isVariable))).length, name).toBe(asked.length);
      for (const [variable, reference] of Object.entries(system.functions[name]?.environment ?? {})) {
        const [kind = "", what = ""] = reference.split(":");
        if (kind === "table" || kind === "function") expect(environment[variable], `${name}.${variable}`).toBe(`dormouse-${what}`);
        if (kind === "queue") expect(environment[variable], `${name}.${variable}`).toBe(`https://sqs.${region}.amazonaws.com/${account}/dormouse-${what}`);
        if (kind === "topic") expect(environment[variable], `${name}.${variable}`).toBe(`arn:aws:sns:${region}:${account}:dormouse-${what}`);
        const [bucket = "", folder] = what.split("/");
        const uploads = `https://${bucketName(bucket)}.s3.${region}.amazonaws.com`;
        if (kind === "bucket") expect(environment[variable], `${name}.${variable}`).toBe(folder === undefined ? bucketName(bucket) : uploads);
        if (kind === "hook") expect(environment[variable], `${name}.${variable}`).toBe(system.functions[awakeHook] ? `dormouse-${awakeHook}` : "");
        if (kind === "setting") expect(environment[variable], `${name}.${variable}`).toBe(String(system.settings[what]?.default));
      }
    }
  });

  it("gives each function a log group of its own that is not kept for ever, and a way for what failed", () => {
    for (const name of names) {
      const group = only(ofFunction(planned(), "aws_cloudwatch_log_group", name)).values;
      expect(group).toMatchObject({ name: `/aws/lambda/dormouse-${name}`, retention_in_days: 30 });
      expect(block(fn(name).logging_config)).toMatchObject({ log_format: "JSON", log_group: group.name });
      const { values } = only(ofFunction(planned(), "aws_lambda_function_event_invoke_config", name));
      expect(block(block(values.destination_config).on_failure).destination, name).toMatch(/^arn:aws:sqs:/);
    }
  });

  it("puts the data plane into the VPC and the control plane outside", () => {
    const inside = names.filter((name) => list(fn(name).vpc_config).length > 0);
    expect(inside.sort()).toEqual(functions.flatMap(([name, { vpc }]) => (vpc ? [name] : [])).sort());
  });
}
