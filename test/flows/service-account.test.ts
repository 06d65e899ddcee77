// Service accounts with a key, against the emulator.
import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { inspect } from "node:util";
import { serviceAccount } from "@scopegate/core/service";
import { beforeEach, describe, expect, it } from "vitest";
import { CALENDAR, DRIVE } from "../harness/app/scenario.ts";
import { claimsOf, failureOf, GRACE, ROBOT, startService } from "../harness/service.ts";
import type { ServiceScenario } from "../harness/service.ts";

const HOUR = 3600_000;
let scenario: ServiceScenario;
const tokenRequests = () => scenario.google.requests.of("token");
const assertions = () => tokenRequests().map(({ form }) => claimsOf(form["assertion"]!));

beforeEach(async () => {
  scenario = await startService();
});

describe("a service account", () => {
  it("exchanges a signed assertion for a token and calls an API with it", async () => {
    const { google, account } = scenario;
    const source = account();
    const response = await source.fetch(`${google.apis.drive}/files`);
    expect(response.status).toBe(200);
    const iat = Math.floor(google.clock.now() / 1000);
    expect(assertions()).toEqual([
      { iss: ROBOT, aud: google.endpoints.token, scope: DRIVE, iat: expect.closeTo(iat, -1), exp: expect.any(Number) },
    ]);
    const [{ iat: from, exp: to }] = assertions() as [{ iat: number; exp: number }];
    expect(to - from).toBe(3600);
    expect(tokenRequests()[0]!.form["grant_type"]).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
    expect([source.kind, source.email, await source.projectId()]).toEqual(["service_account", ROBOT, "tests"]);
  });

  it("sends one token request for concurrent calls, and keeps the token until shortly before it expires", async () => {
    const { google, account } = scenario;
    const source = account();
    const first = new Set(await Promise.all(Array.from({ length: 200 }, () => source.getAccessToken())));
    expect([first.size, tokenRequests().length]).toEqual([1, 1]);

    google.clock.advance(HOUR - 300_000);
    expect(await source.getAccessToken()).toBe([...first][0]);
    expect(tokenRequests()).toHaveLength(1);

    google.clock.advance(HOUR);
    const second = new Set(await Promise.all(Array.from({ length: 200 }, () => source.getAccessToken())));
    expect([second.size, tokenRequests().length]).toEqual([1, 2]);
    expect(second).not.toEqual(first);
  });

  it("replaces its token in the background before it expires, without delaying calls", async () => {
    const { google, account } = scenario;
    const source = account();
    const first = await source.getAccessToken();
    google.clock.advance(HOUR - 200_000);
    const hung = google.faults.add({ endpoint: "token", hang: true });
    expect(await source.getAccessToken()).toBe(first);
    await expect.poll(() => hung.hits).toBe(1);
    expect(await source.getAccessToken()).toBe(first);
    hung.remove();

    // No call fails because a replacement failed. The source tries again after a pause.
    const other = account();
    const token = await other.getAccessToken();
    google.clock.advance(HOUR - 200_000);
    const refused = google.faults.add({ endpoint: "token", status: 400, body: { error: "invalid_grant" }, times: 9 });
    expect(await other.getAccessToken()).toBe(token);
    await expect.poll(() => refused.hits).toBe(1);
    expect(await other.getAccessToken()).toBe(token);
    expect(refused.hits).toBe(1);
    google.faults.clear();
    google.clock.advance(10_000);
    expect(await other.getAccessToken()).toBe(token);
    await expect.poll(() => other.getAccessToken()).not.toBe(token);
  });

  it("replaces a token that an API rejects, once for all calls, and repeats the calls", async () => {
    const { google, account } = scenario;
    const source = account();
    await source.getAccessToken();
    google.expireAccessTokens(ROBOT);
    const responses = await Promise.all(Array.from({ length: 20 }, () => source.fetch(`${google.apis.drive}/files`)));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(tokenRequests()).toHaveLength(2);
  });

  it("requests a new token with `forceRefresh`", async () => {
    const source = scenario.account();
    const first = await source.getAccessToken();
    expect(await source.getAccessToken({ forceRefresh: true })).not.toBe(first);
  });

  it("sends its token to the hosts in `apiHosts` only, with the quota project in a header", async () => {
    const { google, account } = scenario;
    const source = account({ quotaProject: "who-pays" });
    await source.fetch(`${google.apis.drive}/files`);
    expect(google.requests.of("drive")[0]!.headers["x-goog-user-project"]).toBe("who-pays");
    await source.fetch(`${google.apis.drive}/files`, { headers: { "X-Goog-User-Project": "another" } });
    expect(google.requests.of("drive")[1]!.headers["x-goog-user-project"]).toBe("another");
    for (const url of ["https://evil.example/", "https://www.googleapis.com/", "http://127.0.0.1:9/"]) {
      await expect(source.fetch(url), url).rejects.toThrow(/not among `apiHosts`/);
    }
    expect(tokenRequests()).toHaveLength(1);
  });

  it("sends its token to the hosts of the option `endpoints` too", async () => {
    const { google } = scenario;
    const credentials = { ...google.serviceAccount(ROBOT).keyFile() };
    const { endpoints } = google;
    const source = serviceAccount({ credentials, scopes: [DRIVE], endpoints, now: () => google.clock.now() });
    expect((await source.fetch(`${google.apis.drive}/files`)).status).toBe(200);
    await expect(source.fetch("https://evil.example/")).rejects.toThrow(/\*\.googleapis\.com, 127\.0\.0\.1/);
  });

  it("publishes each token request on the channel `scopegate:service`, without the token", async () => {
    const { google, account } = scenario;
    const messages: unknown[] = [];
    const listen = (message: unknown) => messages.push(message);
    subscribe("scopegate:service", listen);
    const source = account();
    const token = await source.getAccessToken();
    google.serviceAccount(ROBOT).disable();
    await failureOf(source.getAccessToken({ forceRefresh: true }), token);
    unsubscribe("scopegate:service", listen);
    const message = { instance: "service_account", duration: expect.any(Number) };
    expect(messages).toEqual([
      { ...message, outcome: "ok" },
      { ...message, outcome: "service_account_disabled" },
    ]);
    expect(inspect(source, { depth: null, showHidden: true, getters: true })).not.toContain(token.slice(0, 20));
    expect(JSON.stringify([source, messages])).not.toContain(token.slice(0, 20));
  });

  it("gets one ID token for each audience, and keeps them apart", async () => {
    const { google, account } = scenario;
    const source = account({ scopes: [] });
    const tokens = await Promise.all([
      source.getIdToken("https://one.run.app"),
      source.getIdToken("https://two.run.app"),
      source.getIdToken("https://one.run.app"),
    ]);
    expect(tokens.map((token) => claimsOf(token)["aud"])).toEqual([
      "https://one.run.app",
      "https://two.run.app",
      "https://one.run.app",
    ]);
    expect(assertions().map((claims) => claims["target_audience"])).toEqual([
      "https://one.run.app",
      "https://two.run.app",
    ]);
    google.clock.advance(HOUR);
    expect(await source.getIdToken("https://one.run.app")).not.toBe(tokens[0]);
    await expect(source.getAccessToken()).rejects.toThrow(/give serviceAccount\(\) the option `scopes`/);
    await expect(source.getIdToken("")).rejects.toThrow(TypeError);
  });

  it("signs JWTs and bytes with its key, without a request", async () => {
    const { google, account } = scenario;
    const file = google.serviceAccount(ROBOT).keyFile();
    const key = createPublicKey(createPrivateKey(file.private_key));
    const bytes = new TextEncoder().encode("GET\n\nbucket");
    const { keyId, signature } = await account().signBlob(bytes);
    expect(keyId).toBe(file.private_key_id);
    expect(verify("sha256", bytes, key, signature)).toBe(true);
    const jwt = await account().signJwt({ aud: "https://orders.example.com" });
    const [header, claims, mark] = jwt.split(".") as [string, string, string];
    expect(verify("sha256", Buffer.from(`${header}.${claims}`), key, Buffer.from(mark, "base64url"))).toBe(true);
    expect(jwt).not.toMatch(/[=+/]/);
  });
});

describe("domain-wide delegation", () => {
  it("acts for a user in a copy, and leaves the original unchanged", async () => {
    const { google, account } = scenario;
    google.serviceAccount(ROBOT).delegate({ scopes: [DRIVE, CALENDAR] });
    const source = account();
    const forGrace = source.withSubject(GRACE).withScopes([CALENDAR, DRIVE]);
    expect([source.subject, source.scopes, forGrace.subject, forGrace.scopes]).toEqual([
      undefined,
      [DRIVE],
      GRACE,
      [CALENDAR, DRIVE],
    ]);
    expect((await forGrace.fetch(`${google.apis.calendar}/calendars/primary/events`)).status).toBe(200);
    expect(assertions()).toMatchObject([{ iss: ROBOT, sub: GRACE, scope: `${CALENDAR} ${DRIVE}` }]);
    // Copies of one source share their tokens, in any order of the scopes. Another source requests its own.
    await account().withSubject(GRACE).getAccessToken();
    await source.withSubject(GRACE).withScopes(`${DRIVE} ${CALENDAR}`).getAccessToken();
    expect(tokenRequests()).toHaveLength(2);
    await expect(forGrace.getIdToken("https://a")).rejects.toThrow(/never the `subject`/);
  });
});

describe("a self-signed access token", () => {
  it.each([
    ["for an audience", { scopes: [], audience: "https://drive.googleapis.com/" }],
    ["for scopes", { selfSigned: true }],
  ])("%s is made without a token request", async (_, options) => {
    const source = scenario.account(options);
    const claims = claimsOf(await source.getAccessToken()) as { iat: number; exp: number };
    const target = "audience" in options ? { aud: options.audience } : { scope: DRIVE };
    expect(claims).toEqual({ iss: ROBOT, sub: ROBOT, iat: claims.iat, exp: claims.iat + 3600, ...target });
    expect(tokenRequests()).toHaveLength(0);
  });

  it("is used in every other universe, which has neither delegation nor ID tokens", async () => {
    const source = scenario.account({ universeDomain: "cloud.example" });
    expect(claimsOf(await source.getAccessToken())).toMatchObject({ sub: ROBOT, scope: DRIVE });
    expect(() => source.withSubject(GRACE)).toThrow(/googleapis\.com only/);
    expect((await failureOf(source.getIdToken("https://a"))).code).toBe("unsupported_credentials");
  });
});

describe("serviceAccount()", () => {
  it.each([
    [{ keyfile: "key.json" }, /unknown option `keyfile`/],
    [{ keyFile: "key.json" }, /either `keyFile`.* or `credentials`/],
    [{ scopes: [DRIVE], audience: "https://drive.googleapis.com/" }, /give `audience` or `scopes`, not both/],
    [{ scopes: "a,b" }, /comma-separated/],
    [{ audience: "drive", scopes: [] }, /`audience` must be an absolute URL/],
    [{ subject: "" }, /`subject` must be the e-mail address/],
    [{ timeout: 0 }, /timeout/],
    [{ apiHosts: ["https://www.googleapis.com"] }, /`apiHosts`/],
    [{ endpoints: { token: "http://example.com/token" } }, /`endpoints.token` must be an https URL/],
    [{ selfSigned: "yes" }, /`selfSigned`/],
  ])("throws a TypeError for %j", (options, message) => {
    expect(() => scenario.account(options as object)).toThrow(message);
    expect(() => scenario.account(options as object)).toThrow(TypeError);
  });

  it("throws a TypeError without `keyFile` and `credentials`", () => {
    expect(() => serviceAccount({ scopes: [DRIVE] })).toThrow(/give either `keyFile`/);
  });
});
