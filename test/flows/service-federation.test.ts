// Workload and workforce identity federation: access with the token of another identity provider.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applicationDefault, externalAccount } from "@scopegate/core/service";
import type { Environment, ExternalAccountOptions } from "@scopegate/core/service";
import { beforeEach, describe, expect, it } from "vitest";
import { sendJson, startServer } from "../harness/loopback-server.ts";
import { claimsOf, failureOf, ROBOT, startService, temporaryDirectory } from "../harness/service.ts";
import type { ServiceScenario } from "../harness/service.ts";

const CLOUD = "https://www.googleapis.com/auth/cloud-platform";
const PROVIDER = "//iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/pool/providers";
const AWS = { secretAccessKey: "CANARY-aws-secret", arn: "arn:aws:sts::123456789012:assumed-role/builder/i-1" };
const MEMBER = "principalSet://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/pool/*";

let scenario: ServiceScenario;
let host: string;
const exchanges = () => scenario.google.requests.of("sts");

beforeEach(async () => {
  scenario = await startService({
    serviceAccounts: [{ email: ROBOT, tokenCreators: [MEMBER] }],
    workloadProviders: [
      { audience: `${PROVIDER}/own` },
      { audience: `${PROVIDER}/aws`, awsKeys: { AKIA1: AWS } },
      { audience: `${PROVIDER}/saml`, tokens: { "CANARY-saml": "someone" } },
    ],
  });
  host = new URL(scenario.google.url).host;
});

/** A source with the emulator's configuration and the test's own `credential_source`. */
function federated(
  credentialSource: Readonly<Record<string, unknown>> | undefined,
  config: Readonly<Record<string, unknown>> = {},
  env: Environment = {},
  options: Partial<ExternalAccountOptions> = {},
) {
  const file = scenario.google.externalAccount({ audience: `${PROVIDER}/own` });
  const { now, apiHosts } = scenario.common;
  const all = { ...file, ...(credentialSource !== undefined && { credential_source: credentialSource }), ...config };
  return externalAccount({ config: all, scopes: [CLOUD], allowedHosts: [host], now, apiHosts, ...options }, env);
}

function writeTemporary(content: string): string {
  const path = join(temporaryDirectory(), "subject");
  writeFileSync(path, content);
  return path;
}

const subjectToken = () => scenario.google.subjectToken({}, { audience: `${PROVIDER}/own` });

describe("the token to exchange", () => {
  it("is read from a file each time, as text or from a field of JSON", async () => {
    const path = writeTemporary(`${subjectToken()}\n`);
    const source = federated({ file: path });
    const tokens = new Set(await Promise.all(Array.from({ length: 20 }, () => source.getAccessToken())));
    expect([tokens.size, exchanges().length]).toEqual([1, 1]);
    expect(exchanges()[0]!.form).toMatchObject({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      audience: `${PROVIDER}/own`,
      scope: CLOUD,
    });
    expect(exchanges()[0]!.form).not.toHaveProperty("options");
    writeFileSync(path, "CANARY-rotten");
    const error = await failureOf(source.getAccessToken({ forceRefresh: true }), "CANARY");
    expect([error.code, error.remedy]).toEqual(["federation_refused", expect.stringContaining("attribute condition")]);
    const json = { type: "json", subject_token_field_name: "token" };
    const fromJson = federated({ file: writeTemporary(JSON.stringify({ token: subjectToken() })), format: json });
    expect(await fromJson.getAccessToken()).toMatch(/./);
    for (const content of ["", "CANARY", '{"other":"CANARY"}']) {
      const failing = federated({ file: writeTemporary(content), format: json });
      expect((await failureOf(failing.getAccessToken(), "CANARY")).code).toBe("subject_token_unavailable");
    }
    const missing = await failureOf(federated({ file: "/nowhere/token" }).getAccessToken());
    expect(missing.message).toContain('"/nowhere/token" cannot be read: ENOENT');
  });

  it("is requested from a URL, with the configured headers", async () => {
    const server = await startServer((response, count) =>
      count === 1 ? sendJson(response, 200, { value: subjectToken() }) : sendJson(response, 403, { why: "CANARY" }),
    );
    const source = federated({
      url: `${server.url}/identity?audience=x`,
      headers: { Metadata: "True" },
      format: { type: "json", subject_token_field_name: "value" },
    });
    expect(await source.getAccessToken()).toMatch(/./);
    expect(server.seen[0]).toMatchObject({ method: "GET", url: "/identity?audience=x", headers: { metadata: "True" } });
    const error = await failureOf(source.getAccessToken({ forceRefresh: true }), "CANARY");
    expect([error.code, error.message]).toEqual(["subject_token_unavailable", expect.stringContaining("HTTP 403")]);
  });

  it("is a signed AWS request, with keys from the environment or from AWS's metadata server", async () => {
    const { google } = scenario;
    const aws = {
      environment_id: "aws1",
      regional_cred_verification_url: "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
    };
    const config = { audience: `${PROVIDER}/aws`, subject_token_type: "urn:ietf:params:aws:token-type:aws4_request" };
    const env = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "AKIA1", AWS_SECRET_ACCESS_KEY: AWS.secretAccessKey };
    expect(await federated(aws, config, env).getAccessToken()).toMatch(/^ya29\./);
    const sent = JSON.parse(decodeURIComponent(exchanges()[0]!.form["subject_token"]!)) as {
      url: string;
      headers: { key: string; value: string }[];
    };
    expect(sent.url).toBe("https://sts.eu-west-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15");
    expect(sent.headers).toContainEqual({ key: "x-goog-cloud-target-resource", value: `${PROVIDER}/aws` });
    const wrong = await failureOf(federated(aws, config, { ...env, AWS_SECRET_ACCESS_KEY: "x" }).getAccessToken());
    expect(wrong.code).toBe("federation_refused");

    const bodies: Readonly<Record<string, string>> = {
      "/api/token": "session-1",
      "/zone": "eu-west-1b",
      "/creds": "role-1",
      "/creds/role-1": JSON.stringify({ AccessKeyId: "AKIA1", SecretAccessKey: AWS.secretAccessKey }),
    };
    const metadata = await startServer((response, _, { method, url, headers }) => {
      const allowed = method === "PUT" || headers["x-aws-ec2-metadata-token"] === "session-1";
      response.writeHead(allowed ? 200 : 401).end(bodies[url]);
    });
    const machine = {
      ...aws,
      url: `${metadata.url}/creds`,
      region_url: `${metadata.url}/zone`,
      imdsv2_session_token_url: `${metadata.url}/api/token`,
    };
    const allowedHosts = [host, new URL(metadata.url).host];
    expect(await federated(machine, config, {}, { allowedHosts }).getAccessToken()).toMatch(/^ya29\./);
    expect(metadata.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "PUT /api/token",
      "GET /zone",
      "GET /creds",
      "GET /creds/role-1",
    ]);
    expect((await failureOf(federated(aws, config, {}).getAccessToken())).message).toContain("AWS_REGION is not set");
    expect(google.requests.of("sts")).toHaveLength(3);
  });

  it("is printed by a command, if commands are allowed, or read from its output file", async () => {
    const now = Math.floor(scenario.google.clock.now() / 1000);
    const response = {
      version: 1,
      success: true,
      token_type: "urn:ietf:params:oauth:token-type:jwt",
      id_token: subjectToken(),
      expiration_time: now + 600,
    };
    const allow = { ...process.env, GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: "1" };
    const script = (text: string) => {
      const path = join(temporaryDirectory(), "with space.mjs");
      writeFileSync(path, text);
      return { executable: { command: `${process.execPath} "${path}"`, timeout_millis: 120_000 } };
    };
    const seen = join(temporaryDirectory(), "seen");
    const command =
      script(`import fs from "node:fs"; fs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify(process.env));
      console.log(process.env.RESPONSE)`);
    const env = { ...allow, RESPONSE: JSON.stringify(response) };
    expect(await federated(command, {}, env).getAccessToken()).toMatch(/./);
    expect(JSON.parse(readFileSync(seen, "utf8"))).toMatchObject({
      GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE: `${PROVIDER}/own`,
      GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE: "urn:ietf:params:oauth:token-type:jwt",
      GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE: "0",
    });
    for (const [output, message] of [
      ["CANARY", /not a JSON object/],
      [JSON.stringify({ ...response, version: 2 }), /`version` of the command's response is not 1/],
      [
        JSON.stringify({ version: 1, success: false, code: "401", message: "CANARY" }),
        /reports a failure \(code 401\)/,
      ],
      [JSON.stringify({ ...response, expiration_time: now - 1 }), /has expired/],
      [JSON.stringify({ ...response, token_type: "CANARY" }), /no token for its `token_type`/],
    ] as const) {
      const error = await failureOf(federated(command, {}, { ...allow, RESPONSE: output }).getAccessToken(), "CANARY");
      expect([error.code, error.message]).toEqual(["subject_token_unavailable", expect.stringMatching(message)]);
    }
    const failing = script(`console.log("CANARY"); console.error("CANARY"); process.exit(3)`);
    expect((await failureOf(federated(failing, {}, allow).getAccessToken(), "CANARY")).message).toContain(
      "failed with 3",
    );

    const outputFile = writeTemporary(JSON.stringify(response));
    const withOutputFile = { executable: { command: "/nowhere/command", output_file: outputFile } };
    expect(await federated(withOutputFile, {}, allow).getAccessToken()).toMatch(/./);
    writeFileSync(outputFile, JSON.stringify({ ...response, expiration_time: now - 1 }));
    expect((await failureOf(federated(withOutputFile, {}, allow).getAccessToken())).message).toContain(
      "failed with ENOENT",
    );
  });

  it("is the result of the option `subjectToken`", async () => {
    const contexts: unknown[] = [];
    const source = federated(
      {},
      { subject_token_type: "urn:ietf:params:oauth:token-type:saml2", audience: `${PROVIDER}/saml` },
      {},
      {
        subjectToken: async (context) => (contexts.push(context), "CANARY-saml"),
      },
    );
    expect(await source.getAccessToken()).toMatch(/./);
    expect(contexts).toEqual([
      { audience: `${PROVIDER}/saml`, subjectTokenType: "urn:ietf:params:oauth:token-type:saml2" },
    ]);
  });
});

describe("a federated identity", () => {
  it("impersonates the service account that its configuration names", async () => {
    const { google, common } = scenario;
    const config = google.externalAccount({ audience: `${PROVIDER}/own`, impersonate: ROBOT, lifetime: 1800 });
    const path = join(temporaryDirectory(), "config.json");
    writeFileSync(path, JSON.stringify({ ...config, quota_project_id: "who-pays" }), { mode: 0o600 });
    const options = { now: common.now, apiHosts: common.apiHosts, scopes: [CLOUD], allowedHosts: [host] };
    const env = { GOOGLE_APPLICATION_CREDENTIALS: path };
    for (const source of [externalAccount({ ...options, configFile: path }), applicationDefault(options, env)]) {
      expect([source.kind, source.email, source.quotaProject]).toEqual(["impersonated", ROBOT, "who-pays"]);
      expect((await source.fetch(`${google.apis.sqladmin}/projects/tests/instances`)).status).toBe(200);
      expect(claimsOf(await source.getIdToken("https://a.run.app"))).toMatchObject({ email: ROBOT });
    }
    expect(google.requests.of("iamCredentials").map(({ path: at }) => at.split(":").at(-1))).toEqual([
      "generateAccessToken",
      "generateIdToken",
      "generateAccessToken",
      "generateIdToken",
    ]);
    expect(JSON.parse(google.requests.of("iamCredentials")[0]!.body)).toMatchObject({ lifetime: "1800s" });
    google.serviceAccount(ROBOT).disallow(MEMBER);
    const refused = externalAccount({ ...options, configFile: path }).getAccessToken();
    expect((await failureOf(refused)).code).toBe("impersonation_refused");
  });

  it("authenticates the client of its configuration, and sends the project of a workforce without a client", async () => {
    const server = await startServer((response) =>
      sendJson(response, 200, { access_token: "t", token_type: "Bearer", expires_in: 60, issued_token_type: "x" }),
    );
    const workforce = {
      token_url: `${server.url}/v1/token`,
      audience: "//iam.googleapis.com/locations/global/workforcePools/p/providers/q",
      workforce_pool_user_project: "who-pays",
    };
    const file = { file: writeTemporary("subject") };
    const options = { allowedHosts: [new URL(server.url).host] };
    await federated(file, workforce, {}, options).getAccessToken();
    await federated(file, { ...workforce, client_id: "id", client_secret: "s:/+" }, {}, options).getAccessToken();
    const forms = server.seen.map(({ body }) => new URLSearchParams(body));
    expect(forms.map((form) => form.get("options"))).toEqual(['{"userProject":"who-pays"}', null]);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      `Basic ${Buffer.from("id:s%3A%2F%2B").toString("base64")}`,
    ]);
    expect(() => federated(file, { workforce_pool_user_project: "p" })).toThrow(/workforce pool/);
  });

  it("of a person is refreshed with the refresh token of the last response", async () => {
    const server = await startServer((response, count) =>
      sendJson(response, 200, {
        access_token: `t${count}`,
        token_type: "Bearer",
        expires_in: 3600,
        refresh_token: `r${count}`,
      }),
    );
    const path = join(temporaryDirectory(), "adc.json");
    const file = {
      type: "external_account_authorized_user",
      audience: "//iam.googleapis.com/locations/global/workforcePools/p/providers/q",
      client_id: "id",
      client_secret: "secret",
      refresh_token: "r0",
      token_url: `${server.url}/v1/oauthtoken`,
    };
    writeFileSync(path, JSON.stringify(file), { mode: 0o600 });
    const options = { allowedHosts: [new URL(server.url).host] };
    const source = applicationDefault(options, { GOOGLE_APPLICATION_CREDENTIALS: path });
    expect(await source.getAccessToken()).toBe("t1");
    expect(await source.getAccessToken({ forceRefresh: true })).toBe("t2");
    expect(server.seen.map(({ url, body }) => [url, new URLSearchParams(body).get("refresh_token")])).toEqual([
      ["/v1/oauthtoken", "r0"],
      ["/v1/oauthtoken", "r1"],
    ]);
    expect(new URLSearchParams(server.seen[0]!.body).has("client_secret")).toBe(false);
  });

  it.each([
    [{ type: "service_account" }, /`type` must be "external_account"/],
    [{ audience: "" }, /`audience` is missing/],
    [{ credential_source: {} }, /must have `file`, `url`, `environment_id` or `executable`/],
    [
      { credential_source: { file: "x", format: { type: "xml" } } },
      /`credential_source.format.type` must be "text" or "json"/,
    ],
    [{ credential_source: { url: "ftp://x" } }, /`credential_source.url` must be an absolute http or https URL/],
    [
      { credential_source: { executable: { command: "x", timeout_millis: 1 } } },
      /`credential_source.executable.timeout_millis`/,
    ],
    [{ credential_source: { environment_id: "aws2", regional_cred_verification_url: "x" } }, /aws1/],
  ])("is rejected with the field if its configuration has %j", (config, message) => {
    expect(() => federated(undefined, config)).toThrow(message);
  });
});
