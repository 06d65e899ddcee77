import type { ScopegateOptions } from "@scopegate/core";
import type { Emulator } from "@scopegate/emulator";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { CLIENT } from "../harness/app/scenario.ts";
import type { StartApp } from "../harness/app/test-app.ts";
import { Visitor } from "../harness/app/visitor.ts";
import { ERIN, NOTES, startOidcProvider } from "../harness/oidc-provider.ts";

const HOUR = 3600_000;

/** An app that signs in at oidc-provider, and a visitor. */
async function startWithProvider(startApp: StartApp, own: ScopegateOptions = {}, claimsInIdToken = true) {
  const provider = await startOidcProvider({ claimsInIdToken });
  const { userinfo } = provider.endpoints;
  const clock = { offset: 0 };
  const app = await startApp({
    options: (origin) => {
      const redirectUri = `${origin}/oauth2callback`;
      provider.register(CLIENT, [redirectUri]);
      return {
        client: CLIENT,
        redirectUri,
        endpoints: provider.endpoints,
        scopes: ["openid", "email", "profile", "offline_access"],
        // Only Google has this parameter. Other providers issue only the requested scopes.
        includeGrantedScopes: false,
        now: () => Date.now() + clock.offset,
        ...own,
      };
    },
    routes: [
      { path: "/", handle: (auth) => ({ user: auth.user ?? null, scopes: [...auth.scopes] }) },
      { path: "/me", guard: { signIn: true }, handle: (auth) => ({ email: auth.user?.email }) },
      { path: "/notes", guard: { scopes: [NOTES] }, handle: (auth) => ({ scopes: [...auth.scopes] }) },
      { path: "/token", handle: async (auth) => ({ token: await auth.getAccessToken() }) },
      { path: "/profile", handle: async (auth) => (await auth.fetch(userinfo)).json() },
      { path: "/revoke-now", handle: (auth) => auth.revoke() },
    ],
  });
  return {
    app,
    provider,
    clock,
    // A visitor uses only the parts of the emulator that the provider has too: the address, and the user's decision.
    visitor: new Visitor(app.origin, provider as unknown as Emulator),
    tokenRequests: (grantType: string) =>
      provider.requests.filter(({ path, form }) => path === "/token" && form["grant_type"] === grantType),
    async [Symbol.asyncDispose]() {
      await app.stop();
      await provider[Symbol.asyncDispose]();
    },
  };
}

describe.each(frameworks)("with oidc-provider, on %s", (_name, startApp) => {
  it("signs in with PKCE and a validated ID token", async () => {
    await using at = await startWithProvider(startApp);
    const { response } = await at.visitor.walk("/me");
    expect(response.body).toEqual({ email: ERIN.email });
    expect((await at.visitor.call("/")).body.user).toEqual({ ...ERIN, emailVerified: true });
    for (const { form, status } of at.tokenRequests("authorization_code")) {
      expect(status).toBe(200);
      expect(form["code_verifier"]).toMatch(/^[\w-]{43}$/);
    }
  });

  it("signs in if the ID token has only the subject", async () => {
    await using at = await startWithProvider(startApp, {}, false);
    expect((await at.visitor.walk("/me")).response.status).toBe(200);
    expect((await at.visitor.call("/")).body.user).toEqual({ sub: ERIN.sub });
    expect((await at.visitor.call("/profile")).body).toMatchObject(ERIN);
  });

  it("sends a consent retry if no refresh token came", async () => {
    await using at = await startWithProvider(startApp);
    const { visits, visited } = await at.visitor.walk("/me");
    // OpenID Connect Core section 11: offline_access requires prompt=consent.
    const prompts = visited
      .filter((address) => address.startsWith(at.provider.endpoints.authorization))
      .map((address) => new URL(address).searchParams.get("prompt"));
    expect(prompts).toEqual([null, "consent"]);
    expect(visits).toBe(2);
    at.clock.offset = HOUR;
    expect((await at.visitor.call("/token")).status).toBe(200);
  });

  it("needs no consent retry if the app sets `prompt`", async () => {
    await using at = await startWithProvider(startApp, { prompt: "consent" });
    expect((await at.visitor.walk("/me")).visits).toBe(1);
    expect((await at.visitor.call("/")).body.scopes).toContain("offline_access");
  });

  it("sends the token to the provider's API, and to no other host", async () => {
    await using at = await startWithProvider(startApp);
    await at.visitor.walk("/me");
    expect((await at.visitor.call("/profile")).body).toMatchObject({ ...ERIN, email_verified: true });
  });

  it("requests a further scope, and keeps the granted ones", async () => {
    await using at = await startWithProvider(startApp, { prompt: "consent" });
    await at.visitor.walk("/me");
    expect((await at.visitor.call("/notes")).status).toBe(403);
    const { response, visits } = await at.visitor.walk("/notes");
    expect(visits).toBe(1);
    expect(response.body.scopes.toSorted()).toEqual([NOTES, "email", "offline_access", "openid", "profile"].toSorted());
    expect((await at.visitor.call("/notes")).status).toBe(200);
    at.clock.offset = HOUR;
    expect((await at.visitor.call("/token")).status).toBe(200);
    expect((await at.visitor.call("/notes")).status).toBe(200);
  });

  it("asks again without a loop if tokens have only the last requested scopes", async () => {
    await using at = await startWithProvider(startApp, { includeGrantedScopes: true });
    await at.visitor.walk("/me");
    for (let hour = 1; hour <= 2; hour++) {
      expect((await at.visitor.walk("/notes")).response.body.scopes).toEqual(["email", NOTES, "openid", "profile"]);
      // The refresh token is still the one of the sign-in.
      at.clock.offset += HOUR;
      expect((await at.visitor.call("/token")).status).toBe(200);
      expect((await at.visitor.call("/notes")).status).toBe(403);
      at.clock.offset -= HOUR;
    }
  });

  it("treats a declined scope as declined", async () => {
    await using at = await startWithProvider(startApp, { prompt: "consent" });
    await at.visitor.walk("/me");
    const { response } = await at.visitor.walk("/notes", { scopes: [] });
    expect(response.status).toBe(403);
    expect(response.text).toContain(NOTES);
    expect((await at.visitor.call("/me")).status).toBe(200);
  });

  it("refreshes, and stores the new refresh token each time", async () => {
    await using at = await startWithProvider(startApp);
    await at.visitor.walk("/me");
    const tokens = new Set([(await at.visitor.call("/token")).body.token as string]);
    for (let refresh = 1; refresh <= 3; refresh++) {
      at.clock.offset += HOUR;
      const answers = await Promise.all(Array.from({ length: 5 }, () => at.visitor.call("/token")));
      for (const { body } of answers) tokens.add(body.token as string);
      expect(tokens.size).toBe(refresh + 1);
    }
    const requests = at.tokenRequests("refresh_token");
    expect(requests.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(requests.map(({ form }) => form["refresh_token"])).size).toBe(3);
  });

  it("revokes with the client's credentials, which the provider requires", async () => {
    await using at = await startWithProvider(startApp);
    await at.visitor.walk("/me");
    const { token } = (await at.visitor.call("/token")).body;
    expect((await at.visitor.call("/revoke-now")).status).toBe(200);
    const revocations = at.provider.requests.filter(({ path }) => path === "/token/revocation");
    expect(revocations.map(({ status }) => status)).toEqual([400, 200]);
    expect(revocations.map(({ form }) => "client_secret" in form)).toEqual([false, true]);
    const { status } = await fetch(at.provider.endpoints.userinfo, { headers: { authorization: `Bearer ${token}` } });
    expect(status).toBe(401);
    expect((await at.visitor.call("/me")).status).toBe(401);
  });

  it("reconnects a user whose grant has ended at the provider", async () => {
    await using at = await startWithProvider(startApp);
    await at.visitor.walk("/me");
    const { token } = (await at.visitor.call("/token")).body;
    const form = { token, client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret };
    await fetch(at.provider.endpoints.revocation, { method: "POST", body: new URLSearchParams(form) });
    at.clock.offset = HOUR;
    const refused = await at.visitor.call("/token");
    expect([refused.status, refused.body.thrown]).toEqual([401, "reconnect_required"]);
    at.clock.offset = 0;
    expect((await at.visitor.walk("/me")).response.body).toEqual({ email: ERIN.email });
    expect((await at.visitor.call("/token")).body.token).not.toBe(token);
  });

  it("shows a page after a denial, and does not sign in", async () => {
    await using at = await startWithProvider(startApp);
    const { response, visits } = await at.visitor.walk("/me", { deny: true });
    expect(response.status).toBe(403);
    expect(visits).toBe(1);
    expect((await at.visitor.call("/")).body.user).toBeNull();
    expect((await at.visitor.walk("/me")).response.body).toEqual({ email: ERIN.email });
  });
});
