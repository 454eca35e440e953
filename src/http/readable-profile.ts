/** A profile that a newer version wrote is nobody's mistake, and no bug of this one. */
import { UnknownProfile } from "../finance/profile.ts";
import { problem, retryAfter } from "./problem.ts";

/** What a store of profiles answers. Throws the problem `unavailable` (503) for an item of a newer version. */
export async function readableProfile<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UnknownProfile)
      throw problem("unavailable", "Your profile was written by a newer version of Dormouse; this one neither reads nor changes it.", {
        cause: error,
        headers: retryAfter(60),
      });
    throw error;
  }
}
