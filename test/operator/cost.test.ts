import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ASSUMED, alwaysOn, aurora, instance, overhead, safety, sum } from "../../scripts/operator/bill.ts";
import { costPage } from "../../scripts/operator/cost.ts";
import { PRICES, type PriceName, priced } from "../../scripts/operator/prices.ts";

const root = join(import.meta.dirname, "../..");
const terraform = async () => {
  const files = (await readdir(join(root, "terraform"), { recursive: true })).filter((file) => file.endsWith(".tf") && !/examples|^modules\/key/.test(file));
  return (await Promise.all(files.map((file) => readFile(join(root, "terraform", file), "utf8")))).join("\n");
};
const made = (text: string, type: string) => text.match(new RegExp(`^resource "${type}"`, "gm"))?.length ?? 0;

describe("the page of costs", () => {
  it("holds what the code makes: else run npm run cost -- --write", async () => {
    expect(await readFile(join(root, "docs/cost.md"), "utf8")).toContain(costPage());
  });
});

describe("the bill", () => {
  it("is at most ten cents for Dormouse itself at 40 hours, with the always-free tiers", () => {
    expect(sum(overhead(40, true))).toBeLessThanOrEqual(0.1);
  });

  it("never falls with the hours, nor when the free tiers are gone, and stays below the instance that is always on", () => {
    for (let hours = 0; hours < 400; hours += 20) {
      for (const free of [true, false]) expect(sum(overhead(hours + 20, free))).toBeGreaterThan(sum(overhead(hours, free)));
      expect(sum(overhead(hours, false))).toBeGreaterThan(sum(overhead(hours, true)));
      expect(sum(overhead(hours, true)) + sum(instance(hours))).toBeLessThan(alwaysOn());
    }
  });

  it("charges only what goes beyond a free tier", () => {
    expect(priced("alarm", 12, true)).toBeCloseTo(0.2);
    expect(priced("alarm", 12, false)).toBeCloseTo(1.2);
    expect(priced("alarm", 3, true)).toBe(0);
    for (const name of Object.keys(PRICES) as PriceName[]) expect(priced(name, 0, false)).toBe(0);
  });

  it("waits for backups in weeks with use and no visit at the window: not without use, and less the more there are", () => {
    expect(safety(0).hours).toBeLessThan(3);
    const [few, some, many] = [10, 40, 160].map((hours) => safety(hours).hours);
    expect(few).toBeGreaterThan(some ?? 0);
    expect(some).toBeGreaterThan(many ?? 0);
    expect(Math.abs((few ?? 0) - 40)).toBeLessThan(5);
    for (let hours = 0; hours < 700; hours += 5) expect(safety(hours).hours).toBeLessThanOrEqual((ASSUMED.monthHours / 168) * ASSUMED.missedWindowHours);
  });

  it("says of Aurora what the table shows: cheaper at few hours, dearer at many", () => {
    const dormouse = (hours: number) => sum(overhead(hours, true)) + sum(instance(hours));
    expect([aurora(40, 5) < dormouse(40), aurora(160, 5) < dormouse(160)]).toEqual([true, false]);
    const changes = (usedGb: number) => Array.from({ length: 400 }, (_, hours) => hours).find((hours) => aurora(hours, usedGb) > dormouse(hours)) ?? 0;
    expect(Math.abs(changes(5) - 93)).toBeLessThanOrEqual(3);
    expect(Math.abs(changes(ASSUMED.storageGb) - 33)).toBeLessThanOrEqual(3);
  });

  it("has no line for what stands and costs, because Terraform makes nothing of the kind unless it is asked for", async () => {
    const text = await terraform();
    // modules/key is for whoever names it: the root does not.
    expect(text).not.toContain('source = "./modules/key"');
    for (const type of ["aws_nat_gateway", "aws_kms_key", "aws_secretsmanager_secret", "aws_eip", "aws_lb"])
      expect([type, made(text, type)]).toEqual([type, 0]);
  });
});
