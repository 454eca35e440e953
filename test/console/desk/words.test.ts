import { describe, expect, it } from "vitest";
import { jobName, jobShare, jobWords, mailWords, subscriptionWords, unreadWords } from "../../../src/console/desk/words.ts";

const job = { state: "running", progress: null, reason: null, result: null } as const;

describe("work in words", () => {
  it("has a name of its own, or its kind's", () => {
    expect(jobName("recap")).toBe("Weekly recap");
    expect(jobName("daily-look")).toBe("daily look");
    expect(jobName("constructor")).toBe("constructor");
  });
  it("says how far it is, and nothing that nobody knows", () => {
    expect(jobWords(job)).toBe("At work.");
    expect(jobWords({ ...job, progress: { done: 2, total: null } })).toBe("At work: 2 done so far.");
    expect(jobWords({ ...job, progress: { done: 2, total: 5 } })).toBe("At work: 2 of 5 done.");
    expect(jobWords({ ...job, reason: "tried again after a failure" })).toBe("At work. Tried again after a failure.");
  });
  it("says what came of it", () => {
    expect(jobWords({ ...job, state: "done" })).toBe("Done.");
    expect(jobWords({ ...job, state: "done", result: { sentence: "You spent nothing." } })).toBe("You spent nothing.");
    expect(jobWords({ ...job, state: "done", result: { title: "October 2026" } })).toBe("October 2026: ready.");
    expect(jobWords({ ...job, state: "failed", reason: "no such work." })).toBe("Failed. No such work.");
  });
  it("is a share from 0 to 1 only while it runs and its whole is known", () => {
    expect(jobShare({ state: "running", progress: { done: 1, total: 4 } })).toBe(0.25);
    expect(jobShare({ state: "running", progress: { done: 9, total: 4 } })).toBe(1);
    expect(jobShare({ state: "running", progress: { done: 1, total: 0 } })).toBeNull();
    expect(jobShare({ state: "running", progress: { done: 1, total: null } })).toBeNull();
    expect(jobShare({ state: "waiting", progress: { done: 1, total: 4 } })).toBeNull();
  });
});

describe("mails in words", () => {
  it("are worth a word only where none came", () => {
    expect(mailWords({ state: "sent", reason: null })).toBeNull();
    expect(mailWords({ state: "queued", reason: "throttled" })).toBeNull();
    expect(mailWords({ state: "failed", reason: null })).toBe("No mail was sent.");
    expect(mailWords({ state: "skipped", reason: "You wanted none." })).toBe("No mail was sent: You wanted none.");
  });
  it("are asked for and stopped as their state allows", () => {
    const said = (state: "none" | "pending" | "confirmed" | "suppressed") => {
      const { ask, stop } = subscriptionWords({ state, address: "a@b.c", reason: null });
      return [ask !== null, stop !== null];
    };
    expect(said("none")).toEqual([true, false]);
    expect(said("pending")).toEqual([true, true]);
    expect(said("confirmed")).toEqual([false, true]);
    expect(said("suppressed")).toEqual([true, true]);
    expect(subscriptionWords({ state: "confirmed", address: null, reason: null }).sentence).toBe("Mails go to your address.");
  });
  it("are counted only where some are unread", () => {
    expect([unreadWords(0), unreadWords(3)]).toEqual(["", "3 unread"]);
  });
});
