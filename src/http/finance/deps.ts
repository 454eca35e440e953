/** What the finance routes stand on. */
import type { Transaction } from "kysely";
import type { Tables } from "../../database/schema.ts";
import type { Profile } from "../../finance/profile.ts";
import type { ApiRequest, Reply } from "../api.ts";
import type { Caller } from "../caller.ts";
import type { Session } from "./session.ts";

/**
 * A write in the request's user's name: `work` runs in one transaction, and under the request's `Idempotency-Key` when it has one, so that the same key and
 * payload give the same answer again and nothing happens twice.
 */
export type Write = (request: ApiRequest, work: (tx: Transaction<Tables>, caller: Caller) => Promise<Reply>) => Promise<Reply>;

export interface FinanceDeps {
  session: Session;
  write: Write;
  /** Read before the transaction. A user who has none gets the defaults. */
  profiles: { read(sub: string): Promise<Profile> };
  /** Keeps a receipt for an expense; false: it is none of the user's that is ready. */
  receipts: { attach(owned: { userId: string; id: string }, now: number): Promise<boolean> };
  /** Milliseconds since the epoch. */
  now(): number;
  /** A new UUID, version 7. */
  newId(): string;
}
