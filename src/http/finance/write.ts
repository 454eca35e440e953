/** Writes in a user's name. */
import type { Write } from "./deps.ts";
import type { Session } from "./session.ts";

export const write =
  (session: Session): Write =>
  (request, work) =>
    session(request, work);
