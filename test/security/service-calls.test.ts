// API calls of a source: their hosts, their headers, and the error if there is no token.
import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { drive } from "@googleapis/drive";
import { toAuthClient } from "@scopegate/core/google-auth-library";
import { externalAccount, serviceAccount } from "@scopegate/core/service";
import type { ExternalAccountOptions, ServiceAccountOptions } from "@scopegate/core/service";
import { Agent } from "undici";
import { describe, expect, it } from "vitest";
import { DRIVE } from "../harness/app/scenario.ts";
import { sendJson, startServer } from "../harness/loopback-server.ts";
import { failureOf, ROBOT, startService } from "../harness/service.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const credentials = {
  client_email: ROBOT,
  private_key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
};

/** A source that signs its tokens itself, and the addresses that it called. */
function selfSigned(options: Partial<ServiceAccountOptions> = {}) {
  const called: string[] = [];
  const fetch = async (url: unknown) => (called.push(String(url)), new Response("{}"));
  return { called, source: serviceAccount({ credentials, scopes: [DRIVE], selfSigned: true, fetch, ...options }) };
}

const federation = {
  type: "external_account",
  audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
  subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
};

function federated(url: string, options: Partial<ExternalAccountOptions> = {}) {
  const config = { ...federation, token_url: `${url}/v1/token`, credential_source: { url: `${url}/subject` } };
  return externalAccount({ config, scopes: [DRIVE], allowedHosts: [new URL(url).host], ...options });
}

describe("a call", () => {
  it.each([
    "https://www.googleapis.com.evil.example/",
    "https://www.googleapis.com./",
    "https://googleapis.com/",
    "https://evilgoogleapis.com/",
    "https://www.googleapis.com:8443/",
    "https://www.googleapis.com@evil.example/",
    String.raw`https://evil.example\@www.googleapis.com/`,
    "https://evil.example/?.googleapis.com",
    "http://www.googleapis.com/",
    "https://[::1]/",
  ])("S26 is rejected without a token at %s", async (url) => {
    const { source, called } = selfSigned();
    await expect(source.fetch(url)).rejects.toThrow(TypeError);
    await expect((async () => source.fetch(new Request(url)))()).rejects.toThrow(TypeError);
    expect(called).toEqual([]);
  });

  it("S26 is sent to the port of a pattern, and to no other port", async () => {
    const { source, called } = selfSigned({ apiHosts: ["*.example.com:8443"] });
    await source.fetch("https://api.example.com:8443/");
    for (const url of ["https://api.example.com/", "https://api.example.com:18443/", "https://example.com:8443/"])
      await expect(source.fetch(url)).rejects.toThrow(/apiHosts/);
    expect(called).toEqual(["https://api.example.com:8443/"]);
  });

  it("cannot have an invalid quota project header, because the key is rejected at construction", () => {
    for (const quota_project_id of ["a b", "a\r\nx-evil: 1"])
      expect(() => serviceAccount({ credentials: { ...credentials, quota_project_id } })).toThrow(/quota_project_id/);
  });

  it("of Google's packages that send their own requests has the quota project header", async () => {
    const { source } = selfSigned({ quotaProject: "who-pays" });
    const headers = await toAuthClient(source).getRequestHeaders();
    expect([...headers.keys()]).toEqual(["authorization", "x-goog-user-project"]);
    expect(headers.get("x-goog-user-project")).toBe("who-pays");
    const { source: plain } = selfSigned();
    expect([...(await toAuthClient(plain).getRequestHeaders()).keys()]).toEqual(["authorization"]);
  });

  it("of Google's packages fails with one token request if there is no token", async () => {
    const { google, account } = await startService();
    google.faults.add({ endpoint: "token", status: 503, times: Infinity, headers: { "retry-after": "60" } });
    const files = drive({ version: "v3", auth: toAuthClient(account()), rootUrl: `${google.url}/` }).files;
    const error = await failureOf(files.list());
    expect([error.code, error.headers["Retry-After"]]).toEqual(["temporarily_unavailable", "60"]);
    expect(google.requests.of("token")).toHaveLength(1);
    google.faults.clear();
    expect((await files.list()).status).toBe(200);
  });

  it("S26 is not affected if the app changes its `apiHosts` array later", async () => {
    const apiHosts = ["*.googleapis.com"];
    const { source, called } = selfSigned({ apiHosts });
    apiHosts.push("evil.example");
    await expect(source.fetch("https://evil.example/")).rejects.toThrow(/apiHosts/);
    expect(called).toEqual([]);
  });
});

describe("a subject token", () => {
  it("causes an AuthError with the thrown error as its cause if `subjectToken` throws", async () => {
    const server = await startServer((response) => sendJson(response, 500, {}));
    for (const thrown of [new TypeError("fetch failed"), new Error("vault is sealed")]) {
      const source = federated(server.url, { subjectToken: () => Promise.reject(thrown) });
      const error = await failureOf(source.getAccessToken());
      expect([error.code, error.cause]).toEqual(["subject_token_unavailable", thrown]);
    }
    const sync = () => {
      throw new TypeError("not even a promise");
    };
    expect((await failureOf(federated(server.url, { subjectToken: sync }).getAccessToken())).status).toBe(500);
    expect(server.seen).toHaveLength(0);
  });

  it("is requested directly on this machine's network, and exchanged through the proxy", async () => {
    const server = await startServer((response, _, { url }) =>
      url === "/subject"
        ? response.end("CANARY-subject")
        : sendJson(response, 200, { access_token: "t", token_type: "Bearer", expires_in: 60 }),
    );
    const proxied: string[] = [];
    const dispatcher = new Agent().compose((dispatch) => (options, handler) => {
      proxied.push(options.path);
      return dispatch(options, handler);
    });
    const source = federated(server.url, { dispatcher });
    expect(await source.getAccessToken()).toBe("t");
    expect(proxied).toEqual(["/v1/token"]);
    expect(inspect(source, { depth: Infinity, showHidden: true })).not.toContain("CANARY");
  });
});
