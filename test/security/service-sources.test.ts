// Sources of tokens must not send secrets to unknown hosts, and must not mix up tokens.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { applicationDefault, computeEngine, externalAccount, serviceAccount } from "@scopegate/core/service";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CALENDAR, DRIVE } from "../harness/app/scenario.ts";
import { sendJson, startServer } from "../harness/loopback-server.ts";
import { claimsOf, failureOf, GRACE, ROBOT, startService, temporaryDirectory } from "../harness/service.ts";

const federation = {
  type: "external_account",
  audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
  subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
  token_url: "https://sts.googleapis.com/v1/token",
  credential_source: { file: "/var/run/token" },
};
const impersonation = (host: string) => `https://${host}/v1/projects/-/serviceAccounts/${ROBOT}:generateAccessToken`;

describe("a configuration of unknown origin", () => {
  const elsewhere = [
    "https://evil.example/v1/token",
    "https://sts.googleapis.com.evil.example/v1/token",
    "https://evilsts.googleapis.com.example/v1/token",
    "https://sts.evil.example/v1/token",
    "https://googleapis.com/v1/token",
    "https://storage.googleapis.com/v1/token",
    "https://sts.googleapis.com:8443/v1/token",
    "https://sts.googleapis.com@evil.example/v1/token",
    "http://sts.googleapis.com/v1/token",
    "http://127.0.0.1:9/v1/token",
    "file:///etc/passwd",
    "sts.googleapis.com",
  ];

  it.each(elsewhere)("S56 that sends tokens to %s is rejected, in every kind of file", (url) => {
    expect(() => externalAccount({ config: { ...federation, token_url: url } })).toThrow(TypeError);
    const iam = url.replace("sts.", "iamcredentials.").replace(/v1\/token$/, impersonation("").slice(9));
    const config = { ...federation, service_account_impersonation_url: iam };
    expect(() => externalAccount({ config })).toThrow(TypeError);
    const path = join(temporaryDirectory(), "adc.json");
    const env = { GOOGLE_APPLICATION_CREDENTIALS: path };
    for (const content of [
      { ...federation, token_url: url },
      { type: "impersonated_service_account", service_account_impersonation_url: iam, source_credentials: federation },
      { type: "authorized_user", client_id: "a", client_secret: "b", refresh_token: "c", token_uri: url },
      {
        type: "external_account_authorized_user",
        client_id: "a",
        client_secret: "b",
        refresh_token: "c",
        token_url: url,
      },
    ]) {
      writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
      expect(() => applicationDefault({}, env), content.type).toThrow(TypeError);
    }
  });

  it.each([
    "https://sts.googleapis.com/v1/token",
    "https://sts.mtls.googleapis.com/v1/token",
    "https://us-east1-sts.googleapis.com/v1/token",
    "https://sts.us-east1.rep.googleapis.com/v1/token",
    "https://sts-private.p.googleapis.com/v1/token",
  ])("S56 that sends tokens to Google's host %s is accepted", (url) => {
    expect(externalAccount({ config: { ...federation, token_url: url } }).kind).toBe("external_account");
  });

  it.each([undefined, "https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token"])(
    "S56 that gcloud wrote for a person is accepted with the token endpoint %s",
    (url) => {
      const path = join(temporaryDirectory(), "adc.json");
      const user = { type: "authorized_user", client_id: "a", client_secret: "b", refresh_token: "c", token_uri: url };
      writeFileSync(path, JSON.stringify(user), { mode: 0o600 });
      expect(applicationDefault({}, { GOOGLE_APPLICATION_CREDENTIALS: path }).kind).toBe("authorized_user");
    },
  );

  it("S56 sends nothing until `allowedHosts` contains its host with the port", async () => {
    const server = await startServer((response) =>
      sendJson(response, 200, { access_token: "t", token_type: "Bearer", expires_in: 60 }),
    );
    const { host } = new URL(server.url);
    const path = join(temporaryDirectory(), "subject");
    writeFileSync(path, "subject-token");
    const config = { ...federation, token_url: `${server.url}/v1/token`, credential_source: { file: path } };
    expect(() => externalAccount({ config, allowedHosts: ["*.example.com"] })).toThrow(/must name each host in full/);
    for (const allowedHosts of [[], ["127.0.0.1"], ["evil.example"]])
      expect(() => externalAccount({ config, scopes: [DRIVE], allowedHosts })).toThrow(
        /`token_url` points to 127.*`allowedHosts`/,
      );
    expect(server.seen).toHaveLength(0);
    expect(await externalAccount({ config, scopes: [DRIVE], allowedHosts: [host] }).getAccessToken()).toBe("t");
    expect(new URLSearchParams(server.seen[0]!.body).get("subject_token")).toBe("subject-token");
  });

  it("S56 cannot choose its universe, send AWS credentials elsewhere, or run a command that is not allowed", async () => {
    expect(() =>
      externalAccount({
        config: { ...federation, universe_domain: "evil.example", token_url: "https://sts.evil.example/v1/token" },
      }),
    ).toThrow(/`universe_domain` differs from the option `universeDomain`/);
    const aws = {
      environment_id: "aws1",
      url: "http://evil.example/creds",
      regional_cred_verification_url: "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
    };
    expect(() => externalAccount({ config: { ...federation, credential_source: aws } })).toThrow(
      /AWS's metadata server/,
    );
    const verification = { ...aws, url: undefined, regional_cred_verification_url: "https://evil.example/" };
    expect(() => externalAccount({ config: { ...federation, credential_source: verification } })).toThrow(
      /GetCallerIdentity/,
    );
    const markerFile = join(temporaryDirectory(), "ran");
    const command = `${process.execPath} -e require('fs').writeFileSync('${markerFile}','')`;
    const config = { ...federation, credential_source: { executable: { command } } };
    for (const env of [{}, { GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: "true" }]) {
      const error = await failureOf(externalAccount({ config, scopes: [DRIVE] }, env).getAccessToken());
      expect([error.code, error.message]).toEqual([
        "subject_token_unavailable",
        expect.stringContaining("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1"),
      ]);
    }
    expect(() => writeFileSync(markerFile, "", { flag: "wx" })).not.toThrow();
  });
});

describe("a metadata server", () => {
  it("S57 is not trusted without the header Metadata-Flavor: Google", async () => {
    for (const flavor of [undefined, "Evil", "google"]) {
      const server = await startServer((response) =>
        sendJson(
          response,
          200,
          { access_token: "ya29.CANARY", token_type: "Bearer", expires_in: 3600 },
          flavor === undefined ? {} : { "Metadata-Flavor": flavor },
        ),
      );
      const env = { GCE_METADATA_HOST: new URL(server.url).host };
      const options = { scopes: [DRIVE], apiHosts: [new URL(server.url).host] };
      for (const source of [computeEngine(options, env), applicationDefault(options, { ...env, HOME: "/nowhere" })]) {
        expect((await failureOf(source.getAccessToken(), "CANARY")).code).toBe("metadata_refused");
        expect((await failureOf(source.getIdToken("https://a"), "CANARY")).code).toBe("metadata_refused");
        expect((await failureOf(source.projectId(), "CANARY")).code).toBe("metadata_refused");
        expect((await failureOf(source.fetch(`${server.url}/api`), "CANARY")).code).toBe("metadata_refused");
      }
      for (const { headers, url } of server.seen) {
        expect(url).toMatch(/^\/computeMetadata\/v1\//);
        expect([headers["metadata-flavor"], headers["authorization"]]).toEqual(["Google", undefined]);
      }
    }
  });
});

describe("a subject", () => {
  it("S58 is never dropped from a self-signed token: the source exchanges an assertion, or throws", async () => {
    const { google, account } = await startService();
    expect(() => account({ scopes: [], audience: "https://drive.googleapis.com/", subject: GRACE })).toThrow(
      /cannot act for `subject`/,
    );
    const byAudience = account({ scopes: [], audience: "https://drive.googleapis.com/" });
    expect(() => byAudience.withSubject(GRACE)).toThrow(TypeError);

    // Without delegation the source must reject. It must not return a token of the account itself.
    const selfSigned = account({ selfSigned: true });
    const error = await failureOf(selfSigned.withSubject(GRACE).getAccessToken());
    expect(error.code).toBe("delegation_missing");
    google.serviceAccount(ROBOT).delegate({ scopes: [DRIVE] });
    const token = await selfSigned.withSubject(GRACE).getAccessToken();
    expect(token).not.toBe(await selfSigned.getAccessToken());
    const assertions = google.requests.of("token").map(({ form }) => claimsOf(form["assertion"]!));
    expect(assertions.map(({ sub }) => sub)).toEqual([GRACE, GRACE]);
    await expect(selfSigned.withSubject(GRACE).getIdToken("https://a")).rejects.toThrow(/never the `subject`/);
  });
});

describe("tokens of several accounts, subjects, scopes and audiences", () => {
  it("S59 are never mixed up, in any order and in concurrent calls", async () => {
    const other = "robot@other.iam.gserviceaccount.com";
    // This server returns a token that contains the claims of its request.
    const server = await startServer((response, count, request) => {
      const claims = claimsOf(new URLSearchParams(request.body).get("assertion")!);
      const { iss, sub = null, scope = null, target_audience: audience = null } = claims;
      const text = Buffer.from(JSON.stringify({ iss, sub, scope, audience, exp: 4e9 })).toString("base64url");
      const body = audience
        ? { id_token: `e30.${text}.c2ln` }
        : { access_token: text, token_type: "Bearer", expires_in: 3600 };
      setTimeout(() => sendJson(response, 200, body), count % 3);
    });
    const { google } = await startService({ serviceAccounts: [{ email: ROBOT }, { email: other }] });
    const keyOf = (email: string) => ({ ...google.serviceAccount(email).keyFile(), token_uri: `${server.url}/token` });
    const accounts = [ROBOT, other].map((email) => serviceAccount({ credentials: keyOf(email), scopes: [DRIVE] }));
    const calls = fc.record({
      account: fc.nat(1),
      subject: fc.constantFrom(undefined, "a@x.example", "b@x.example", '","a@x.example'),
      scopes: fc.constantFrom([DRIVE], [CALENDAR], [DRIVE, CALENDAR]),
      audience: fc.constantFrom(undefined, "https://one", "https://two", DRIVE),
    });
    const expected = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(calls, { minLength: 1, maxLength: 30 }), async (list) => {
        const results = list.map(async ({ account, subject, scopes, audience }) => {
          const plain = accounts[account]!.withScopes(scopes);
          const source = subject === undefined || audience !== undefined ? plain : plain.withSubject(subject);
          const token = audience === undefined ? await source.getAccessToken() : await source.getIdToken(audience);
          const actual: unknown =
            audience === undefined ? JSON.parse(Buffer.from(token, "base64url").toString()) : claimsOf(token);
          const iss = [ROBOT, other][account];
          const claims =
            audience === undefined
              ? { iss, sub: source.subject ?? null, scope: scopes.join(" "), audience: null }
              : { iss, sub: null, scope: null, audience };
          expected.add(JSON.stringify(claims));
          expect(actual).toEqual({ ...claims, exp: 4e9 });
        });
        await Promise.all(results);
      }),
      { numRuns: 30 },
    );
    // Each token was requested once.
    expect(server.seen).toHaveLength(expected.size);
  });
});
