/** A caller's store in memory: the real writes with their real conditions, applied to one object. */
import type { CallerStore, Signal } from "../../src/lifecycle/ports.ts";
import { type DatabaseState, initialState } from "../../src/lifecycle/state.ts";

export interface Memory {
  state: DatabaseState;
  store: CallerStore;
  signals: Signal[];
  calls: string[];
  /** What the next calls of a method throw. */
  broken: Set<string>;
}

export function memoryStore(more: Partial<DatabaseState> = {}): Memory {
  const calls: string[] = [];
  const broken = new Set<string>();
  const memory: Memory = { state: { ...initialState("dormouse", 0), ...more }, signals: [], calls, broken, store: {} as CallerStore };
  const called = (name: string) => {
    calls.push(name);
    if (broken.has(name)) throw new Error(`${name} is broken`);
  };
  const never = async (): Promise<never> => {
    throw new Error("a data request does not do this");
  };
  memory.store = {
    async read() {
      called("read");
      return structuredClone(memory.state);
    },
    ensure: never,
    async touch(_, now) {
      called("touch");
      if (!memory.state.serving) return false;
      memory.state.lastActivityAt = Math.max(now, memory.state.lastActivityAt ?? 0);
      return true;
    },
    async countSession() {
      called("countSession");
      memory.state.ownSessions++;
    },
    async wake(_, intent) {
      called("wake");
      memory.state.wake = intent;
      memory.state.lastWakeAt = intent.at;
      return true;
    },
    acquire: never,
    renew: never,
    release: never,
    hold: never,
    unhold: never,
    requestStop: never,
  };
  return memory;
}
