// The machine's service account, by the metadata server, and Application Default Credentials.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applicationDefault, computeEngine } from "@scopegate/core/service";
import { describe, expect, it } from "vitest";
import { DRIVE } from "../harness/app/scenario.ts";
import { claimsOf, failureOf, ROBOT, startService, temporaryDirectory } from "../harness/service.ts";
import type { ServiceScenario } from "../harness/service.ts";

const HOUR = 3600_000;
const machineOf = ({ google }: ServiceScenario) => ({ GCE_METADATA_HOST: google.metadata.host });
const paths = ({ google }: ServiceScenario) => google.requests.of("metadata").map(({ path }) => path);

describe("the machine's service account", () => {
  it("calls an API with the metadata server's token, requested once for concurrent calls", async () => {
    const scenario = await startService({ instance: { scopes: "any" } });
    const { google, common } = scenario;
    const source = computeEngine({ ...common, scopes: [DRIVE] }, machineOf(scenario));
    const responses = await Promise.all(Array.from({ length: 50 }, () => source.fetch(`${google.apis.drive}/files`)));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(google.requests.of("metadata")).toMatchObject([
      { path: "/computeMetadata/v1/instance/service-accounts/default/token", query: { scopes: DRIVE } },
    ]);
    expect(await source.projectId()).toBe("tests");
    expect([source.kind, source.email]).toEqual(["compute_engine", undefined]);
  });

  it("requests the next token only once the server has another one", async () => {
    const scenario = await startService();
    const { google, common } = scenario;
    const source = computeEngine(common, machineOf(scenario));
    const first = await source.getAccessToken();
    // The server returns the same token until five minutes before it expires.
    google.clock.advance(HOUR - 290_000);
    expect(await source.getAccessToken()).toBe(first);
    expect(paths(scenario)).toHaveLength(1);
    google.clock.advance(280_000);
    expect(await source.getAccessToken()).not.toBe(first);
    expect(paths(scenario)).toHaveLength(2);
  });

  it("gets ID tokens that contain the account's e-mail address", async () => {
    const scenario = await startService();
    const source = computeEngine(scenario.common, machineOf(scenario));
    const token = await source.getIdToken("https://service.run.app");
    expect(claimsOf(token)).toMatchObject({ aud: "https://service.run.app", email: ROBOT, email_verified: true });
    expect(await source.getIdToken("https://service.run.app")).toBe(token);
    expect(scenario.google.requests.of("metadata")).toMatchObject([
      { query: { audience: "https://service.run.app", format: "full" } },
    ]);
  });

  it("reads the universe domain from the metadata server if `apiHosts` is not given", async () => {
    const scenario = await startService();
    const { now } = scenario.common;
    const source = computeEngine({ now }, machineOf(scenario));
    await expect(source.fetch(`${scenario.google.apis.drive}/files`)).rejects.toThrow(
      /`apiHosts` \(\*\.googleapis\.com\)/,
    );
    expect(paths(scenario)).toEqual(["/computeMetadata/v1/universe/universe-domain"]);
  });

  it("rejects with a code of its own if it does not exist, or if the metadata server does not respond", async () => {
    const scenario = await startService();
    const { google, common } = scenario;
    const source = computeEngine(common, machineOf(scenario));
    google.metadata.attach(null);
    const none = await failureOf(source.getAccessToken());
    expect([none.code, none.message]).toEqual(["metadata_refused", expect.stringContaining("no such service account")]);
    google.metadata.attach(ROBOT);
    google.faults.add({ endpoint: "metadata", times: Infinity, status: 503 });
    expect((await failureOf(source.getAccessToken())).code).toBe("metadata_unavailable");
    expect(google.requests.of("metadata")).toHaveLength(4);
    google.faults.clear();
    google.faults.add({ endpoint: "metadata", times: 2, status: 503 });
    expect(await source.getAccessToken()).toMatch(/./);
    google.faults.add({ endpoint: "metadata", times: Infinity, hang: true });
    const hurried = computeEngine({ ...common, timeout: 100 }, machineOf(scenario));
    const waiting = Array.from({ length: 20 }, () => failureOf(hurried.getAccessToken()));
    for (const error of await Promise.all(waiting)) expect(error.message).toContain("within 100 ms");
  });
});

describe("Application Default Credentials", () => {
  const user = { type: "authorized_user", client_id: "gcloud", client_secret: "not-secret", refresh_token: "1//r" };

  function home(files: Readonly<Record<string, unknown>>): Record<string, string> {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, ".config/gcloud"), { recursive: true });
    mkdirSync(join(directory, "sdk"));
    for (const [path, content] of Object.entries(files))
      writeFileSync(join(directory, path), JSON.stringify(content), { mode: 0o600 });
    return { HOME: directory };
  }
  const WELL_KNOWN = ".config/gcloud/application_default_credentials.json";

  it("are found in Google's order", async () => {
    const scenario = await startService();
    const key = scenario.google.serviceAccount(ROBOT).keyFile();
    const env = home({ "key.json": key, [WELL_KNOWN]: user, "sdk/application_default_credentials.json": key });
    const directory = env["HOME"]!;
    const named = { ...env, GOOGLE_APPLICATION_CREDENTIALS: join(directory, "key.json") };
    expect(applicationDefault({}, named)).toMatchObject({ kind: "service_account", email: ROBOT });
    expect(applicationDefault({}, env).kind).toBe("authorized_user");
    expect(applicationDefault({}, { ...env, GOOGLE_APPLICATION_CREDENTIALS: "" }).kind).toBe("authorized_user");
    expect(applicationDefault({}, { ...env, CLOUDSDK_CONFIG: join(directory, "sdk") }).kind).toBe("service_account");
    const nowhere = { ...env, ...machineOf(scenario), CLOUDSDK_CONFIG: join(directory, "none") };
    const source = applicationDefault(scenario.common, nowhere);
    expect(source.kind).toBe("compute_engine");
    expect(await source.getAccessToken()).toMatch(/./);
  });

  it("are an error if the named file cannot be used, although other credentials exist", async () => {
    const env = home({ [WELL_KNOWN]: user, "broken.json": { type: "strange" } });
    for (const [path, message] of [
      ["missing.json", /GOOGLE_APPLICATION_CREDENTIALS: the file .*missing\.json" does not exist/],
      ["broken.json", /broken\.json": `type` must be service_account/],
    ] as const) {
      const named = { ...env, GOOGLE_APPLICATION_CREDENTIALS: join(env["HOME"]!, path) };
      expect(() => applicationDefault({}, named)).toThrow(message);
    }
  });

  it("take the project and the quota project from the environment, else from the file", async () => {
    const { google } = await startService();
    const key = { ...google.serviceAccount(ROBOT).keyFile(), quota_project_id: "of-the-file" };
    const env = home({ [WELL_KNOWN]: key });
    const fromFile = applicationDefault({}, env);
    expect([await fromFile.projectId(), fromFile.quotaProject]).toEqual(["tests", "of-the-file"]);
    const fromEnvironment = applicationDefault(
      {},
      { ...env, GOOGLE_CLOUD_PROJECT: "p", GOOGLE_CLOUD_QUOTA_PROJECT: "q" },
    );
    expect([await fromEnvironment.projectId(), fromEnvironment.quotaProject]).toEqual(["p", "q"]);
    expect(applicationDefault({ quotaProject: "mine" }, { ...env, GOOGLE_CLOUD_QUOTA_PROJECT: "q" }).quotaProject).toBe(
      "mine",
    );
  });

  it("of a person are refreshed, and name the gcloud command once they have expired", async () => {
    const { google, common } = await startService();
    const env = home({ [WELL_KNOWN]: { ...user, quota_project_id: "who-pays" } });
    const source = applicationDefault(common, env);
    google.faults.add({
      endpoint: "token",
      body: { access_token: "ya29.person", token_type: "Bearer", expires_in: 3599 },
      status: 200,
    });
    expect(await source.getAccessToken()).toBe("ya29.person");
    expect(google.requests.of("token")[0]!.form).toEqual({
      grant_type: "refresh_token",
      refresh_token: "1//r",
      client_id: "gcloud",
      client_secret: "not-secret",
    });
    for (const body of [{ error: "invalid_grant" }, { error: "invalid_grant", error_subtype: "invalid_rapt" }]) {
      google.faults.add({ endpoint: "token", status: 400, body });
      const error = await failureOf(source.getAccessToken({ forceRefresh: true }), "1//r");
      expect([error.code, error.remedy]).toEqual([
        "user_credentials_expired",
        expect.stringContaining("gcloud auth application-default login"),
      ]);
    }
    expect((await failureOf(source.getIdToken("https://a"))).code).toBe("unsupported_credentials");
    expect(() => source.withSubject("a@b.example")).toThrow(
      /authorized_user credentials cannot act for a user.*impersonated\(\)/,
    );
  });

  it.each([
    ["none", { METADATA_SERVER_DETECTION: "none" }],
    ["bios-only", { METADATA_SERVER_DETECTION: "bios-only" }],
    ["ping-only", { METADATA_SERVER_DETECTION: "ping-only" }],
    ["the default", {}],
  ])("are missing outside Google Cloud: %s", async (_, env) => {
    const error = await failureOf(applicationDefault({ scopes: [DRIVE] }, { ...home({}), ...env }).getAccessToken());
    expect([error.code, error.status]).toEqual(["no_default_credentials", 500]);
    expect(error.remedy).toContain("gcloud auth application-default login");
  });

  it("follow METADATA_SERVER_DETECTION, the platform's variables and a request to the server", async () => {
    const scenario = await startService();
    const { common, google } = scenario;
    for (const env of [
      { METADATA_SERVER_DETECTION: "assume-present" },
      { METADATA_SERVER_DETECTION: "Ping-Only" },
      { K_SERVICE: "hello" },
    ]) {
      const source = applicationDefault(common, { ...home({}), ...machineOf(scenario), ...env });
      expect(await source.getAccessToken(), JSON.stringify(env)).toMatch(/./);
    }
    expect(paths(scenario).filter((path) => path === "/computeMetadata/v1/instance/")).toHaveLength(1);
    google.requests.clear();
    const off = applicationDefault(common, { ...home({}), ...machineOf(scenario), METADATA_SERVER_DETECTION: "none" });
    expect((await failureOf(off.getAccessToken())).code).toBe("no_default_credentials");
    expect(google.requests).toHaveLength(0);
    expect(() => applicationDefault({}, { ...home({}), METADATA_SERVER_DETECTION: "maybe" })).toThrow(
      /METADATA_SERVER_DETECTION must be one of/,
    );
  });
});
