/** Access tokens with the form of Cognito's, signed with a key that stays in the data directory. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from "jose";

export const clientId = "dormouse-console";
/** Cognito's default. */
export const accessSeconds = 3600;
const refreshSeconds = 30 * 24 * 3600;

export interface Person {
  /** What they picked as their name. */
  name: string;
  /** In the group `operators`. */
  operator: boolean;
}

export interface Tokens {
  /** The public key, as `/.well-known/jwks.json` gives it. */
  jwks: { keys: JWK[] };
  access(person: Person, now: number, session?: Session): Promise<string>;
  /** Whose access token it is; null for one that is wrong, expired, or of another kind. */
  readAccess(token: string, now: number): Promise<{ sub: string; username: string } | null>;
  refresh(person: Person, now: number, session: Session): Promise<string>;
  /** Who a refresh token belongs to; null for one that is wrong or expired. */
  readRefresh(token: string, now: number): Promise<{ person: Person; session: Session } | null>;
  /** Deletes the user of this name: refresh tokens of theirs are worth nothing, and whoever signs in by it next is somebody else. */
  forget(name: string): Promise<void>;
}

/** One sign-in; its refreshed tokens belong to it. */
export interface Session {
  id: string;
  /** Milliseconds since the epoch. */
  signedInAt: number;
}

export function newSession(now: number): Session {
  return { id: randomUUID(), signedInAt: now };
}

/** The same name is the same person, until that one is deleted (`lives` times so far): a UUID (version 5's form) made from the name. */
export function subOf(name: string, lives = 0): string {
  const hex = createHash("sha256")
    .update(`dormouse:${name}${lives === 0 ? "" : `:${lives}`}`)
    .digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

/** Ann's address is ann@example.com (RFC 2606: nobody's). */
export function emailOf(name: string): string {
  return `${name.replaceAll("@", ".")}@example.com`;
}

/** Names are what Cognito takes as a user name, kept short. Returns the reason when it is not one. */
export function nameProblem(name: string): string | null {
  return /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u.test(name) ? null : "A name has 1 to 64 letters, digits or . _ @ + - and begins with a letter or digit.";
}

/** Reads the key of this data directory, or makes it. Throws when the file is there and can't be read as a key. */
export async function openTokens(options: { dataDir: string; issuer: string }): Promise<Tokens> {
  const stored = await keyOf(join(options.dataDir, "issuer.json"));
  const privateKey = await importJWK(stored, "RS256");
  const kid = await calculateJwkThumbprint(stored);
  const { kty, n, e } = stored;
  const publicJwk: JWK = { kty, n, e, kid, alg: "RS256", use: "sig" };
  const publicKey = await importJWK(publicJwk, "RS256");
  const livesFile = join(options.dataDir, "issuer-deleted.json");
  const lives = new Map<string, number>(Object.entries(JSON.parse(await readFile(livesFile, "utf8").catch(() => "{}")) as Record<string, number>));
  const sub = (name: string) => subOf(name, lives.get(name) ?? 0);
  const sign = (claims: JWTPayload, now: number, seconds: number, type: string) =>
    new SignJWT({ ...claims, token_use: type })
      .setProtectedHeader({ alg: "RS256", kid })
      .setIssuer(options.issuer)
      .setIssuedAt(Math.floor(now / 1000))
      .setExpirationTime(Math.floor(now / 1000) + seconds)
      .setJti(randomUUID())
      .sign(privateKey);
  /** The claims of a token of ours that holds at `now`; null for any other. */
  const verified = async (token: string, now: number): Promise<JWTPayload | null> => {
    try {
      const { payload } = await jwtVerify(token, publicKey, {
        algorithms: ["RS256"],
        issuer: options.issuer,
        currentDate: new Date(now),
        requiredClaims: ["exp"],
      });
      return payload;
    } catch {
      return null;
    }
  };
  return {
    jwks: { keys: [publicJwk] },
    access: ({ name, operator }, now, session = newSession(now)) =>
      sign(
        {
          sub: sub(name),
          ...(operator ? { "cognito:groups": ["operators"] } : {}),
          client_id: clientId,
          origin_jti: session.id,
          event_id: randomUUID(),
          scope: "openid",
          auth_time: Math.floor(session.signedInAt / 1000),
          username: name,
        },
        now,
        accessSeconds,
        "access",
      ),
    refresh: ({ name, operator }, now, session) =>
      sign({ sub: sub(name), username: name, operator, session: session.id, auth_time: Math.floor(session.signedInAt / 1000) }, now, refreshSeconds, "refresh"),
    async readAccess(token, now) {
      const payload = await verified(token, now);
      // Cognito answers userInfo to tokens with the scope `openid` only.
      if (payload?.token_use !== "access" || !String(payload.scope).split(" ").includes("openid")) return null;
      return typeof payload.sub === "string" && typeof payload.username === "string" ? { sub: payload.sub, username: payload.username } : null;
    },
    async readRefresh(token, now) {
      const payload = await verified(token, now);
      if (payload?.token_use !== "refresh" || typeof payload.username !== "string" || typeof payload.session !== "string") return null;
      if (payload.sub !== sub(payload.username)) return null;
      const signedInAt = typeof payload.auth_time === "number" ? payload.auth_time * 1000 : now;
      return { person: { name: payload.username, operator: payload.operator === true }, session: { id: payload.session, signedInAt } };
    },
    async forget(name) {
      lives.set(name, (lives.get(name) ?? 0) + 1);
      await writeFile(livesFile, JSON.stringify(Object.fromEntries(lives)), { mode: 0o600 });
    },
  };
}

async function keyOf(file: string): Promise<JWK> {
  const text = await readFile(file, "utf8").catch(() => null);
  if (text !== null) return JSON.parse(text) as JWK;
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  await writeFile(file, JSON.stringify(jwk), { mode: 0o600 });
  return jwk;
}

/** A code that can't be guessed. */
export function randomCode(): string {
  return randomBytes(24).toString("base64url");
}
