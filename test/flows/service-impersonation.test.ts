// Impersonation of service accounts, also in chains and without keys; tokens with less access.
import { verify, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { applicationDefault, computeEngine, downscoped, impersonated } from "@scopegate/core/service";
import { beforeEach, describe, expect, it } from "vitest";
import { CALENDAR, DRIVE } from "../harness/app/scenario.ts";
import { claimsOf, failureOf, GRACE, ROBOT, startService, temporaryDirectory } from "../harness/service.ts";
import type { ServiceScenario } from "../harness/service.ts";

const TARGET = "target@tests.iam.gserviceaccount.com";
const MIDDLE = "middle@tests.iam.gserviceaccount.com";
const CLOUD = "https://www.googleapis.com/auth/cloud-platform";
let scenario: ServiceScenario;
const calls = () => scenario.google.requests.of("iamCredentials");

beforeEach(async () => {
  scenario = await startService({
    serviceAccounts: [
      { email: ROBOT },
      { email: MIDDLE, tokenCreators: [`serviceAccount:${ROBOT}`] },
      { email: TARGET, tokenCreators: [`serviceAccount:${ROBOT}`], delegation: [{ scopes: [DRIVE] }] },
    ],
  });
});

const target = (options: Partial<Parameters<typeof impersonated>[0]> = {}) =>
  impersonated({ source: scenario.account(), target: TARGET, scopes: [DRIVE], ...scenario.common, ...options });

describe("an impersonated service account", () => {
  it("calls an API with one token of the caller and one of the target, for all concurrent calls", async () => {
    const { google } = scenario;
    const source = target();
    const responses = await Promise.all(Array.from({ length: 50 }, () => source.fetch(`${google.apis.drive}/files`)));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(calls()).toHaveLength(1);
    expect(JSON.parse(calls()[0]!.body)).toEqual({ scope: [DRIVE], lifetime: "3600s" });
    // The caller needs the scope of the IAM API, for any scopes of the target's tokens.
    expect(google.requests.of("token").map(({ form }) => claimsOf(form["assertion"]!)["scope"])).toEqual([CLOUD]);
    expect([source.kind, source.email, await source.projectId()]).toEqual(["impersonated", TARGET, "tests"]);
    google.clock.advance(3600_000);
    await source.getAccessToken();
    expect(calls()).toHaveLength(2);
  });

  it("has ID tokens, and signatures that verify with the published certificate", async () => {
    const { google } = scenario;
    const source = target();
    expect(claimsOf(await source.getIdToken("https://a.run.app"))).toMatchObject({
      aud: "https://a.run.app",
      email: TARGET,
    });
    const bytes = new TextEncoder().encode("to be signed");
    const { keyId, signature } = await source.signBlob(bytes);
    const jwt = await source.signJwt({ iss: TARGET, exp: Math.floor(google.clock.now() / 1000) + 600 });
    const url = JSON.parse(JSON.stringify(google.serviceAccount(TARGET).keyFile())) as Record<string, string>;
    const published = (await (await fetch(url["client_x509_cert_url"]!)).json()) as Record<string, string>;
    const key = new X509Certificate(published[keyId!]!).publicKey;
    expect(verify("sha256", bytes, key, signature)).toBe(true);
    const [header, claims, mark] = jwt.split(".") as [string, string, string];
    expect(verify("sha256", Buffer.from(`${header}.${claims}`), key, Buffer.from(mark, "base64url"))).toBe(true);
  });

  it("acts for a user without a key", async () => {
    const { google } = scenario;
    const source = target();
    const forGrace = source.withSubject(GRACE);
    expect((await forGrace.fetch(`${google.apis.drive}/files`)).status).toBe(200);
    expect(calls().map(({ path }) => path.split(":").at(-1))).toEqual(["signJwt"]);
    const assertion = google.requests.of("token").at(-1)!.form["assertion"]!;
    expect(claimsOf(assertion)).toMatchObject({ iss: TARGET, sub: GRACE, scope: DRIVE });
    expect(await source.getAccessToken()).not.toBe(await forGrace.getAccessToken());
    const error = await failureOf(source.withScopes(CALENDAR).withSubject(GRACE).getAccessToken());
    expect(error.code).toBe("delegation_scope_denied");
  });

  it("is reached through delegates, or through a source that impersonates", async () => {
    scenario.google.serviceAccount(TARGET).disallow(`serviceAccount:${ROBOT}`);
    scenario.google.serviceAccount(TARGET).allow(`serviceAccount:${MIDDLE}`);
    expect((await failureOf(target().getAccessToken())).code).toBe("impersonation_refused");
    expect(await target({ delegates: [MIDDLE], lifetime: 600 }).getAccessToken()).toMatch(/./);
    expect(JSON.parse(calls().at(-1)!.body)).toMatchObject({
      delegates: [`projects/-/serviceAccounts/${MIDDLE}`],
      lifetime: "600s",
    });
    // A source that impersonates the account in between has the same effect.
    const middle = impersonated({ source: scenario.account(), target: MIDDLE, ...scenario.common });
    expect(await target({ source: middle }).getAccessToken()).toMatch(/./);
  });

  it("names the missing role in the remedy", async () => {
    scenario.google.serviceAccount(TARGET).disallow(`serviceAccount:${ROBOT}`);
    const source = target();
    const failures = [source.getAccessToken(), source.getIdToken("https://a"), source.signBlob(new Uint8Array([1]))];
    for (const failing of failures) {
      const error = await failureOf(failing);
      expect([error.code, error.message]).toEqual([
        "impersonation_refused",
        expect.stringContaining(`for ${TARGET}: HTTP 403`),
      ]);
      expect(error.remedy).toContain("Service Account Token Creator");
    }
  });

  it("replaces the caller's token once if the API rejects it", async () => {
    const { google } = scenario;
    const source = target();
    await source.getAccessToken();
    google.expireAccessTokens(ROBOT);
    await source.getAccessToken({ forceRefresh: true });
    expect(google.requests.of("token")).toHaveLength(2);
    expect(calls().map(({ status }) => status)).toEqual([200, 401, 200]);
  });

  it("is read from the file that gcloud writes", async () => {
    const path = join(temporaryDirectory(), "adc.json");
    const { google, common } = scenario;
    const config = {
      type: "impersonated_service_account",
      service_account_impersonation_url: `${google.endpoints.iamCredentials}/projects/-/serviceAccounts/${TARGET}:generateAccessToken`,
      delegates: [`projects/-/serviceAccounts/${MIDDLE}`],
      source_credentials: google.serviceAccount(ROBOT).keyFile(),
      quota_project_id: "who-pays",
    };
    google.serviceAccount(TARGET).allow(`serviceAccount:${MIDDLE}`);
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
    const options = { ...common, scopes: [DRIVE], allowedHosts: [new URL(google.url).host] };
    const source = applicationDefault(options, { GOOGLE_APPLICATION_CREDENTIALS: path });
    expect(await source.getAccessToken()).toMatch(/./);
    expect([source.kind, source.email, source.quotaProject]).toEqual(["impersonated", TARGET, "who-pays"]);
    expect(JSON.parse(calls()[0]!.body)).toMatchObject({ delegates: [`projects/-/serviceAccounts/${MIDDLE}`] });
  });

  it.each([
    [{ source: undefined as never }, /`source` must be a source of tokens/],
    [{ target: "not an address" }, /`target` must be the e-mail address/],
    [{ delegates: ["x/../y@z"] }, /`delegates`: each entry must be the e-mail address/],
    [{ lifetime: 50_000 }, /`lifetime` must be a whole number of seconds/],
  ])("is rejected with %j", (options, message) => {
    expect(() => target(options)).toThrow(message);
  });
});

describe("the machine's service account", () => {
  it("signs, and acts for a user, by impersonating itself", async () => {
    const { google, common } = scenario;
    google.serviceAccount(ROBOT).allow(`serviceAccount:${ROBOT}`);
    google.serviceAccount(ROBOT).delegate({ scopes: [DRIVE] });
    const source = computeEngine({ ...common, scopes: [DRIVE] }, { GCE_METADATA_HOST: google.metadata.host });
    const token = await source.withSubject(GRACE).getAccessToken();
    expect(token).not.toBe(await source.getAccessToken());
    expect((await source.signBlob(new Uint8Array([1, 2]))).signature).toHaveLength(256);
    expect(claimsOf(await source.signJwt({ iss: ROBOT, exp: Math.floor(google.clock.now() / 1000) + 60 }))["iss"]).toBe(
      ROBOT,
    );
    expect(source.email).toBe(ROBOT);
    google.serviceAccount(ROBOT).disallow(`serviceAccount:${ROBOT}`);
    expect((await failureOf(source.signBlob(new Uint8Array([1])))).code).toBe("impersonation_refused");
  });
});

describe("a downscoped source", () => {
  const rule = {
    availableResource: "//storage.googleapis.com/projects/_/buckets/open",
    availablePermissions: ["inRole:roles/storage.objectViewer"],
  };

  it("accesses only the resources that its rules name", async () => {
    const { google, common, account } = scenario;
    const source = account({ scopes: [CLOUD] });
    const { apiHosts, endpoints, now } = common;
    const narrowed = downscoped({ source, rules: [rule], apiHosts, endpoints, now });
    const list = (bucket: string) => narrowed.fetch(`${google.apis.storage}/b/${bucket}/o`);
    expect((await list("open")).status).toBe(200);
    expect((await list("secret")).status).toBe(403);
    expect((await source.fetch(`${google.apis.storage}/b/secret/o`)).status).toBe(200);
    expect(google.requests.of("sts")).toHaveLength(1);
    await expect(narrowed.getIdToken("https://a")).rejects.toMatchObject({ code: "unsupported_credentials" });
  });

  it("expires with the source's token if the response has no `expires_in`", async () => {
    const { google, common, account } = scenario;
    const source = account({ scopes: [CLOUD] });
    await source.getAccessToken();
    google.clock.advance(1800_000);
    google.faults.add({
      endpoint: "sts",
      times: Infinity,
      transform: (body: object) => ({ ...body, expires_in: undefined }),
    });
    const { apiHosts, endpoints, now } = common;
    const narrowed = downscoped({ source, rules: [rule], apiHosts, endpoints, now });
    const first = await narrowed.getAccessToken();
    google.clock.advance(1000_000);
    expect(await narrowed.getAccessToken()).toBe(first);
    google.clock.advance(800_000);
    expect(await narrowed.getAccessToken()).not.toBe(first);
  });

  it("is rejected without rules, with an incomplete rule, and without a source", () => {
    const source = scenario.account();
    expect(() => downscoped({ source, rules: [] })).toThrow(/1 to 10 rules/);
    expect(() => downscoped({ source: {} as never, rules: [rule] })).toThrow(/`source` must be/);
    expect(() => downscoped({ source, rules: [{ availableResource: "x", availablePermissions: [] }] })).toThrow(
      /availablePermissions/,
    );
  });
});
