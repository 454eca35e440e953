import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startPoll } from "../../src/console/poll.ts";

describe("the poll", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("looks again after what the look answered", async () => {
    const look = vi.fn(async () => 2_000);
    const poll = startPoll(look, () => true);
    await poll.now();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(look).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(look).toHaveBeenCalledTimes(2);
    poll.stop();
  });
  it("does not look while nobody sees the page, and does again when asked to", async () => {
    let seen = false;
    const look = vi.fn(async () => 2_000);
    const poll = startPoll(look, () => seen);
    await poll.now();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(look).toHaveBeenCalledTimes(1);
    seen = true;
    await poll.now();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(look).toHaveBeenCalledTimes(3);
    poll.stop();
  });
  it("looks once more after a look that was already under way when it was asked", async () => {
    const waiting: (() => void)[] = [];
    const look = vi.fn(() => new Promise<number>((done) => waiting.push(() => done(2_000))));
    const poll = startPoll(look, () => true);
    const first = poll.now();
    void poll.now();
    void poll.now();
    waiting.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(look).toHaveBeenCalledTimes(2);
    waiting.shift()?.();
    await first;
    expect(look).toHaveBeenCalledTimes(2);
    poll.stop();
  });
  it("stops for good", async () => {
    const look = vi.fn(async () => 1);
    const poll = startPoll(look, () => true);
    await poll.now();
    poll.stop();
    await poll.now();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(look).toHaveBeenCalledTimes(1);
  });
});
