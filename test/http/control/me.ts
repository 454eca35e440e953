/** `/me` behind the real API, with profiles in memory. */
import { defaultProfile, type StoredProfile } from "../../../src/finance/profile.ts";
import { api } from "../../../src/http/api.ts";
import { meRoutes } from "../../../src/http/control/me.ts";
import { type Answer, type Call, send } from "../events.ts";
import { NOW } from "./memory.ts";
import { type MemoryProfiles, memoryProfiles } from "./profile-store.ts";

export interface Me {
  now: number;
  store: MemoryProfiles;
  /** Tokens with which userInfo was asked. */
  asked: string[];
  address(token: string, sub: string): Promise<string | null>;
  logged: { message: string; extra: Record<string, unknown> }[];
  /** As ann, with her token. */
  ann(call?: Call): Promise<Answer>;
  patch(body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Without anybody signed in. */
  nobody(call?: Call): Promise<Answer>;
}

/** With what is kept of ann, by default in version 1; null: nothing. */
export function me(kept: Partial<StoredProfile> | null = null): Me {
  const log = (message: string, extra: Record<string, unknown>) => void memory.logged.push({ message, extra });
  const memory: Me = {
    now: NOW,
    store: memoryProfiles(),
    asked: [],
    address: async () => "ann@example.com",
    logged: [],
    ann: (call = {}) =>
      send(handler, { path: "/me", ...call, headers: { authorization: "Bearer ann-token", ...call.headers }, claims: { sub: "s-ann", username: "ann" } }),
    patch: (body, headers = {}) => memory.ann({ method: "PATCH", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } }),
    nobody: (call = {}) => send(handler, { path: "/me", ...call }),
  };
  if (kept !== null) memory.store.kept.set("s-ann", { ...defaultProfile("s-ann"), version: 1, email: "ann@example.com", emailAt: NOW, ...kept });
  const handler = api(
    meRoutes({
      profiles: memory.store,
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
