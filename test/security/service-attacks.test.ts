// Attacks on sources of tokens by configurations, environments and responses of unknown origin.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { toAuthClient } from "@scopegate/core/google-auth-library";
import { applicationDefault, computeEngine, externalAccount, serviceAccount } from "@scopegate/core/service";
import type { Environment, ExternalAccountOptions } from "@scopegate/core/service";
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { DRIVE } from "../harness/app/scenario.ts";
import { sendJson, startServer } from "../harness/loopback-server.ts";
import { failureOf, ROBOT, startService, temporaryDirectory } from "../harness/service.ts";

const federation = {
  type: "external_account",
  audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
  subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
};
const aws = {
  environment_id: "aws1",
  regional_cred_verification_url: "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
};
const awsEnvironment = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "AKIA1", AWS_SECRET_ACCESS_KEY: "CANARY-key" };

/** A source with this `credential_source` that exchanges its token at this server. */
function federated(
  server: { readonly url: string },
  credentialSource: unknown,
  env: Environment = {},
  options: Partial<ExternalAccountOptions> = {},
) {
  const config = { ...federation, token_url: `${server.url}/v1/token`, credential_source: credentialSource };
  return externalAccount({ config, scopes: [DRIVE], allowedHosts: [new URL(server.url).host], ...options }, env);
}

const startTokenServer = () =>
  startServer((response, count) =>
    sendJson(response, 200, { access_token: `t${count}`, token_type: "Bearer", expires_in: 3600 }),
  );

describe("a secret in the wrong place", () => {
  it("S55 is not shown if it is a key in base64 in place of its path", () => {
    const key = JSON.stringify({ type: "service_account", private_key: "CANARY/".repeat(300) }, undefined, 2);
    // The body of a PEM text, without its first and last line.
    const der = Buffer.concat([Buffer.from("CANARY"), randomBytes(1_200), Buffer.from([0xff, 0xff, 0xff])]);
    for (const bytes of [Buffer.from(key), der]) {
      for (const encoding of ["base64", "base64url"] as const) {
        const keyFile = bytes.toString(encoding);
        for (const load of [
          () => serviceAccount({ keyFile }),
          () => applicationDefault({}, { GOOGLE_APPLICATION_CREDENTIALS: keyFile }),
          () => externalAccount({ configFile: keyFile }),
        ]) {
          expect(load).toThrow(/not shown/);
          expect(load).not.toThrow(keyFile.slice(40, 80));
        }
      }
    }
  });

  it("S56 reaches neither an error nor Google if `region_url` points to AWS credentials", async () => {
    const server = await startServer((response) => sendJson(response, 200, { SecretAccessKey: "CANARY-secret" }));
    const source = { ...aws, region_url: `${server.url}/latest/meta-data/iam/security-credentials/role` };
    const { AWS_REGION: _, ...env } = awsEnvironment;
    const error = await failureOf(federated(server, source, env).getAccessToken(), "CANARY");
    expect([error.code, error.message]).toEqual(["subject_token_unavailable", expect.stringContaining("region")]);
    expect(server.seen.map(({ method }) => method)).toEqual(["GET"]);
  });

  it("S27 is not in errors if Google forwards AWS's refusal with it, in any escaping", async () => {
    const server = await startServer((response, count, request) => {
      const form = new URLSearchParams(request.body);
      const { headers } = JSON.parse(decodeURIComponent(form.get("subject_token")!)) as {
        headers: { key: string; value: string }[];
      };
      const session = headers.find(({ key }) => key === "x-amz-security-token")!.value;
      const body = JSON.stringify({
        error: "invalid_grant",
        error_description: `Received invalid AWS response: x-amz-security-token:${session}`,
      });
      const text = count === 1 ? body : body.replaceAll("/", String.raw`\/`).replaceAll("=", String.raw`\u003d`);
      response.writeHead(400, { "content-type": "application/json" }).end(text);
    });
    const session = "IQoJb3/CANARY/session==";
    for (let count = 0; count < 2; count += 1) {
      const source = federated(server, aws, { ...awsEnvironment, AWS_SESSION_TOKEN: session });
      const error = await failureOf(source.getAccessToken(), "CANARY");
      expect([error.code, error.message]).toEqual(["federation_refused", expect.stringContaining("HTTP 400")]);
    }
  });

  it("S27 is not in errors if an API's refusal contains a token", async () => {
    const { google, account } = await startService();
    const fields = ["accessToken", "signedJwt", "SecretAccessKey", "id_token"];
    for (const name of fields) {
      google.faults.add({ endpoint: "token", status: 400, body: { error: "invalid_grant", [name]: "CANARY-token" } });
      await failureOf(account().getAccessToken(), "CANARY");
    }
    expect(google.requests.of("token")).toHaveLength(fields.length);
  });
});

describe("a configuration that would block or cannot be used", () => {
  it.skipIf(process.platform === "win32")(
    "S56 cannot make the app read an endless file, or wait for a pipe",
    async () => {
      const server = await startTokenServer();
      const pipe = join(temporaryDirectory(), "pipe");
      execFileSync("/usr/bin/mkfifo", [pipe]);
      for (const file of ["/dev/zero", pipe, temporaryDirectory()]) {
        const error = await failureOf(federated(server, { file }).getAccessToken());
        expect([error.code, error.message], file).toEqual([
          "subject_token_unavailable",
          expect.stringContaining("is not a regular file"),
        ]);
      }
      const long = join(temporaryDirectory(), "long");
      writeFileSync(long, "CANARY".repeat(100_000));
      expect((await failureOf(federated(server, { file: long }).getAccessToken(), "CANARY")).message).toContain(
        "longer",
      );
      expect(server.seen).toHaveLength(0);
    },
  );

  it("S56 cannot run a command without limits of time and output", async () => {
    const server = await startTokenServer();
    const run = async (text: string, timeout: number) => {
      const path = join(temporaryDirectory(), "command.mjs");
      writeFileSync(path, text);
      const executable = { command: `"${process.execPath}" "${path}"`, timeout_millis: timeout };
      const env = { GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: "1" };
      return failureOf(federated(server, { executable }, env).getAccessToken(), "CANARY");
    };
    const endless = run(`process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);`, 5_000);
    const verbose = run(`process.stdout.write("CANARY".repeat(100_000)); setInterval(() => {}, 1000);`, 120_000);
    expect((await verbose).message).toContain("printed more than");
    expect((await endless).message).toContain("did not end within 5000 ms");
  });

  it.each(["   ", "a\0b"])("S56 is rejected at once with the command %j", (command) => {
    expect(() => federated({ url: "http://127.0.0.1:9" }, { executable: { command } })).toThrow(
      /`credential_source\.executable\.command` must be a command/,
    );
  });

  it.each([null, [], "text"])("S56 is rejected if it is %j", (config) => {
    expect(() => externalAccount({ config: config as never })).toThrow(/`config` must be/);
  });
});

describe("the option `subjectToken`", () => {
  it("sends the returned token without white space, and nothing if the function returned none", async () => {
    const server = await startTokenServer();
    const source = (subjectToken: unknown) => federated(server, {}, {}, { subjectToken: subjectToken as never });
    await source(async () => "token\n").getAccessToken();
    expect(new URLSearchParams(server.seen[0]!.body).get("subject_token")).toBe("token");
    for (const value of [undefined, "", " \n", Buffer.from("CANARY")]) {
      const error = await failureOf(source(async () => value).getAccessToken(), "CANARY");
      expect(error.code).toBe("subject_token_unavailable");
    }
    expect(server.seen).toHaveLength(1);
  });
});

describe("a metadata server", () => {
  const startMetadata = (universe: string) =>
    startServer((response, _, { url }) => {
      const token = { access_token: "ya29.machine", token_type: "Bearer", expires_in: 3600 };
      response.setHeader("Metadata-Flavor", "Google");
      if (url.endsWith("universe-domain")) response.end(universe);
      else if (url.endsWith("/email")) response.end("../../other:signJwt?x=");
      else sendJson(response, 200, token);
    });

  it("S57 cannot name a top-level domain as universe, nor an invalid account to sign as", async () => {
    for (const universe of ["com", "*.example", "evil.example/", "<html>"]) {
      const server = await startMetadata(universe);
      const source = computeEngine({}, { GCE_METADATA_HOST: new URL(server.url).host });
      const error = await failureOf(source.fetch("https://www.evil.com/"));
      expect([error.code, error.message]).toEqual(["metadata_refused", expect.stringContaining("universe")]);
      expect((await failureOf(source.signJwt({}))).message).toContain("e-mail");
    }
  });

  it("S57 is asked for the universe domain once, not with each call", async () => {
    const server = await startMetadata("googleapis.com");
    const called: unknown[] = [];
    const fetch = async (url: unknown) => (called.push(url), new Response("{}"));
    const source = computeEngine({ fetch }, { GCE_METADATA_HOST: new URL(server.url).host });
    for (let count = 0; count < 3; count += 1) await source.withScopes([DRIVE]).fetch("https://www.googleapis.com/");
    expect(called).toHaveLength(3);
    expect(server.seen.filter(({ url }) => url.endsWith("universe-domain"))).toHaveLength(1);
  });

  it("S57 is called directly, although the app's global dispatcher is a proxy", async () => {
    const before = getGlobalDispatcher();
    onTestFinished(() => setGlobalDispatcher(before));
    const proxied: string[] = [];
    const proxy = new Agent().compose((dispatch) => (options, handler) => {
      proxied.push(String(options.origin));
      return dispatch(options, handler);
    });
    setGlobalDispatcher(proxy);
    const server = await startMetadata("googleapis.com");
    const source = computeEngine({}, { GCE_METADATA_HOST: new URL(server.url).host });
    expect(await source.getAccessToken()).toBe("ya29.machine");
    expect(proxied).toEqual([]);
  });

  it.each(["metadata.google.internal:80", "METADATA.google.internal", "[fd20:ce::254]", "http://169.254.169.254/"])(
    "is accepted as GCE_METADATA_HOST at %s",
    (host) => {
      expect(computeEngine({}, { GCE_METADATA_HOST: host }).kind).toBe("compute_engine");
    },
  );

  it.each([
    "evil.example/path",
    "user:CANARY@evil.example",
    "ftp://evil.example",
    "a b",
    "evil.example?x",
    "x#y",
    "@x",
  ])("S57 is rejected at %s, and the value is not shown", (host) => {
    const make = () => computeEngine({}, { GCE_METADATA_HOST: host });
    expect(make).toThrow(/GCE_METADATA_HOST must be a host/);
    expect(make).not.toThrow(host);
  });
});

describe("tokens", () => {
  it("S59 are refreshed one after another if each use replaces the refresh token", async () => {
    const used: string[] = [];
    const server = await startServer((response, count, { body }) => {
      const given = new URLSearchParams(body).get("refresh_token")!;
      const isLive = given === `r${used.length}`;
      if (isLive) used.push(given);
      const tokens = { access_token: `t${count}`, token_type: "Bearer", expires_in: 3600 };
      if (isLive) sendJson(response, 200, { ...tokens, refresh_token: `r${used.length}` });
      else sendJson(response, 400, { error: "invalid_grant" });
    });
    const path = join(temporaryDirectory(), "adc.json");
    const client = { client_id: "id", client_secret: "secret", refresh_token: "r0" };
    const content = { type: "external_account_authorized_user", ...client, token_url: `${server.url}/v1/oauthtoken` };
    writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
    const env = { GOOGLE_APPLICATION_CREDENTIALS: path };
    const source = applicationDefault({ allowedHosts: [new URL(server.url).host] }, env);
    const copies = ["a", "b", "c"].map((scope) => source.withScopes(scope));
    expect(new Set(await Promise.all(copies.map((copy) => copy.getAccessToken()))).size).toBe(3);
    expect(used).toEqual(["r0", "r1", "r2"]);
  });

  it("are not returned after their expiry if this machine's clock is behind", async () => {
    const { google, account } = await startService();
    let behind = 0;
    const source = account({ now: () => google.clock.now() - behind });
    const idToken = await source.getIdToken("https://a");
    google.clock.advance(3600_000);
    expect(await source.getIdToken("https://a")).not.toBe(idToken);
    behind = 240_000;
    const late = await source.getIdToken("https://b");
    google.clock.advance(3600_000);
    expect(await source.getIdToken("https://b")).not.toBe(late);
  });

  it("S27 are not visible in any public object, with every option of `inspect`", async () => {
    const { google, account } = await startService();
    const source = account();
    const secrets = [await source.getAccessToken(), await source.getIdToken("https://a")];
    const { private_key: key } = google.serviceAccount(ROBOT).keyFile();
    const shown = [source, source.withScopes([DRIVE]), toAuthClient(source)].flatMap((object) =>
      [true, false].map((customInspect) =>
        inspect(object, { depth: Infinity, showHidden: true, getters: true, customInspect }),
      ),
    );
    for (const secret of [...secrets, key.slice(60, 100)]) expect(shown.join("\n")).not.toContain(secret);
  });
});
