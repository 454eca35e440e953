import { describe, expect, it } from "vitest";
import type { DatabaseView, Phase } from "../../src/console/types.ts";
import {
  aboutToSleep,
  happened,
  headline,
  savedLessThanNothing,
  sleepCountdown,
  stage,
  unsettled,
  unverified,
  wakeForecast,
  wakeProgress,
} from "../../src/console/words.ts";

const start = Date.parse("2026-11-21T12:00:00Z");
const at = (seconds: number) => start + seconds * 1000;
const waking = (estimate: DatabaseView["estimate"]) => ({ since: "2026-11-21T12:00:00Z", estimate });
const usual = { p50Seconds: 25, p90Seconds: 60, samples: 7, readyAt: "2026-11-21T12:00:25Z" };

describe("the headline", () => {
  const phases: Phase[] = ["asleep", "waking", "awake", "falling-asleep"];
  it("has one word for each phase, and says so when an awake database does not serve", () => {
    const words = phases.map((phase) => headline({ phase, serving: phase === "awake", mode: "manage" }).word);
    expect(words).toEqual(["Asleep", "Waking up", "Awake", "Falling asleep"]);
    expect(headline({ phase: "awake", serving: false, mode: "manage" }).word).toBe("Awake, but not serving");
  });
  it("promises nothing in watch mode", () => {
    for (const phase of phases) {
      expect(headline({ phase, serving: false, mode: "watch" }).sentence).not.toBe(headline({ phase, serving: false, mode: "manage" }).sentence);
    }
    expect(headline({ phase: "asleep", serving: false, mode: "watch" }).sentence).toContain("will not start it");
  });
});

describe("the progress of a wake", () => {
  it("counts down to the usual time", () => {
    expect(wakeProgress(waking(usual), at(0))).toEqual({ text: "Usually ready in about 25 s", value: 0 });
    expect(wakeProgress(waking(usual), at(5))).toEqual({ text: "Usually ready in about 20 s", value: 0.2 });
    expect(wakeProgress(waking(usual), at(24.9)).text).toBe("Usually ready in about 1 s");
  });
  it("says that it takes longer than usual once the usual time has passed, and never stands at 0", () => {
    for (const seconds of [25, 30, 59, 60, 61, 500, 5_000]) {
      const { text, value } = wakeProgress(waking(usual), at(seconds));
      expect(text).toContain("longer than usual");
      expect(text).not.toMatch(/\b0 s/);
      expect(value).toBeNull();
    }
    expect(wakeProgress(waking(usual), at(30)).text).toContain("Any moment now");
    expect(wakeProgress(waking(usual), at(61)).text).toBe("It is taking longer than usual: 1 min 1 s so far. Nine of ten wakes took at most 1 min.");
  });
  it("calls an estimate without samples a guess, and says when there is none at all", () => {
    expect(wakeProgress(waking({ ...usual, samples: 0 }), at(0)).text).toContain("a guess");
    expect(wakeProgress(waking(null), at(12))).toEqual({ text: "No estimate yet, this is the first wake seen here. 12 s so far.", value: null });
  });
  it("counts down to nothing when no moment is promised", () => {
    expect(wakeProgress(waking({ ...usual, readyAt: null }), at(5))).toEqual({
      text: "Usually takes about 25 s once the start begins. 5 s so far.",
      value: null,
    });
  });
  it("does not fill the bar before the database serves", () => {
    expect(wakeProgress(waking(usual), at(24.99)).value).toBeLessThan(1);
  });
  it("forecasts only what this instance has shown", () => {
    expect(wakeForecast({ estimate: usual, wake: null })).toBe("Waking usually takes about 25 s.");
    expect(wakeForecast({ estimate: { ...usual, samples: 0 }, wake: null })).toBeNull();
    expect(wakeForecast({ estimate: null, wake: null })).toBeNull();
  });
  it("says that somebody has asked already, and looks often until it is done", () => {
    const wake = { by: "ann", at: "2026-11-21T12:00:00Z" };
    expect(wakeForecast({ estimate: usual, wake })).toBe("Asked for by ann; it wakes as soon as it can.");
    expect(unsettled({ phase: "asleep", serving: false, wake })).toBe(true);
    expect(unsettled({ phase: "asleep", serving: false, wake: null })).toBe(false);
    expect(unsettled({ phase: "waking", serving: false, wake: null })).toBe(true);
    expect(unsettled({ phase: "awake", serving: true, wake: null })).toBe(false);
  });
  it("is looked at often around the time at which it may fall asleep, and not for ever after", () => {
    const view = { phase: "awake", sleepsAt: "2026-11-21T12:10:00Z", mode: "manage" } as const;
    expect([0, 580, 586, 600, 680, 700].map((seconds) => aboutToSleep(view, at(seconds)))).toEqual([false, false, true, true, true, false]);
    expect(aboutToSleep({ ...view, mode: "watch" }, at(600))).toBe(false);
    expect(aboutToSleep({ ...view, sleepsAt: null }, at(600))).toBe(false);
    expect(aboutToSleep({ ...view, phase: "asleep" }, at(600))).toBe(false);
  });
});

describe("the countdown to sleep", () => {
  const sleepsAt = "2026-11-21T12:34:00Z";
  it("says how long, then that it is any moment", () => {
    expect(sleepCountdown({ sleepsAt, mode: "manage" }, at(0))).toBe("in 34 min, unless somebody uses it");
    expect(sleepCountdown({ sleepsAt, mode: "manage" }, at(3_000))).toBe("any moment now, unless somebody uses it");
  });
  it("says in watch mode what would happen, and that it will not", () => {
    expect(sleepCountdown({ sleepsAt, mode: "watch" }, at(0))).toBe("in 34 min, but it is only watched");
  });
  it("says nothing when it stays awake", () => {
    expect(sleepCountdown({ sleepsAt: null, mode: "manage" }, at(0))).toBeNull();
  });
});

describe("other words", () => {
  it("explains the stages of RDS and passes on those that it does not know", () => {
    expect(stage("starting")).toBe("AWS is starting the instance.");
    expect(stage("storage-optimization")).toBe("RDS reports “storage-optimization”.");
  });
  it("says what awake means where nobody logs in to look", () => {
    expect(unverified({ verified: true })).toBeNull();
    expect(unverified({ verified: false })).toContain("Nobody logs in to look.");
  });
  it("says why less than nothing was saved, and only then", () => {
    expect(savedLessThanNothing(["0.0000", "1.20"])).toBeNull();
    expect(savedLessThanNothing(["-0.0003", "1.20"])).toContain("at least 10 minutes for each start");
    expect(savedLessThanNothing(["0.0000", "-0.0100"])).not.toBeNull();
  });
  it("says what a line of the ledger says happened", () => {
    expect(happened({ from: "asleep", phase: "waking", action: "start" })).toBe("Began to wake");
    expect(happened({ from: "falling-asleep", phase: "awake", action: "lift" })).toBe("Was called back");
    expect(happened({ from: "awake", phase: "awake", action: "none" })).toBe("Stayed awake");
    expect(happened({ from: "waking", phase: "waking", action: "start-again" })).toBe("Start again");
  });
});
