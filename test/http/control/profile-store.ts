/** Profiles in memory, replaced under the real condition. */
import { defaultProfile, type ProfileStore, type StoredProfile } from "../../../src/finance/profile.ts";

export interface MemoryProfiles extends ProfileStore {
  kept: Map<string, StoredProfile>;
  /** Writes that were accepted. */
  writes: number;
  /** Runs before each replacement: a rival. */
  rival(): void;
}

export function memoryProfiles(): MemoryProfiles {
  const of = (sub: string) => store.kept.get(sub) ?? defaultProfile(sub);
  const store: MemoryProfiles = {
    kept: new Map(),
    writes: 0,
    rival: () => {},
    read: async (sub) => of(sub),
    async replace(next) {
      store.rival();
      if (of(next.sub).version !== next.version - 1) return false;
      store.kept.set(next.sub, next);
      store.writes++;
      return true;
    },
    async keepEmail(sub, email, at) {
      store.kept.set(sub, { ...of(sub), email, emailAt: at });
      store.writes++;
    },
  };
  return store;
}
