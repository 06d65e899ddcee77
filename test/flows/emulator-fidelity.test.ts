// The emulator, tested with clients that work with Google. They check its responses as they check Google's.
import { type Emulator, startEmulator } from "@scopegate/emulator";
import { ClientAuthentication, CodeChallengeMethod, OAuth2Client } from "google-auth-library";
import * as openid from "openid-client";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

const redirectUri = "http://localhost:3000/oauth2callback";
const client = { clientId: "fidelity.apps.googleusercontent.com", clientSecret: "secret", redirectUris: [redirectUri] };
const drive = "https://www.googleapis.com/auth/drive.metadata.readonly";
const email = "https://www.googleapis.com/auth/userinfo.email";
const ada = { sub: "1001", email: "ada@example.com", name: "Ada Lovelace" };
const grace = { sub: "1002", email: "grace@workspace.example", name: "Grace Hopper", hd: "workspace.example" };

let google: Emulator;
beforeAll(async () => {
  google = await startEmulator({ clients: [client], users: [ada, grace] });
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

describe.each([
  ["a secret in the body", openid.ClientSecretPost],
  ["a secret in the header", openid.ClientSecretBasic],
])("openid-client with %s", (_, authentication) => {
  async function signIn(parameters: Record<string, string> = {}, approval = {}) {
    const config = await openid.discovery(
      new URL(google.issuer),
      client.clientId,
      client.clientSecret,
      authentication(client.clientSecret),
      { execute: [openid.allowInsecureRequests] },
    );
    openid.enableNonRepudiationChecks(config);
    const [verifier, state, nonce] = [openid.randomPKCECodeVerifier(), openid.randomState(), openid.randomNonce()];
    const authorizationUrl = openid.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: `openid email ${drive}`,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      access_type: "offline",
      state,
      nonce,
      ...parameters,
    });
    const callback = new URL(await google.approve(authorizationUrl, approval));
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
    const tokens = await openid.authorizationCodeGrant(config, callback, checks);
    return { config, callback, checks, tokens };
  }

  it("signs in, and accepts the ID token with its signature, nonce and issuer", async () => {
    const { tokens } = await signIn({}, { user: grace.email });
    expect(tokens.claims()).toMatchObject({
      iss: google.issuer,
      aud: client.clientId,
      sub: grace.sub,
      email: grace.email,
      hd: grace.hd,
    });
    expect(new Set(tokens.scope?.split(" "))).toEqual(new Set(["openid", email, drive]));
  });

  it("reads the user's profile with the access token", async () => {
    const { config, tokens } = await signIn();
    expect(await openid.fetchUserInfo(config, tokens.access_token, ada.sub)).toMatchObject({ email: ada.email });
  });

  it("refreshes, and keeps its refresh token", async () => {
    const { config, tokens } = await signIn();
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!);
    expect(refreshed.access_token).not.toBe(tokens.access_token);
    expect(refreshed.refresh_token).toBeUndefined();
    expect(refreshed.claims()?.sub).toBe(ada.sub);
  });

  it("revokes, and then cannot refresh", async () => {
    const { config, tokens } = await signIn();
    await openid.tokenRevocation(config, tokens.refresh_token!);
    await expect(openid.refreshTokenGrant(config, tokens.refresh_token!)).rejects.toMatchObject({
      error: "invalid_grant",
    });
    await expect(openid.fetchUserInfo(config, tokens.access_token, ada.sub)).rejects.toMatchObject({ status: 401 });
  });

  it("follows a rotation of the keys", async () => {
    await signIn();
    google.rotateKeys({ keepOld: false });
    expect((await signIn({ prompt: "consent" })).tokens.claims()?.sub).toBe(ada.sub);
  });

  it("cannot use a code twice", async () => {
    const { config, callback, checks } = await signIn();
    await expect(openid.authorizationCodeGrant(config, callback, checks)).rejects.toMatchObject({
      error: "invalid_grant",
      error_description: "Bad Request",
    });
  });

  it("cannot use a code with another verifier", async () => {
    const stolen = { code_challenge: await openid.calculatePKCECodeChallenge(openid.randomPKCECodeVerifier()) };
    await expect(signIn(stolen)).rejects.toMatchObject({
      error: "invalid_grant",
      error_description: "Invalid code verifier.",
    });
  });

  it("reports a denial as access_denied", async () => {
    await expect(signIn({}, { deny: true })).rejects.toMatchObject({ error: "access_denied" });
  });
});

describe("Google's own client library", () => {
  const newClient = (clientAuthentication = ClientAuthentication.ClientSecretPost) =>
    new OAuth2Client({
      clientId: client.clientId,
      clientSecret: client.clientSecret,
      redirectUri,
      clientAuthentication,
      forceRefreshOnFailure: true,
      issuers: [google.issuer],
      endpoints: {
        oauth2AuthBaseUrl: google.endpoints.authorization,
        oauth2TokenUrl: google.endpoints.token,
        oauth2RevokeUrl: google.endpoints.revocation,
        tokenInfoUrl: `${google.url}/tokeninfo`,
        oauth2FederatedSignonPemCertsUrl: `${google.url}/oauth2/v1/certs`,
        oauth2FederatedSignonJwkCertsUrl: google.endpoints.jwks,
      },
    });

  async function signIn(oauth = newClient()) {
    const { codeVerifier, codeChallenge } = await oauth.generateCodeVerifierAsync();
    const authorizationUrl = oauth.generateAuthUrl({
      access_type: "offline",
      include_granted_scopes: true,
      scope: ["openid", "email", drive],
      state: "state",
      code_challenge_method: CodeChallengeMethod.S256,
      code_challenge: codeChallenge!,
    });
    const callback = new URL(await google.approve(authorizationUrl, { user: ada.sub }));
    const { tokens } = await oauth.getToken({ code: callback.searchParams.get("code")!, codeVerifier });
    oauth.setCredentials(tokens);
    return { oauth, tokens };
  }

  it.each([ClientAuthentication.ClientSecretPost, ClientAuthentication.ClientSecretBasic])(
    "exchanges the code, authenticating by %s",
    async (authentication) => {
      const { tokens } = await signIn(newClient(authentication));
      expect(tokens.refresh_token).toMatch(/^1\/\//);
      expect(tokens.token_type).toBe("Bearer");
    },
  );

  it("verifies the ID token against the published certificates", async () => {
    const { oauth, tokens } = await signIn();
    const ticket = await oauth.verifyIdToken({ idToken: tokens.id_token!, audience: client.clientId });
    expect(ticket.getPayload()).toMatchObject({ sub: ada.sub, email: ada.email, email_verified: true });
  });

  it("refuses an ID token with the signature of another key", async () => {
    const { oauth, tokens } = await signIn();
    google.rotateKeys({ keepOld: false });
    await expect(oauth.verifyIdToken({ idToken: tokens.id_token!, audience: client.clientId })).rejects.toThrow(
      "No pem found",
    );
  });

  it("describes its access token", async () => {
    const { oauth, tokens } = await signIn();
    const info = await oauth.getTokenInfo(tokens.access_token!);
    expect(info).toMatchObject({ aud: client.clientId, sub: ada.sub, access_type: "offline" });
    expect(new Set(info.scopes)).toEqual(new Set(["openid", email, drive]));
  });

  it("refreshes by itself when an API responds with 401", async () => {
    const { oauth, tokens } = await signIn();
    google.expireAccessTokens();
    const { data } = await oauth.request<{ files: unknown[] }>({ url: `${google.apis.drive}/files` });
    expect(data.files.length).toBeGreaterThan(0);
    expect(oauth.credentials.access_token).not.toBe(tokens.access_token);
    expect(google.requests.of("drive").map(({ status }) => status)).toEqual([401, 200]);
  });

  it("refreshes on demand", async () => {
    const { oauth, tokens } = await signIn();
    const { credentials } = await oauth.refreshAccessToken();
    expect(credentials.access_token).not.toBe(tokens.access_token);
    expect(credentials.refresh_token).toBe(tokens.refresh_token);
  });

  it("revokes, and then cannot refresh", async () => {
    const { oauth, tokens } = await signIn();
    await oauth.revokeToken(tokens.access_token!);
    await expect(oauth.refreshAccessToken()).rejects.toMatchObject({
      response: { status: 400, data: { error: "invalid_grant" } },
    });
  });
});
