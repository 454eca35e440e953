/** Who may log in: `postgres` with the master password, the `dormouse_*` roles with an IAM auth token, as on an RDS instance with IAM authentication. */
import { createHash, timingSafeEqual } from "node:crypto";
import { arnOf, authenticate, authorize, type Keyring } from "../gate.ts";

export interface Doorkeeper {
  keyring: Keyring;
  masterUser: string;
  masterPassword: string;
  /** Of the endpoint, as clients sign it. */
  host: string;
  port: number;
}

/** Throws an Error whose message says why not, for the platform's log; the client hears only that it failed. */
export async function checkLogin(door: Doorkeeper, user: string, password: string): Promise<void> {
  if (user === door.masterUser) {
    if (same(password, door.masterPassword)) return;
    throw new Error("wrong master password");
  }
  if (!/^dormouse_[a-z_]+$/.test(user)) throw new Error(`role "${user}" has no IAM login`);
  const slash = password.indexOf("/");
  if (slash < 0) throw new Error("the password is no IAM auth token");
  const endpoint = `${door.host}:${door.port}`;
  if (password.slice(0, slash) !== endpoint) throw new Error(`the token is for ${password.slice(0, slash)}, this is ${endpoint}`);
  const path = password.slice(slash);
  const query = new URLSearchParams(path.slice(path.indexOf("?") + 1));
  if (query.get("Action") !== "connect" || query.get("DBUser") !== user) throw new Error(`the token is for the user ${query.get("DBUser")}`);
  if (query.get("X-Amz-Credential")?.split("/")[3] !== "rds-db") throw new Error("the token is signed for another service");
  if (Number(query.get("X-Amz-Expires")) > 900) throw new Error("the token claims to last longer than 15 minutes");
  const principal = await authenticate(door.keyring, { method: "GET", path, headers: { host: endpoint }, body: Buffer.alloc(0) });
  authorize(door.keyring, principal, "rds-db:connect", arnOf(`role:${user}`));
}

/** Compares hashes, which have one length. */
function same(a: string, b: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
