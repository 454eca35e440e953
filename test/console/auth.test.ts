import { describe, expect, it } from "vitest";
import { challengeOf, createSession, readWho } from "../../src/console/auth.ts";

const jwt = (claims: object) => `x.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;

function setUp(answer: (form: URLSearchParams) => Response = () => new Response("{}", { status: 400 })) {
  const kept = new Map<string, string>();
  const went: URL[] = [];
  const forms: URLSearchParams[] = [];
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  const make = () =>
    createSession({
      authUrl: "https://auth.example/",
      clientId: "console",
      redirectUri: "https://app.example/",
      storage,
      fetch: async (_address, init) => {
        const form = new URLSearchParams(String(init?.body));
        forms.push(form);
        return answer(form);
      },
      go: (url) => void went.push(new URL(url)),
    });
  return { make, went, forms, kept };
}

const grant = (more: object = {}) =>
  new Response(JSON.stringify({ access_token: jwt({ username: "ann", "cognito:groups": ["operators"] }), refresh_token: "r1", ...more }));

describe("sign-in", () => {
  it("makes the code challenge of RFC 7636's example", async () => {
    expect(await challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).toBe("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  });
  it("leaves with state and challenge, and exchanges the code with the verifier that fits", async () => {
    const { make, went, forms } = setUp(() => grant());
    await make().begin();
    const query = went[0]?.searchParams;
    expect(went[0]?.origin).toBe("https://auth.example");
    expect(query?.get("code_challenge_method")).toBe("S256");
    // The page is loaded anew when it comes back.
    const session = make();
    expect(await session.finish(new URL(`https://app.example/?code=c1&state=${query?.get("state")}`))).toBe("signed-in");
    expect(await challengeOf(forms[0]?.get("code_verifier") ?? "")).toBe(query?.get("code_challenge"));
    expect(forms[0]?.get("redirect_uri")).toBe("https://app.example/");
    expect(session.who()).toEqual({ name: "ann", operator: true });
    expect(make().token()).toBe(session.token());
  });
  it("refuses an answer whose state is not its own, and never sends that code", async () => {
    const { make, forms } = setUp(() => grant());
    await make().begin();
    await expect(make().finish(new URL("https://app.example/?code=c1&state=other"))).rejects.toThrow("did not begin in this tab");
    expect(forms).toHaveLength(0);
  });
  it("says why a sign-in was refused", async () => {
    const { make, went } = setUp();
    await make().begin();
    const state = went[0]?.searchParams.get("state");
    await expect(make().finish(new URL(`https://app.example/?error=access_denied&error_description=Not+today&state=${state}`))).rejects.toThrow("Not today");
  });
  it("renews once however many ask, and keeps the refresh token when the answer brings none", async () => {
    const { make, went, forms } = setUp((form) =>
      form.get("grant_type") === "refresh_token" ? grant({ access_token: jwt({ username: "ann2" }), refresh_token: undefined }) : grant(),
    );
    const session = make();
    await session.begin();
    await session.finish(new URL(`https://app.example/?code=c1&state=${went[0]?.searchParams.get("state")}`));
    expect(await Promise.all([session.refresh(), session.refresh()])).toEqual([true, true]);
    expect(forms).toHaveLength(2);
    expect(session.who()).toEqual({ name: "ann2", operator: false });
    expect(await session.refresh()).toBe(true);
    expect(forms[2]?.get("refresh_token")).toBe("r1");
  });
  it("forgets the tokens before it leaves for the sign-out page", async () => {
    const { make, went, kept } = setUp(() => grant());
    const session = make();
    await session.begin();
    await session.finish(new URL(`https://app.example/?code=c1&state=${went[0]?.searchParams.get("state")}`));
    session.signOut();
    expect(session.token()).toBeNull();
    expect(kept.size).toBe(0);
    expect(went[1]?.href).toBe("https://auth.example/logout?client_id=console&logout_uri=https%3A%2F%2Fapp.example%2F");
  });
  it("reads nobody from what is no token", () => {
    expect(readWho("nonsense")).toBeNull();
    expect(readWho("a.%%%.c")).toBeNull();
    expect(readWho(jwt({ sub: "s", username: "Zoë" }))).toEqual({ name: "Zoë", operator: false });
  });
});
