/** What callers (control, data) may do with the state item. */
import type { CallerStore } from "../lifecycle/ports.ts";
import { acquire, countSession, hold, release, renew, requestStop, touch, unhold, wake } from "../lifecycle/writes.ts";
import { ensureState, readState, type Table, writeState } from "./state-store.ts";

export function callerStore(at: Table): CallerStore {
  return {
    read: (databaseId) => readState(at, databaseId),
    ensure: (databaseId, now) => ensureState(at, databaseId, now),
    async touch(databaseId, now) {
      if (await writeState(at, databaseId, touch(now))) return true;
      // Refused: not serving, or somebody has touched it since. Only a read tells which.
      const state = await readState(at, databaseId);
      return state?.serving === true && (state.lastActivityAt ?? 0) >= now;
    },
    async countSession(databaseId) {
      await writeState(at, databaseId, countSession());
    },
    async wake(databaseId, intent) {
      if (await writeState(at, databaseId, wake(intent))) return true;
      // Refused: an earlier intent still counts, or nobody has made the item yet, or it is this one, sent again by the client after its answer was lost.
      const state = await ensureState(at, databaseId, intent.at);
      return state.wake?.id === intent.id || writeState(at, databaseId, wake(intent));
    },
    acquire: (databaseId, id, lease) => writeState(at, databaseId, acquire(id, lease)),
    renew: (databaseId, id, expiresAt, now) => writeState(at, databaseId, renew(id, expiresAt, now)),
    release: (databaseId, id, now) => writeState(at, databaseId, release(id, now)),
    async hold(databaseId, value, intent) {
      // Without an intent it needs a database that serves: there is none where there is no item.
      if (intent !== null) await ensureState(at, databaseId, intent.at);
      return writeState(at, databaseId, hold(value, intent));
    },
    unhold: (databaseId, now) => writeState(at, databaseId, unhold(now)),
    requestStop: (databaseId, request) => writeState(at, databaseId, requestStop(request)),
  };
}
