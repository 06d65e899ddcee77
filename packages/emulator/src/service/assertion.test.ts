import { generateKeyPairSync } from "node:crypto";
import { readFileSync, rmSync, statSync } from "node:fs";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, calendar, callApi, drive, grace, post } from "../../test/client.ts";
import {
  assertionClaims,
  cloud,
  deputy,
  now,
  requestByAssertion,
  robot,
  serviceToken,
  signWith,
  startWithRobots,
  temporaryPath,
} from "../../test/service.ts";
import { type Emulator, type JsonObject, type ServiceAccountHandle, startEmulator } from "../index.ts";

let google: Emulator;
let account: ServiceAccountHandle;
beforeAll(async () => {
  google = await startWithRobots();
  account = google.serviceAccount(robot.email);
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

const request = (changes: JsonObject = {}, header: JsonObject = {}) => {
  const file = account.keyFile();
  return requestByAssertion(google, signWith(file, assertionClaims(file, changes), header));
};
const tokeninfo = async (token: string) =>
  (await (await fetch(`${google.url}/tokeninfo?access_token=${token}`)).json()) as JsonObject;

describe("an assertion", () => {
  it("gets an access token, and no scope, as Google answers", async () => {
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
    ["with the kid of no key", { kid: "0".repeat(40) }],
    ["without a typ", { typ: undefined }],
  ])("is accepted %s: all keys are tried", async (_, header) => {
    expect((await request({}, header)).status).toBe(200);
  });

  it.each([
    ["this emulator's", undefined],
    ["Google's", "https://oauth2.googleapis.com/token"],
    ["Google's older", "https://www.googleapis.com/oauth2/v4/token"],
  ])("may name %s address as its audience", async (_, aud) => {
    expect((await request({ ...(aud !== undefined && { aud }) })).status).toBe(200);
  });

  it("may live 65 minutes, and be five minutes early or late", async () => {
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
  ])("answers %i %s, %j, to the claims %o", async (status, error, description, changes) => {
    const answer = await request(changes);
    expect(answer).toMatchObject({ status, body: { error } });
    expect(answer.body.error_description).toContain(description);
  });

  it("ages by the emulator's clock", async () => {
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
  ])("is refused with %s", async (_, spoil) => {
    const file = account.keyFile();
    const { status, body } = await requestByAssertion(google, spoil(signWith(file, assertionClaims(file))));
    expect([status, body.error, body.error_description]).toEqual([400, "invalid_grant", "Invalid JWT Signature."]);
  });
  const encode = (value: JsonObject) => Buffer.from(JSON.stringify(value)).toString("base64url");

  it.each(["RS512", "HS256", "none"])("is refused with the algorithm %s", async (alg) => {
    expect((await request({}, { alg })).body.error_description).toBe("Invalid JWT Signature.");
  });

  it("must be there, once, and a JWT", async () => {
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

describe("domain-wide delegation", () => {
  const forGrace = (scope = calendar) => request({ sub: grace.email, scope });

  it("opens the data of the Workspace user", async () => {
    account.delegate({ scopes: [calendar] });
    const token = await serviceToken(google, { sub: grace.email, scope: calendar });
    const answer = await callApi(`${google.apis.calendar}/calendars/primary/events`, token);
    expect(await answer.json()).toMatchObject({ summary: grace.email });
  });

  it("is not needed to act as oneself", async () => {
    expect((await request({ sub: robot.email })).status).toBe(200);
  });

  it.each<[number, string, string, () => void]>([
    [401, "unauthorized_client", "Unauthorized client or scope in request", () => undefined],
    [
      401,
      "unauthorized_client",
      "unauthorized to retrieve access tokens using this method",
      () => account.delegate({ scopes: [calendar], client: robot.email }),
    ],
    [
      401,
      "unauthorized_client",
      "Unauthorized client or scope in request",
      () => account.delegate({ scopes: [calendar], domain: "other.example" }),
    ],
    [403, "access_denied", "", () => account.delegate({ scopes: ["https://www.googleapis.com/auth/calendar"] })],
    [
      401,
      "unauthorized_client",
      "Unauthorized client or scope in request",
      () => {
        account.delegate({ scopes: [calendar] });
        account.undelegate();
      },
    ],
    [
      400,
      "admin_policy_enforced",
      "",
      () => {
        account.delegate({ scopes: [calendar] });
        google.addUser({ ...grace, restrictedScopes: [calendar] });
      },
    ],
    [
      403,
      "org_internal",
      "",
      () => {
        google.addServiceAccount({ ...robot, organization: "other.example", delegation: [{ scopes: [calendar] }] });
      },
    ],
  ])("answers %i %s, %j", async (status, error, description, arrange) => {
    arrange();
    const answer = await forGrace();
    expect(answer).toMatchObject({ status, body: { error } });
    expect(answer.body.error_description).toContain(description);
  });

  it("answers access_denied where one of several scopes is not delegated", async () => {
    account.delegate({ scopes: [calendar] });
    expect((await forGrace(`${calendar} ${drive}`)).body.error).toBe("access_denied");
    account.delegate({ scopes: [drive], domain: "workspace.example" });
    expect((await forGrace(`${calendar} ${drive}`)).status).toBe(200);
  });

  it("knows its users, and private accounts are nobody's to delegate", async () => {
    account.delegate({ scopes: [cloud] });
    expect((await request({ sub: "nobody@workspace.example" })).body).toMatchObject({
      error: "invalid_grant",
      error_description: expect.stringContaining("Not a valid email"),
    });
    expect((await request({ sub: ada.email })).body.error).toBe("unauthorized_client");
    expect((await request({ sub: 1 })).body.error).toBe("invalid_grant");
  });
});

describe("a service account", () => {
  it("gets nothing while it is disabled, and its tokens are refused", async () => {
    const token = await serviceToken(google);
    account.disable();
    expect(await request()).toMatchObject({ status: 401, body: { error: "disabled_client" } });
    expect((await tokeninfo(token))["error"]).toBe("invalid_token");
    account.enable();
    expect((await request()).status).toBe(200);
    expect((await tokeninfo(token))["error"]).toBeUndefined();
  });

  it("is gone once it is removed", async () => {
    const file = account.keyFile();
    google.removeServiceAccount(robot.email);
    const { body } = await requestByAssertion(google, signWith(file, assertionClaims(file)));
    expect(body.error_description).toBe("Invalid grant: account not found");
    expect(() => account.keyFile()).toThrow(`no service account "${robot.email}"`);
  });

  it("signs with any of its keys, as long as they are in force", async () => {
    const first = account.keyFile();
    const second = account.keyFile(account.addKey());
    const sign = async (file: typeof first) =>
      (await requestByAssertion(google, signWith(file, assertionClaims(file)))).body.error_description;
    expect(await Promise.all([sign(first), sign(second)])).toEqual([undefined, undefined]);
    account.disableKey(first.private_key_id);
    expect(await Promise.all([sign(first), sign(second)])).toEqual(["Invalid JWT Signature.", undefined]);
    account.enableKey(first.private_key_id);
    account.deleteKey(second.private_key_id);
    expect(await Promise.all([sign(first), sign(second)])).toEqual([undefined, "Invalid JWT Signature."]);
    account.disableKey();
    expect(await sign(first)).toBe("Invalid JWT Signature.");
  });

  it("keeps its first key over a reset", async () => {
    const file = account.keyFile();
    google.reset();
    expect(account.keyFile()).toEqual(file);
    expect((await requestByAssertion(google, signWith(file, assertionClaims(file)))).status).toBe(200);
  });

  it("may bring a key", async () => {
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    google.addServiceAccount({ ...robot, keys: [{ id: "mine", privateKey }] });
    expect(account.keyFile().private_key_id).toBe("mine");
    expect((await request()).status).toBe(200);
  });

  it.each([
    [{ email: "robot" }, '"email"'],
    [{ ...robot, clientId: "x" }, '"clientId"'],
    [{ ...robot, keys: [{ privateKey: "-----BEGIN PRIVATE KEY-----\nsecret" }] }, '"keys"'],
  ])("is refused as %o, which names the option and no secret", async (wrong, name) => {
    await expect(startEmulator({ serviceAccounts: [wrong] })).rejects.toThrow(name);
    await expect(startEmulator({ serviceAccounts: [wrong] })).rejects.not.toThrow("secret");
  });

  it("has a key file as the console gives it, which leads to the emulator", async () => {
    const path = await account.writeKeyFile(temporaryPath());
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
      type: "service_account",
      project_id: "project",
      private_key_id: expect.stringMatching(/^[0-9a-f]{40}$/),
      private_key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/),
      client_email: robot.email,
      client_id: robot.clientId,
      auth_uri: google.endpoints.authorization,
      token_uri: google.endpoints.token,
      auth_provider_x509_cert_url: `${google.url}/oauth2/v1/certs`,
      client_x509_cert_url: `${google.url}/robot/v1/metadata/x509/robot%40project.iam.gserviceaccount.com`,
      universe_domain: "googleapis.com",
    });
    if (process.platform !== "win32") expect(statSync(path).mode & 0o077).toBe(0);
    rmSync(path);
  });

  it("publishes its keys, as JSON Web Keys and as certificates", async () => {
    const file = account.keyFile();
    const jwt = signWith(file, { a: 1 });
    const keys = createRemoteJWKSet(new URL(`${google.url}/service_accounts/v1/jwk/${robot.email}`));
    expect((await jwtVerify(jwt, keys)).payload).toEqual({ a: 1 });
    const certificates = (await (await fetch(file.client_x509_cert_url)).json()) as JsonObject;
    expect(certificates[file.private_key_id]).toContain("BEGIN CERTIFICATE");
    expect((await fetch(`${google.url}/service_accounts/v1/jwk/nobody`)).status).toBe(404);
  });
});

describe("an ID token by target_audience", () => {
  it("is for that audience, and comes without an access token", async () => {
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

it("needs no client, and a client gets nothing by it", async () => {
  const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  const answer = await post(google.endpoints.token, { grant_type: grant, client_id: "app", client_secret: "x" });
  expect(answer.body.error_description).toContain("assertion");
});
