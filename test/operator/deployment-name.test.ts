import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deploymentName, terraformName } from "../../scripts/operator/deployment-name.ts";

const said: string[] = [];
const ports = (found: string | null) => ({ terraformName: async () => found, say: (line: string) => void said.push(line) });

describe("the deployment that a command is for", () => {
  it("is what --deployment says, or --name where that is no other name; Terraform is not asked then", async () => {
    const asked = { ...ports(null), terraformName: () => Promise.reject(new Error("asked")) };
    expect(await deploymentName({ deployment: "budget" }, asked)).toBe("budget");
    expect(await deploymentName({ name: "budget" }, asked)).toBe("budget");
    expect(await deploymentName({ deployment: "budget", name: "budget" }, asked)).toBe("budget");
  });

  it("is otherwise the one of this checkout, and said so", async () => {
    expect(await deploymentName({}, ports("budget"))).toBe("budget");
    expect(said).toEqual(["deployment: budget (from terraform output)"]);
  });

  it("is asked for when nobody knows it, and never guessed between two", async () => {
    await expect(deploymentName({}, ports(null))).rejects.toThrow("--deployment NAME");
    await expect(deploymentName({ deployment: "budget", name: "ann" }, ports(null))).rejects.toThrow("--deployment says budget and --name says ann");
    await expect(deploymentName({ deployment: "" }, ports("budget"))).rejects.toThrow("empty");
  });

  it("is unknown where Terraform has no state", async () => {
    expect(await terraformName(join(tmpdir(), "no-such-folder-of-dormouse"))).toBeNull();
  });
});

describe("an operator's command", () => {
  let home = "";
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "dormouse-test-"));
  });
  afterAll(() => rm(home, { recursive: true }));

  /** Without Terraform in the path, without credentials. */
  const command = async (name: string, ...args: string[]) => {
    const script = join(import.meta.dirname, "..", "..", "scripts", "operator", `${name}.ts`);
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], {
        env: { PATH: home, HOME: home, AWS_REGION: "eu-central-1" },
        timeout: 30_000,
      });
      return { code: 0, text: stdout };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, text: `${stdout}${stderr}` };
    }
  };

  it.each([
    ["migrate", []],
    ["wake", []],
    ["redrive", []],
    ["create-user", ["--name", "ann", "--email", "ann@example.com"]],
  ])("%s asks which deployment, and shows how it is used", async (name, args) => {
    const { code, text } = await command(name, ...args);
    expect(code).toBe(1);
    expect(text).toContain("which deployment?");
    expect(text).toContain(`npm run ${name} -- `);
    expect(text).toContain("[--deployment NAME]");
  });

  it.each(["migrate", "wake", "redrive", "create-user"])("%s shows how it is used when asked, and for a flag that it does not know", async (name) => {
    const [help, wrong] = await Promise.all([command(name, "--help"), command(name, "--nmae", "budget")]);
    expect(help).toMatchObject({ code: 0, text: expect.stringContaining(`npm run ${name} -- `) });
    expect(wrong).toMatchObject({ code: 1, text: expect.stringMatching(/Unknown option '--nmae'[\s\S]*npm run/) });
  });

  it("create-user takes --name for the user's name, which is no deployment's", async () => {
    const { code, text } = await command("create-user", "--name", "ann@example.com", "--email", "ann", "--deployment", "budget");
    expect(code).toBe(1);
    expect(text).toContain("--name is the name to sign in with");
    expect(text).toContain("--email is the address");
  });
});
