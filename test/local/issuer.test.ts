import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock, VirtualClock } from "../../local/clock.ts";
import { arnOf, Keyring, userPool } from "../../local/gate.ts";
import { type Issuer, startIssuer } from "../../local/issuer/server.ts";
import { emailOf, newSession, openTokens, subOf } from "../../local/issuer/tokens.ts";
import { deleteUser } from "../../src/aws/sign-in.ts";
import { addressFrom } from "../../src/aws/user-info.ts";

const NOW = Date.UTC(2026, 10, 21, 9);
let dataDir = "";
let issuer: Issuer;
let clock: VirtualClock;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "dormouse-issuer-"));
  clock = new VirtualClock(NOW);
  issuer = await startIssuer({ dataDir, clock });
});
afterAll(async () => {
  await issuer?.close();
  await rm(dataDir, { recursive: true, force: true });
});

const userInfo = async (headers: Record<string, string>) => {
  const answer = await fetch(`${issuer.url}/oauth2/userInfo`, { headers });
  return { status: answer.status, body: await answer.json() };
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const refused = { status: 401, body: { error: "invalid_token" } };

describe("userInfo of the local issuer", () => {
  it("tells the token's own user their address, as Cognito does", async () => {
    const token = await issuer.issueToken("ann");
    expect(await userInfo(bearer(token))).toEqual({
      status: 200,
      body: { sub: subOf("ann"), username: "ann", email: "ann@example.com", email_verified: "true" },
    });
    expect(decodeJwt(token)).not.toHaveProperty("email");
  });

  it("is what control asks", async () => {
    for (const name of ["ann", "a@b.c", "Ölga_1+x"]) {
      const address = await addressFrom({ authUrl: issuer.url, now: Date.now })(await issuer.issueToken(name), subOf(name));
      expect(address).toBe(emailOf(name));
    }
  });

  it("refuses no token, one of another key, an expired one, and a refresh token", async () => {
    expect(await userInfo({})).toEqual(refused);
    expect(await userInfo({ authorization: "Basic YTpi" })).toEqual(refused);
    expect(await userInfo(bearer("a.b.c"))).toEqual(refused);
    const good = await issuer.issueToken("ann");
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    const forged = await new SignJWT(decodeJwt(good)).setProtectedHeader({ alg: "RS256", kid: (await exportJWK(privateKey)).kid ?? "k" }).sign(privateKey);
    expect(await userInfo(bearer(forged))).toEqual(refused);
    const tokens = await openTokens({ dataDir, issuer: issuer.url });
    const person = { name: "ann", operator: false };
    expect(await userInfo(bearer(await tokens.refresh(person, NOW, newSession(NOW))))).toEqual(refused);
    expect((await userInfo(bearer(await tokens.access(person, NOW - 3_599_000)))).status).toBe(200);
    expect(await userInfo(bearer(await tokens.access(person, NOW - 3_601_000)))).toEqual(refused);
    const elsewhere = await openTokens({ dataDir, issuer: "http://127.0.0.1:1" });
    expect(await userInfo(bearer(await elsewhere.access(person, NOW)))).toEqual(refused);
  });

  it("answers under its own host only", async () => {
    const authorization = `Bearer ${await issuer.issueToken("ann")}`;
    const status = (host: string) =>
      new Promise((resolve, reject) => {
        request({ host: "127.0.0.1", port: issuer.port, path: "/oauth2/userInfo", headers: { host, authorization } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .on("error", reject)
          .end();
      });
    expect(await Promise.all([`127.0.0.1:${issuer.port}`, `localhost:${issuer.port}`, "evil.example", `evil.example:${issuer.port}`].map(status))).toEqual([
      200, 200, 421, 421,
    ]);
  });

  it("is named in the configuration", async () => {
    const configuration = (await (await fetch(`${issuer.url}/.well-known/openid-configuration`)).json()) as Record<string, unknown>;
    expect(configuration.userinfo_endpoint).toBe(`${issuer.url}/oauth2/userInfo`);
  });
});

describe("users of the local issuer", () => {
  const key = { accessKeyId: "AKIAFORGET", secretAccessKey: "a secret" };
  const may = [{ action: "cognito-idp:AdminDeleteUser", resource: arnOf("auth:pool") }];
  const over = (url: string, credentials = key) => new CognitoIdentityProviderClient({ endpoint: url, region: "eu-central-1", credentials, maxAttempts: 1 });

  it("are deleted by whoever may: their refresh tokens end, and whoever comes by that name is somebody else, also after a restart", async () => {
    const keyring = new Keyring();
    keyring.add({ name: "forget", ...key, may });
    keyring.add({ name: "desk", accessKeyId: "AKIADESK", secretAccessKey: "another", may: [] });
    await using stack = new AsyncDisposableStack();
    const other = await startIssuer({ dataDir, clock: systemClock, keyring });
    stack.defer(() => other.close());
    const cognito = over(other.url);
    stack.defer(() => cognito.destroy());
    const tokens = await openTokens({ dataDir, issuer: other.url });
    const person = { name: "zoe", operator: false };
    const refresh = await tokens.refresh(person, Date.now(), newSession(Date.now()));
    expect(await deleteUser({ cognito, pool: userPool })("zoe")).toBe("deleted");
    const after = await openTokens({ dataDir, issuer: other.url });
    expect(await after.readRefresh(refresh, Date.now())).toBeNull();
    expect(decodeJwt(await other.issueToken("zoe")).sub).toBe(subOf("zoe", 1));
    expect(decodeJwt(await after.access(person, Date.now())).sub).not.toBe(subOf("zoe"));
    expect(decodeJwt(await other.issueToken("ann")).sub).toBe(subOf("ann"));
    expect(await deleteUser({ cognito, pool: userPool })("no user's name")).toBe("gone");
    await expect(deleteUser({ cognito, pool: "eu-central-1_other" })("zoe")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    for (const wrong of [
      { accessKeyId: "AKIADESK", secretAccessKey: "another" },
      { ...key, secretAccessKey: "guessed" },
    ]) {
      const denied = over(other.url, wrong);
      stack.defer(() => denied.destroy());
      await expect(deleteUser({ cognito: denied, pool: userPool })("ann")).rejects.toMatchObject({ name: "AccessDeniedException" });
    }
  });
});
