import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, client, drive, email, obtainCode, requestToken, sibling, start } from "../../test/client.ts";
import type { Emulator } from "../index.ts";

const minute = 60_000;

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
  it("exchanges a code for tokens as Google does, with a response that may not be stored", async () => {
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
    [400, "unsupported_grant_type", { grant_type: "constructor" }],
    [400, "invalid_request", { code: "" }],
    [400, "invalid_grant", { code: "garbage" }],
    [400, "invalid_grant", { code: "4/0unknown" }],
    [400, "invalid_grant", { client_id: sibling.clientId }],
    [400, "redirect_uri_mismatch", { redirect_uri: "http://localhost:3000/other" }],
    [400, "redirect_uri_mismatch", { redirect_uri: "" }],
    [400, "invalid_grant", { code_verifier: "v".repeat(43) }],
  ])("responds %i %s to %o", async (status, error, changes) => {
    const response = await exchange(await obtainCode(google), changes);
    expect(response).toMatchObject({ status, body: { error, error_description: expect.any(String) } });
  });

  it("names the repeated parameter", async () => {
    const fields = [["code", "4/0a"] as [string, string], ["code", "4/0b"] as [string, string]];
    const response = await fetch(google.endpoints.token, { method: "POST", body: new URLSearchParams(fields) });
    expect(await response.json()).toMatchObject({ error_description: expect.stringContaining("single value: code") });
  });

  it("accepts only POST requests with a form", async () => {
    const json = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
    expect((await fetch(google.endpoints.token, json)).status).toBe(400);
    expect((await fetch(google.endpoints.token)).status).toBe(405);
  });

  it("accepts the client's credentials in the header", async () => {
    const code = await obtainCode(google);
    const inHeader = { client_id: "", client_secret: "" };
    const response = await exchange(code, inHeader, basic(client.clientId, client.clientSecret));
    expect(response.status).toBe(200);
  });

  it.each([
    [401, "invalid_client", { client_id: "", client_secret: "" }, basic(client.clientId, "wrong")],
    [400, "invalid_request", {}, basic(client.clientId, client.clientSecret)],
    [400, "invalid_request", { client_id: "b", client_secret: "" }, basic(client.clientId, client.clientSecret)],
  ])(
    "responds %i %s to credentials in the header that are wrong or sent twice",
    async (status, error, fields, header) => {
      expect(await exchange("4/0a", fields, header)).toMatchObject({ status, body: { error } });
    },
  );

  it.each(["deleted", "disabled"] as const)("rejects a client that is %s", async (status) => {
    google.addClient({ ...client, status });
    expect(await exchange("4/0a")).toMatchObject({ status: 401, body: { error: `${status}_client` } });
  });
});

describe("an authorization code", () => {
  it("works only once, even for fifty requests at the same time", async () => {
    const code = await obtainCode(google);
    const responses = await Promise.all(Array.from({ length: 50 }, () => exchange(code)));
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(responses.filter(({ body }) => body.error === "invalid_grant")).toHaveLength(49);
  });

  it("expires after ten minutes", async () => {
    const [early, late] = [await obtainCode(google), await obtainCode(google)];
    google.clock.advance(10 * minute - 1);
    expect((await exchange(early)).status).toBe(200);
    google.clock.advance(1);
    expect((await exchange(late)).body.error).toBe("invalid_grant");
  });

  it("is revoked with the grant", async () => {
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
  ])("responds invalid_grant, %j, to the verifier %j", async (description, wrong) => {
    const code = await obtainCode(google, { code_challenge: challenge, code_challenge_method: "S256" });
    const { body } = await exchange(code, { code_verifier: wrong });
    expect(body).toEqual({ error: "invalid_grant", error_description: description });
  });
});
