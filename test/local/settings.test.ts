import { expect, test } from "vitest";
import { defaultSettings, helpText, readFlags } from "../../local/settings.ts";
import { readSystem } from "../../src/system.ts";
import systemJson from "../../system.json" with { type: "json" };

const system = readSystem(systemJson);
const good = (...args: string[]) => {
  const result = readFlags(system, args);
  if ("problems" in result) throw new Error(result.problems.join("; "));
  return result.flags;
};
const problems = (...args: string[]) => {
  const result = readFlags(system, args);
  return "problems" in result ? result.problems : [];
};

test("without flags everything has its default", () => {
  expect(good()).toEqual({
    port: 3000,
    data: ".dormouse",
    fresh: false,
    part: "all",
    startSeconds: 20,
    stopSeconds: 8,
    help: false,
    settings: defaultSettings(system),
  });
});

test("flags take a value after a space or an equals sign, and decimals", () => {
  const flags = good("--idle-minutes", "1", "--check-minutes=0.25", "--mode=watch", "--fresh", "--allowed-origins=https://a.example,https://b.example");
  expect(flags).toMatchObject({
    fresh: true,
    settings: { idleMinutes: 1, checkMinutes: 0.25, mode: "watch", allowedOrigins: "https://a.example,https://b.example" },
  });
  expect(good("--start-seconds", ".5").startSeconds).toBe(0.5);
});

test("every problem is told at once, and names its flag", () => {
  expect(problems("--idle-minute", "3", "--drain-seconds", "40", "--mode=sometimes", "--port", "3.5", "--fresh=yes", "--data")).toEqual([
    "there is no flag --idle-minute; do you mean --idle-minutes?",
    '"3" is no flag',
    "--fresh takes no value",
    "--data needs a value",
    "--port needs a whole number, not 3.5",
    "--drain-seconds is at most 28, not 40",
    '--mode is manage or watch, not "sometimes"',
  ]);
});

test.each([
  [["--idle-minutes", "abc"], '--idle-minutes needs a number, not "abc"'],
  [["--idle-minutes", "0x10"], '--idle-minutes needs a number, not "0x10"'],
  [["--idle-minutes="], "--idle-minutes needs a value"],
  [["--idle-minutes=-1"], "--idle-minutes is at least 0.05, not -1"],
  [["--port=70000"], "--port is at most 65535, not 70000"],
  [["--part=finance"], '--part is all or lifecycle, not "finance"'],
  [["--port=1", "--port=2"], "--port is given twice"],
  [["-p", "1"], "there is no flag -p; --help lists them"],
  [["--__proto__=1"], "there is no flag --__proto__; --help lists them"],
])("%j is refused: %s", (args, problem) => {
  expect(problems(...args)).toContain(problem);
});

test("mails by SES come from an address", () => {
  const needs = ["--mail-sender ses needs --mail-from: the address that mails come from"];
  expect(problems("--mail-sender", "ses")).toEqual(needs);
  expect(problems("--mail-sender", "ses", "--mail-from", "Dormouse")).toEqual(needs);
  expect(good("--mail-sender", "ses", "--mail-from", "money@example.com").settings).toMatchObject({ mailSender: "ses", mailFrom: "money@example.com" });
});

test("the probe by metrics goes with the lifecycle alone: the app's own connections would keep the database awake", () => {
  expect(problems("--probe", "metrics")).toEqual([
    "--probe metrics goes with --part lifecycle: the app's own connections would count as use, and keep the database awake",
  ]);
  expect(problems("--probe", "metrics", "--part", "lifecycle")).toEqual([]);
});

test("the help names every flag with its default", () => {
  const text = helpText(system);
  for (const { flag } of Object.values(system.settings)) expect(text).toContain(`--${flag} `);
  expect(text).toContain("[20]");
});
