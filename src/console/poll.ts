/** Looks again and again, at the pace that each look answers; not while nobody sees the page. */

export interface Poll {
  /** Looks at once; when a look is under way, once more after it, since that one may have left before what the caller did. */
  now(): Promise<void>;
  stop(): void;
}

/** `look` answers in how many ms to look again and must not throw. `seen` tells whether anybody sees the page; `now()` should be called when that changes. */
export function startPoll(look: () => Promise<number>, seen: () => boolean): Poll {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;

  const run = async () => {
    let pause = 0;
    do {
      again = false;
      pause = await look();
    } while (again && !stopped);
    running = null;
    if (!stopped && seen()) timer = setTimeout(now, pause);
  };
  const now = (): Promise<void> => {
    clearTimeout(timer);
    if (stopped) return Promise.resolve();
    if (running) again = true;
    else running = run();
    return running;
  };
  return {
    now,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
