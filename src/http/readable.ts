/** Items that a newer version wrote: this one neither reads nor changes them. */
import { problem, retryAfter } from "./problem.ts";

/** The problem `unavailable` (503) where `work` throws one of these errors. `what` begins its sentence: "This job". */
export const readable =
  (what: string, ...unknown: readonly (new (...given: never[]) => Error)[]) =>
  async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      if (!unknown.some((one) => cause instanceof one)) throw cause;
      throw problem("unavailable", `${what} was written by a newer version of Dormouse; this one can't read it.`, { cause, headers: retryAfter(60) });
    }
  };
