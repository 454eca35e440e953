import { describe, expect, it } from "vitest";
import { describeModule } from "../../scripts/terraform/docs.ts";
import { terraformFolders } from "../../scripts/terraform.ts";
import { readSystem } from "../../src/system.ts";
import systemJson from "../../system.json" with { type: "json" };

const system = readSystem(systemJson);
const [root = ""] = terraformFolders();
const { inputs } = describeModule(root);
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

describe("the settings of system.json in Terraform", () => {
  it("are one variable each, with the same default and the same words", () => {
    // Chosen by what there is, where nobody chooses; a list instead of a text with commas.
    const otherwise: Record<string, { type: string; initial: string; begins?: boolean }> = {
      probe: { type: "string", initial: "null", begins: true },
      allowedOrigins: { type: "list(string)", initial: "[]" },
    };
    for (const [name, setting] of Object.entries(system.settings)) {
      const input = inputs.find((it) => it.name === snake(name));
      expect(input?.type, name).toBe(otherwise[name]?.type ?? setting.type);
      expect(input?.initial, name).toBe(otherwise[name]?.initial ?? JSON.stringify(setting.default));
      if (name === "allowedOrigins") expect(input?.description).toMatch(/^Origins of other web pages that may call the API \(CORS\)/);
      else if (otherwise[name]?.begins) expect(input?.description.startsWith(setting.description), name).toBe(true);
      else expect(input?.description, name).toBe(setting.description);
    }
  });
});

describe("the tables in Terraform's READMEs", () => {
  it("describe every input and output of every module in a sentence", () => {
    expect(terraformFolders().length).toBeGreaterThan(8);
    for (const dir of terraformFolders()) {
      const { inputs: all, outputs } = describeModule(dir);
      for (const { name, description } of [...all, ...outputs]) expect(description, `${dir}: ${name}`).toMatch(/^.{8,}[.)]$/s);
    }
  });

  it("give a type of several lines in one, and tell what has to be given", () => {
    const existing = inputs.find(({ name }) => name === "existing_database");
    expect(existing?.type).toBe(
      'object({identifier = string, database_name = optional(string, "postgres"), subnet_ids = optional(list(string), []), security_group_ids = optional(list(string), [])})',
    );
    expect(existing?.initial).toBe("null");
    expect(inputs.filter(({ initial }) => initial === null).map(({ name }) => name)).toEqual(["name"]);
  });
});
