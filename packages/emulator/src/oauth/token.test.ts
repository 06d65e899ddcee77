import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  ada,
  authorizationUrl,
  calendar,
  client,
  drive,
  email,
  obtainCode,
  post,
  refresh,
  requestToken,
  sibling,
  signIn,
  standstill,
  start,
} from "../../test/client.ts";
import type { Emulator } from "../index.ts";
import { decodeJwt } from "../jwt.ts";

const minute = 60_000;
const day = 24 * 60 * minute;

let google: Emulator;
beforeAll(async () => {
  google = await start();
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

const exchange = (code: string, fields = {}, headers = {}) =>
  requestToken(google, { grant_type: "authorization_code", code, ...fields }, headers);
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString("base64")}`,
});

describe("the token endpoint", () => {
  it("answers a code as Google does, and forbids to store it", async () => {
    const { status, headers, body } = await exchange(await obtainCode(google));
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(headers.get("cache-control")).toContain("no-store");
    expect(body).toEqual({
      access_token: expect.stringMatching(/^ya29\.[\w-]+$/),
      expires_in: 3599,
      refresh_token: expect.stringMatching(/^1\/\/0[\w-]+$/),
      scope: expect.any(String),
      token_type: "Bearer",
      id_token: expect.any(String),
    });
    expect(new Set(body.scope.split(" "))).toEqual(new Set(["openid", email, drive]));
  });

  it.each([
    [400, "invalid_request", { client_id: "" }],
    [400, "invalid_request", { client_secret: "" }],
    [401, "invalid_client", { client_id: "nobody" }],
    [401, "invalid_client", { client_secret: "wrong" }],
    [400, "invalid_request", { grant_type: "" }],
    [400, "unsupported_grant_type", { grant_type: "password" }],
    [400, "invalid_request", { code: "" }],
    [400, "invalid_grant", { code: "garbage" }],
    [400, "invalid_grant", { code: "4/0unknown" }],
    [400, "invalid_grant", { client_id: sibling.clientId }],
    [400, "redirect_uri_mismatch", { redirect_uri: "http://localhost:3000/other" }],
    [400, "redirect_uri_mismatch", { redirect_uri: "" }],
    [400, "invalid_grant", { code_verifier: "v".repeat(43) }],
  ])("answers %i %s for %o", async (status, error, changes) => {
    const answer = await exchange(await obtainCode(google), changes);
    expect(answer).toMatchObject({ status, body: { error, error_description: expect.any(String) } });
  });

  it("names the repeated parameter", async () => {
    const fields = [["code", "4/0a"] as [string, string], ["code", "4/0b"] as [string, string]];
    const response = await fetch(google.endpoints.token, { method: "POST", body: new URLSearchParams(fields) });
    expect(await response.json()).toMatchObject({ error_description: expect.stringContaining("single value: code") });
  });

  it("takes forms only, by POST only", async () => {
    const json = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
    expect((await fetch(google.endpoints.token, json)).status).toBe(400);
    expect((await fetch(google.endpoints.token)).status).toBe(405);
  });

  it("takes the client's credentials from the header", async () => {
    const code = await obtainCode(google);
    const inHeader = { client_id: "", client_secret: "" };
    const answer = await exchange(code, inHeader, basic(client.clientId, client.clientSecret));
    expect(answer.status).toBe(200);
  });

  it.each([
    [401, "invalid_client", { client_id: "", client_secret: "" }, basic(client.clientId, "wrong")],
    [400, "invalid_request", {}, basic(client.clientId, client.clientSecret)],
    [400, "invalid_request", { client_id: "b", client_secret: "" }, basic(client.clientId, client.clientSecret)],
  ])("answers %i %s for credentials in the header that are wrong, or double", async (status, error, fields, header) => {
    expect(await exchange("4/0a", fields, header)).toMatchObject({ status, body: { error } });
  });

  it.each(["deleted", "disabled"] as const)("refuses a client that is %s", async (status) => {
    google.addClient({ ...client, status });
    expect(await exchange("4/0a")).toMatchObject({ status: 401, body: { error: `${status}_client` } });
  });
});

describe("an authorization code", () => {
  it("works once, also when fifty requests come at the same time", async () => {
    const code = await obtainCode(google);
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.error === "invalid_grant")).toHaveLength(49);
  });

  it("lives ten minutes", async () => {
    const [early, late] = [await obtainCode(google), await obtainCode(google)];
    google.clock.advance(10 * minute - 1);
    expect((await exchange(early)).status).toBe(200);
    google.clock.advance(1);
    expect((await exchange(late)).body.error).toBe("invalid_grant");
  });

  it("dies with the grant", async () => {
    const code = await obtainCode(google);
    google.revokeUser(ada.email);
    expect((await exchange(code)).body.error).toBe("invalid_grant");
  });
});

describe("PKCE", () => {
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");

  it.each([
    ["S256", challenge],
    ["plain", verifier],
    ["", verifier],
  ])("accepts the verifier of a challenge of method %j", async (method, value) => {
    const code = await obtainCode(google, { code_challenge: value, code_challenge_method: method });
    expect((await exchange(code, { code_verifier: verifier })).status).toBe(200);
  });

  it.each([
    ["Missing code verifier.", ""],
    ["Invalid code verifier.", randomBytes(32).toString("base64url")],
    ["Invalid code verifier.", challenge],
    ["Invalid code verifier.", "short"],
  ])("answers invalid_grant, %j, to the verifier %j", async (description, wrong) => {
    const code = await obtainCode(google, { code_challenge: challenge, code_challenge_method: "S256" });
    const { body } = await exchange(code, { code_verifier: wrong });
    expect(body).toEqual({ error: "invalid_grant", error_description: description });
  });
});

describe("a refresh token", () => {
  it("comes with offline access only", async () => {
    expect(await signIn(google, { access_type: "online" })).not.toHaveProperty("refresh_token");
    google.reset();
    expect(await signIn(google, { access_type: "" })).not.toHaveProperty("refresh_token");
  });

  it("comes on the first consent and with prompt=consent, but not in between", async () => {
    expect(await signIn(google)).toHaveProperty("refresh_token");
    expect(await signIn(google)).not.toHaveProperty("refresh_token");
    expect(await signIn(google, { prompt: "consent" })).toHaveProperty("refresh_token");
  });

  it("is good for new access tokens, and is not sent again", async () => {
    const { refresh_token: token } = await signIn(google);
    const { status, body } = await refresh(google, token!);
    expect(status).toBe(200);
    expect(body).toMatchObject({ access_token: expect.any(String), expires_in: 3599, token_type: "Bearer" });
    expect(body).not.toHaveProperty("refresh_token");
  });

  it("may be used for fewer scopes, never for more", async () => {
    const { refresh_token: token } = await signIn(google);
    expect((await refresh(google, token!, { scope: drive })).body.scope).toBe(drive);
    expect((await refresh(google, token!, { scope: `${drive} ${calendar}` })).body.error).toBe("invalid_scope");
  });

  it("belongs to its client", async () => {
    const { refresh_token: token } = await signIn(google);
    const answer = await refresh(google, token!, { client_id: sibling.clientId });
    expect(answer).toMatchObject({ status: 401, body: { error: "unauthorized_client" } });
  });

  it("dies unused after six months, and not while it is used", async () => {
    const { refresh_token: token } = await signIn(google);
    google.clock.advance(181 * day);
    expect((await refresh(google, token!)).status).toBe(200);
    google.clock.advance(181 * day);
    expect((await refresh(google, token!)).status).toBe(200);
    google.clock.advance(182 * day);
    expect((await refresh(google, token!)).body).toEqual({
      error: "invalid_grant",
      error_description: "Token has been expired or revoked.",
    });
  });

  it("is one of a hundred: the next one ends the oldest, without a word", async () => {
    const tokens: string[] = [];
    for (let count = 0; count < 101; count += 1) {
      tokens.push((await signIn(google, { prompt: "consent" })).refresh_token!);
    }
    expect(google.grants(ada.sub)).toMatchObject([{ refreshTokens: 100 }]);
    expect((await refresh(google, tokens[0]!)).body.error).toBe("invalid_grant");
    expect((await refresh(google, tokens[1]!)).status).toBe(200);
  });

  it("lives seven days while the app is in testing, unless it is for sign-in alone", async () => {
    google.addClient({ ...client, publishingStatus: "testing" });
    const forDrive = await signIn(google);
    expect(forDrive.refresh_token_expires_in).toBe(604_800);
    const forSignIn = await signIn(google, { scope: "openid", prompt: "consent" });
    expect(forSignIn).not.toHaveProperty("refresh_token_expires_in");
    google.clock.advance(day);
    expect((await refresh(google, forDrive.refresh_token!)).body.refresh_token_expires_in).toBe(518_400);
    google.clock.advance(6 * day);
    expect((await refresh(google, forDrive.refresh_token!)).body.error).toBe("invalid_grant");
    expect((await refresh(google, forSignIn.refresh_token!)).status).toBe(200);
  });

  it("needs a new sign-in under session control", async () => {
    const { refresh_token: token } = await signIn(google);
    google.requireReauth(ada.email);
    expect((await refresh(google, token!)).body).toMatchObject({
      error: "invalid_grant",
      error_subtype: "invalid_rapt",
    });
    await google.approve(authorizationUrl(google), { user: ada.sub });
    expect((await refresh(google, token!)).status).toBe(200);
  });

  it("dies with the account", async () => {
    const { refresh_token: token } = await signIn(google);
    google.removeUser(ada.sub);
    expect((await refresh(google, token!)).body.error).toBe("invalid_grant");
  });
});

describe("include_granted_scopes", () => {
  const scopesOf = ({ scope }: { scope: string }) => new Set(scope.split(" "));

  it("adds what the user granted before, to any client of the project", async () => {
    await signIn(google, { client_id: sibling.clientId, scope: calendar });
    const tokens = await signIn(google, { scope: drive, include_granted_scopes: "true" });
    expect(scopesOf(tokens)).toEqual(new Set([calendar, drive]));
    expect(scopesOf((await refresh(google, tokens.refresh_token!)).body)).toEqual(new Set([calendar, drive]));
  });

  it("is off unless it is asked for", async () => {
    await signIn(google, { scope: calendar });
    expect(scopesOf(await signIn(google, { scope: drive }))).toEqual(new Set([drive]));
  });
});

describe("revocation", () => {
  const revoke = (fields: Record<string, string>, search = "") => post(google.endpoints.revocation + search, fields);

  it.each(["access_token", "refresh_token"] as const)("of any %s ends the whole grant of the project", async (kind) => {
    const other = await signIn(google, { client_id: sibling.clientId, scope: calendar });
    const tokens = await signIn(google);
    expect((await revoke({ token: tokens[kind]! })).status).toBe(200);
    expect(google.grants(ada.sub)).toEqual([]);
    const again = { client_id: sibling.clientId };
    expect((await refresh(google, other.refresh_token!, again)).body.error).toBe("invalid_grant");
    expect((await revoke({ token: other.access_token })).body.error).toBe("invalid_token");
  });

  it("takes the token from the query as well", async () => {
    const { refresh_token: token } = await signIn(google);
    expect((await revoke({}, `?${new URLSearchParams({ token: token! }).toString()}`)).status).toBe(200);
  });

  it("answers 400 without a token, and for a dead one", async () => {
    expect(await revoke({})).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect(await revoke({ token: "ya29.x" })).toMatchObject({ status: 400, body: { error: "invalid_token" } });
  });
});

describe("the ID token", () => {
  const claimsOf = ({ id_token: token }: { id_token?: string }) => decodeJwt(token!).claims;

  it("comes with openid, and says who signed in, for whom, and when", async () => {
    const tokens = await signIn(google, { nonce: "n", scope: "openid email profile" });
    const hash = createHash("sha256").update(tokens.access_token).digest().subarray(0, 16).toString("base64url");
    const now = standstill / 1000;
    expect(claimsOf(tokens)).toEqual({
      iss: google.issuer,
      azp: client.clientId,
      aud: client.clientId,
      sub: ada.sub,
      email: ada.email,
      email_verified: true,
      name: ada.name,
      given_name: "Ada",
      family_name: "Lovelace",
      picture: `${google.url}/pictures/${ada.sub}.svg`,
      nonce: "n",
      at_hash: hash,
      iat: now,
      exp: now + 3600,
    });
  });

  it("does not come without openid", async () => {
    expect(await signIn(google, { scope: drive })).not.toHaveProperty("id_token");
  });

  it("has no nonce after a refresh", async () => {
    const { refresh_token: token } = await signIn(google, { nonce: "n" });
    expect(claimsOf((await refresh(google, token!)).body)).not.toHaveProperty("nonce");
  });
});
