/** `/me` behind the real API, with profiles in memory that are replaced under the real condition. */

import { defaultProfile, type ProfileStore, type StoredProfile } from "../../../src/finance/profile.ts";
import { api } from "../../../src/http/api.ts";
import { meRoutes } from "../../../src/http/control/me.ts";
import { type Answer, type Call, send } from "../events.ts";
import { NOW } from "./memory.ts";

export interface Me {
  now: number;
  kept: Map<string, StoredProfile>;
  /** Writes that were accepted. */
  writes: number;
  /** Tokens with which userInfo was asked. */
  asked: string[];
  address(token: string, sub: string): Promise<string | null>;
  /** Runs before each replacement: a rival. */
  rival(): void;
  logged: { message: string; extra: Record<string, unknown> }[];
  store: ProfileStore;
  /** As ann, with her token. */
  ann(call?: Call): Promise<Answer>;
  patch(body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Without anybody signed in. */
  nobody(call?: Call): Promise<Answer>;
}

export function me(kept: Partial<StoredProfile> | null = null): Me {
  const log = (message: string, extra: Record<string, unknown>) => void memory.logged.push({ message, extra });
  const store: ProfileStore = {
    read: async (sub) => memory.kept.get(sub) ?? defaultProfile(sub),
    async replace(next) {
      memory.rival();
      const before = memory.kept.get(next.sub) ?? defaultProfile(next.sub);
      if (before.version !== next.version - 1) return false;
      memory.kept.set(next.sub, next);
      memory.writes++;
      return true;
    },
    async keepEmail(sub, email, at) {
      memory.kept.set(sub, { ...(memory.kept.get(sub) ?? defaultProfile(sub)), email, emailAt: at });
      memory.writes++;
    },
  };
  const memory: Me = {
    now: NOW,
    kept: new Map(kept === null ? [] : [["s-ann", { ...defaultProfile("s-ann"), version: 1, email: "ann@example.com", emailAt: NOW, ...kept }]]),
    writes: 0,
    asked: [],
    address: async () => "ann@example.com",
    rival: () => {},
    logged: [],
    store,
    ann: (call = {}) =>
      send(handler, { path: "/me", ...call, headers: { authorization: "Bearer ann-token", ...call.headers }, claims: { sub: "s-ann", username: "ann" } }),
    patch: (body, headers = {}) => memory.ann({ method: "PATCH", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } }),
    nobody: (call = {}) => send(handler, { path: "/me", ...call }),
  };
  const handler = api(
    meRoutes({
      profiles: {
        read: (sub) => memory.store.read(sub),
        replace: (next) => memory.store.replace(next),
        keepEmail: (sub, email, at) => memory.store.keepEmail(sub, email, at),
      },
      addressOf: (token, sub) => {
        memory.asked.push(token);
        return memory.address(token, sub);
      },
      now: () => memory.now,
      logger: { info: log, error: log },
    }),
    { logger: { info: log, error: log } },
  );
  return memory;
}
