import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { catalogue, readConfig, type Variable } from "../src/config.ts";
import { readSystem } from "../src/system.ts";
import systemJson from "../system.json" with { type: "json" };

const system = readSystem(systemJson);
const folder = join(import.meta.dirname, "..", "functions");
const isVariable = (name: string): name is Variable => Object.hasOwn(catalogue, name);

describe("the configuration", () => {
  it("has typed values under names in camel case", () => {
    const config = readConfig({ DATABASE_ID: "dormouse", IDLE_MINUTES: "0.25", MODE: "watch", DATABASE_CA: "", DATABASE_PORT: "5432", TIMER_ROLE_ARN: "arn" }, [
      "DATABASE_ID",
      "IDLE_MINUTES",
      "MODE",
      "DATABASE_CA",
      "DATABASE_PORT",
      "TIMER_ROLE_ARN",
    ]);
    const idle: number = config.idleMinutes;
    const mode: "manage" | "watch" = config.mode;
    expect({ ...config, idle, mode }).toEqual({
      databaseId: "dormouse",
      idleMinutes: 0.25,
      idle: 0.25,
      mode: "watch",
      databaseCa: "",
      databasePort: 5432,
      timerRoleArn: "arn",
    });
  });

  it("names everything that is missing or wrong at once, and repeats no value", () => {
    const env = { IDLE_MINUTES: "soon", DRAIN_SECONDS: "29", MODE: "sleep", DATABASE_CA: "secret", DATABASE_PORT: "0", STATE_TABLE: " " };
    expect(() => readConfig(env, ["DATABASE_ID", "IDLE_MINUTES", "DRAIN_SECONDS", "MODE", "DATABASE_CA", "DATABASE_PORT", "STATE_TABLE"])).toThrow(
      new Error(
        "The configuration is wrong: DATABASE_ID is missing; IDLE_MINUTES must be a number of at least 0.05 (minutes); DRAIN_SECONDS must be a number from 1 to 28 (seconds); " +
          "MODE must be one of manage, watch; DATABASE_CA must be empty, or certificates as PEM text; DATABASE_PORT must be a port, 1 to 65535; STATE_TABLE must name a DynamoDB table.",
      ),
    );
  });

  it.each(["", " 5", "-1", "1e3", "NaN", "Infinity", "5 ", "0x5", ".5"])("takes no number like %j", (value) => {
    expect(() => readConfig({ IDLE_MINUTES: value }, ["IDLE_MINUTES"])).toThrow("IDLE_MINUTES must be a number");
  });

  it.each(Object.entries(system.functions))("of %s is what system.json declares, all of it in the catalogue", async (name, { environment }) => {
    const declared = Object.keys(environment).sort();
    expect(declared.filter((variable) => !isVariable(variable))).toEqual([]);
    const source = await readFile(join(folder, `${name}.ts`), "utf8");
    const list = /export const variables = \[([\s\S]*?)\] as const;/.exec(source)?.[1] ?? "";
    expect([...list.matchAll(/"([A-Z_]+)"/g)].map(([, variable]) => variable).sort()).toEqual(declared);
    expect(source).toContain("readConfig(process.env, variables)");
  });

  it("has a function for each file, and a file for each function", async () => {
    const files = (await readdir(folder)).filter((file) => file.endsWith(".ts")).map((file) => file.slice(0, -3));
    expect(files.sort()).toEqual(Object.keys(system.functions).sort());
  });

  it("has the bounds and the values that system.json gives each setting", () => {
    const takes = (variable: Variable, value: number | string) => {
      try {
        readConfig({ [variable]: String(value) }, [variable]);
        return true;
      } catch {
        return false;
      }
    };
    let checked = 0;
    for (const { env, default: standard, minimum, maximum, values } of Object.values(system.settings)) {
      if (!isVariable(env)) continue;
      checked++;
      expect([env, takes(env, standard)]).toEqual([env, true]);
      for (const value of values ?? []) expect([env, value, takes(env, value)]).toEqual([env, value, true]);
      if (minimum !== undefined) expect([env, takes(env, minimum), minimum > 0 && takes(env, minimum * 0.99)]).toEqual([env, true, false]);
      if (maximum !== undefined) expect([env, takes(env, maximum), takes(env, maximum + 0.01)]).toEqual([env, true, false]);
    }
    expect(checked).toBeGreaterThanOrEqual(9);
  });
});
