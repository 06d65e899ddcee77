import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { calendar, drive, post } from "../../test/client.ts";
import {
  assertionClaims,
  cloud,
  deputy,
  now,
  requestAs,
  requestByAssertion,
  robot,
  signWith,
  startWithRobots,
  tokeninfoOf,
} from "../../test/service.ts";
import type { Emulator, JsonObject, ServiceAccountHandle } from "../index.ts";

let google: Emulator;
let account: ServiceAccountHandle;
beforeAll(async () => {
  google = await startWithRobots();
  account = google.serviceAccount(robot.email);
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

const request = (changes?: JsonObject, header?: JsonObject) => requestAs(google, account, changes, header);
const tokeninfo = (token: string) => tokeninfoOf(google, token);

describe("an assertion", () => {
  it("gets an access token without `scope`, as from Google", async () => {
    const { status, body } = await request();
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^ya29\.c\./),
      expires_in: 3599,
      token_type: "Bearer",
    });
    expect(await tokeninfo(body.access_token)).toMatchObject({ azp: robot.clientId, scope: cloud });
  });

  it.each([
    ["without a kid", { kid: undefined }],
    ["with an unknown kid", { kid: "0".repeat(40) }],
    ["without a typ", { typ: undefined }],
  ])("is accepted %s, because every key is tried", async (_, header) => {
    expect((await request({}, header)).status).toBe(200);
  });

  it.each([
    ["this emulator's", undefined],
    ["Google's", "https://oauth2.googleapis.com/token"],
    ["Google's older", "https://www.googleapis.com/oauth2/v4/token"],
  ])("may have %s address as its audience", async (_, aud) => {
    expect((await request({ ...(aud !== undefined && { aud }) })).status).toBe(200);
  });

  it("may be valid for 65 minutes, and be five minutes early or late", async () => {
    for (const shift of [{ exp: now + 3900 }, { iat: now + 300 }, { iat: now - 3800, exp: now - 200 }]) {
      expect((await request(shift)).status, JSON.stringify(shift)).toBe(200);
    }
  });

  const timeframe = "short-lived token (60 minutes)";
  it.each<[number, string, string, JsonObject]>([
    [400, "invalid_grant", timeframe, { exp: now + 3901 }],
    [400, "invalid_grant", timeframe, { exp: now - 1 }],
    [400, "invalid_grant", timeframe, { iat: now + 301 }],
    [400, "invalid_grant", timeframe, { iat: now - 7200, exp: now - 3600 }],
    [400, "invalid_grant", timeframe, { iat: undefined }],
    [400, "invalid_grant", timeframe, { exp: undefined }],
    [400, "invalid_grant", timeframe, { iat: String(now) }],
    [400, "invalid_grant", "Failed audience check", { aud: "https://example.com/token" }],
    [400, "invalid_grant", "Failed audience check", { aud: undefined }],
    [400, "invalid_grant", "account not found", { iss: "nobody@project.iam.gserviceaccount.com" }],
    [400, "invalid_grant", "Invalid JWT Signature", { iss: deputy.email }],
    [401, "invalid_client", "not found", { iss: "1000001" }],
    [401, "invalid_client", "not found", { iss: undefined }],
    [400, "invalid_scope", "Invalid OAuth scope or ID token audience", { scope: "" }],
    [400, "invalid_scope", "Invalid OAuth scope or ID token audience", { scope: undefined }],
    [400, "invalid_scope", "Invalid OAuth scope or ID token audience", { scope: `${drive},${calendar}` }],
    [400, "invalid_scope", "Invalid OAuth scope or ID token audience", { scope: "drive" }],
    [400, "invalid_scope", "Invalid OAuth scope or ID token audience", { scope: [drive] }],
    [400, "invalid_scope", "Invalid OAuth scope or ID token audience", { target_audience: "" }],
  ])("responds %i %s, %j, to the claims %o", async (status, error, description, changes) => {
    const response = await request(changes);
    expect(response).toMatchObject({ status, body: { error } });
    expect(response.body.error_description).toContain(description);
  });

  it("expires by the emulator's clock", async () => {
    google.clock.advance(3_900_000);
    expect((await request()).body.error).toBe("invalid_grant");
  });

  it.each<[string, (valid: string) => string]>([
    ["padding", (valid) => `${valid}=`],
    ["a line break", (valid) => `${valid.slice(0, -20)}\n${valid.slice(-20)}`],
    ["plain base64", (valid) => `${valid.slice(0, -2)}+/`],
    ["no signature", (valid) => valid.slice(0, valid.lastIndexOf(".") + 1)],
    [
      "other claims",
      (valid) => valid.replace(/\.[^.]+\./, `.${encode(assertionClaims(account.keyFile(), { sub: "x" }))}.`),
    ],
  ])("is rejected with %s", async (_, alter) => {
    const file = account.keyFile();
    const { status, body } = await requestByAssertion(google, alter(signWith(file, assertionClaims(file))));
    expect([status, body.error, body.error_description]).toEqual([400, "invalid_grant", "Invalid JWT Signature."]);
  });
  const encode = (value: JsonObject) => Buffer.from(JSON.stringify(value)).toString("base64url");

  it.each(["RS512", "HS256", "none"])("is rejected with the algorithm %s", async (alg) => {
    expect((await request({}, { alg })).body.error_description).toBe("Invalid JWT Signature.");
  });

  it("must be present, must not be repeated, and must be a JWT", async () => {
    expect((await requestByAssertion(google, "")).body.error).toBe("invalid_request");
    expect((await requestByAssertion(google, "not.a-jwt")).body.error).toBe("invalid_grant");
    expect((await requestByAssertion(google, `e30.${Buffer.from("null").toString("base64url")}.x`)).body.error).toBe(
      "invalid_grant",
    );
    const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    const twice = new URLSearchParams([
      ["grant_type", grant],
      ["assertion", "a"],
      ["assertion", "b"],
    ]);
    const response = await fetch(google.endpoints.token, { method: "POST", body: twice });
    expect(await response.json()).toMatchObject({ error: "invalid_request" });
  });
});

describe("an ID token for a target_audience", () => {
  it("has that audience, and the response has no access token", async () => {
    const { body } = await request({ scope: undefined, target_audience: "https://service.example" });
    expect(Object.keys(body)).toEqual(["id_token"]);
    const keys = createRemoteJWKSet(new URL(google.endpoints.jwks));
    const currentDate = new Date(google.clock.now());
    const { payload } = await jwtVerify(body.id_token!, keys, { currentDate, issuer: google.issuer });
    expect(payload).toEqual({
      iss: google.issuer,
      aud: "https://service.example",
      azp: robot.email,
      sub: robot.clientId,
      email: robot.email,
      email_verified: true,
      iat: now,
      exp: now + 3600,
    });
  });
});

it("a client's credentials do not replace the assertion", async () => {
  const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  const response = await post(google.endpoints.token, { grant_type: grant, client_id: "app", client_secret: "x" });
  expect(response.body.error_description).toContain("assertion");
});
