import { generateKeyPairSync } from "node:crypto";
import { exportJWK, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { callApi, drive } from "../../test/client.ts";
import { cloud, robot } from "../../test/service.ts";
import { audience, exchangeFields, exchangeToken, pool, tokenType } from "../../test/workload.ts";
import { type Emulator, type EmulatorWorkloadProvider, startEmulator } from "../index.ts";

const issuer = generateKeyPairSync("rsa", { modulusLength: 2048 });
let google: Emulator;
beforeAll(async () => {
  const workloadProviders: EmulatorWorkloadProvider[] = [
    { audience: audience("own") },
    {
      audience: audience("foreign"),
      issuer: "https://issuer.example",
      jwks: { keys: [await exportJWK(issuer.publicKey)] },
      allowedAudiences: ["google"],
    },
    { audience: audience("saml"), tokens: { PHNhbWw: "saml-subject" } },
  ];
  google = await startEmulator({ workloadProviders, serviceAccounts: [robot] });
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

const exchange = (changes: Record<string, string> = {}) => exchangeToken(google, changes);
const sqlInstances = (token: string) => callApi(`${google.apis.sqladmin}/projects/project/instances`, token);

describe("a token exchange", () => {
  it("responds as RFC 8693 requires, with a valid access token", async () => {
    const { status, body } = await exchange();
    expect([status, body]).toEqual([
      200,
      {
        access_token: expect.stringMatching(/^ya29\./),
        issued_token_type: tokenType("access_token"),
        token_type: "Bearer",
        expires_in: 3599,
      },
    ]);
    expect((await sqlInstances(body.access_token)).status).toBe(200);
  });

  it("accepts JSON too", async () => {
    const camelCase = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const body = Object.fromEntries(
      Object.entries(exchangeFields(google)).map(([name, value]) => [camelCase(name), value]),
    );
    const headers = { "content-type": "application/json" };
    const ask = (text: string) => fetch(google.endpoints.sts, { method: "POST", headers, body: text });
    expect((await ask(JSON.stringify(body))).status).toBe(200);
    expect(await (await ask("null")).json()).toMatchObject({ error: "invalid_request" });
  });

  it.each<[string, string, Record<string, string>]>([
    ["invalid_request", '"grant_type"', { grant_type: "client_credentials" }],
    ["invalid_request", '"requested_token_type"', { requested_token_type: tokenType("refresh_token") }],
    ["invalid_request", '"subject_token"', { subject_token: "" }],
    ["invalid_request", '"subject_token_type"', { subject_token_type: tokenType("other") }],
    ["invalid_request", '"audience". This value should be the full resource name', { audience: pool }],
    ["invalid_request", '"audience"', { audience: "" }],
    ["invalid_target", "disabled or deleted or because it doesn't exist", { audience: audience("none") }],
    ["invalid_scope", "", { scope: "" }],
    ["invalid_scope", "", { scope: `${cloud},${drive}` }],
    ["invalid_request", '"options"', { options: "{" }],
    ["invalid_grant", "parse", { subject_token: "text" }],
    ["invalid_grant", "SAML", { subject_token_type: tokenType("saml2") }],
  ])("responds %s, %j, to %o", async (error, description, changes) => {
    const response = await exchange(changes);
    expect(response).toMatchObject({ status: 400, body: { error } });
    expect(response.body.error_description).toContain(description);
  });

  it("accepts and logs the parameter `options`", async () => {
    const options = encodeURIComponent(JSON.stringify({ userProject: "billing" }));
    expect((await exchange({ options })).status).toBe(200);
    expect(google.requests.of("sts")[0]?.form["options"]).toBe(options);
  });

  it("is subject to faults", async () => {
    google.faults.add({ endpoint: "sts", status: 503 });
    expect((await exchange()).status).toBe(503);
  });
});

describe("a subject token", () => {
  it.each<[string, () => string]>([
    ["is stale to sign-in", () => google.subjectToken({ exp: Math.floor(Date.now() / 1000) - 1 })],
    ["is stale to sign-in", () => google.subjectToken({ iat: Math.floor(Date.now() / 1000) + 600 })],
    ["does not match the expected audience", () => google.subjectToken({ aud: "other" })],
    ["does not match the expected ones", () => google.subjectToken({ iss: "https://issuer.example" })],
    ["signature", () => google.subjectToken({}, { alg: "none" })],
    ["signature", () => google.subjectToken({}, { key: issuer.privateKey })],
    ["google.subject", () => google.subjectToken({ sub: "" })],
  ])("is rejected: %s", async (description, make) => {
    const { status, body } = await exchange({ subject_token: make() });
    expect([status, body.error]).toEqual([400, "invalid_grant"]);
    expect(body.error_description).toContain(description);
  });

  it("of another issuer is verified with the keys of that issuer", async () => {
    const make = (key = issuer.privateKey) =>
      new SignJWT({})
        .setProtectedHeader({ alg: "RS256" })
        .setIssuer("https://issuer.example")
        .setAudience("google")
        .setSubject("s")
        .setIssuedAt()
        .setExpirationTime("1h")
        .sign(key);
    const ask = (token: string) =>
      exchange({ audience: audience("foreign"), subject_token: token, subject_token_type: tokenType("id_token") });
    expect((await ask(await make())).status).toBe(200);
    const foreignKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    expect((await ask(await make(foreignKey))).body.error).toBe("invalid_grant");
  });

  it("is accepted by its text if `tokens` lists it", async () => {
    const saml = { audience: audience("saml"), subject_token_type: tokenType("saml2") };
    expect((await exchange({ ...saml, subject_token: "PHNhbWw" })).status).toBe(200);
    expect((await exchange({ ...saml, subject_token: "other" })).body.error).toBe("invalid_grant");
  });

  it("is available at the address in the credential configuration", async () => {
    const { url } = google.externalAccount().credential_source as { url: string };
    const { id_token: subjectToken } = (await (await fetch(url)).json()) as { id_token: string };
    expect((await exchange({ subject_token: subjectToken })).status).toBe(200);
    expect((await fetch(`${google.url}/workload/subject-token?audience=x`)).status).toBe(404);
  });
});

describe("a workload", () => {
  const asRobot = async (token: string) => {
    const url = `${google.endpoints.iamCredentials}/projects/-/serviceAccounts/${robot.email}:generateAccessToken`;
    const headers = { authorization: `Bearer ${token}` };
    return fetch(url, { method: "POST", headers, body: JSON.stringify({ scope: [cloud] }) });
  };

  it.each([`principal://${pool}/subject/workload`, `principalSet://${pool}/*`])(
    "may impersonate a service account that allows %s",
    async (member) => {
      const token = (await exchange()).body.access_token;
      expect((await asRobot(token)).status).toBe(403);
      google.serviceAccount(robot.email).allow(member);
      expect((await asRobot(token)).status).toBe(200);
    },
  );

  it("may not impersonate a service account that allows another workload", async () => {
    google.serviceAccount(robot.email).allow(`principal://${pool}/subject/another`);
    expect((await asRobot((await exchange()).body.access_token)).status).toBe(403);
  });
});

describe("externalAccount()", () => {
  it("returns the credential configuration that client libraries read", () => {
    expect(google.externalAccount({ impersonate: robot.email, lifetime: 600 })).toEqual({
      type: "external_account",
      audience: audience("own"),
      subject_token_type: tokenType("jwt"),
      token_url: google.endpoints.sts,
      credential_source: {
        url: expect.stringContaining(google.url),
        format: { type: "json", subject_token_field_name: "id_token" },
      },
      universe_domain: "googleapis.com",
      service_account_impersonation_url: `${google.url}/v1/projects/-/serviceAccounts/${robot.email}:generateAccessToken`,
      service_account_impersonation: { token_lifetime_seconds: 600 },
    });
    const file = { file: "/var/run/token" };
    expect(google.externalAccount({ credentialSource: file }).credential_source).toBe(file);
  });

  it("throws for an unknown or invalid provider", async () => {
    expect(() => google.externalAccount({ audience: audience("none") })).toThrow(TypeError);
    await using none = await startEmulator({ workloadProviders: [] });
    expect(() => none.externalAccount()).toThrow("no workload provider");
    await expect(startEmulator({ workloadProviders: [{ audience: "x" }] })).rejects.toThrow('"workloadProviders"');
    await using usual = await startEmulator();
    expect(usual.externalAccount().audience).toContain("//iam.googleapis.com/projects/");
  });
});
