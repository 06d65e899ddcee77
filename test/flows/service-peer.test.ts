// google-auth-library with the same inputs: compares signed claims, requests and the credentials found.
// docs/from-google-auth-library.md lists the differences.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { applicationDefault, externalAccount, impersonated, serviceAccount } from "@scopegate/core/service";
import { ExternalAccountClient, Impersonated, JWT, JWTAccess } from "google-auth-library";
import { beforeEach, describe, expect, it } from "vitest";
import { CALENDAR, DRIVE } from "../harness/app/scenario.ts";
import type { PeerEnvironment } from "../harness/peer-default-credentials.ts";
import { claimsOf, GRACE, ROBOT, startService, temporaryDirectory } from "../harness/service.ts";
import type { ServiceScenario } from "../harness/service.ts";

const TARGET = "target@tests.iam.gserviceaccount.com";
let scenario: ServiceScenario;
let key: ReturnType<ReturnType<ServiceScenario["google"]["serviceAccount"]>["keyFile"]>;

beforeEach(async () => {
  scenario = await startService({
    serviceAccounts: [
      { email: ROBOT, delegation: [{ scopes: [DRIVE, CALENDAR] }] },
      { email: TARGET, tokenCreators: [`serviceAccount:${ROBOT}`] },
    ],
  });
  key = scenario.google.serviceAccount(ROBOT).keyFile();
});

/** A client of google-auth-library. It knows Google's address only, so its requests are redirected to the emulator. */
function peerClient(options: ConstructorParameters<typeof JWT>[0]): JWT {
  const fetchImplementation: typeof fetch = (input, init) => {
    const url = (input instanceof Request ? input.url : input).toString();
    return fetch(url.replace("https://oauth2.googleapis.com", scenario.google.url), init);
  };
  return new JWT({ ...options, email: ROBOT, key: key.private_key, transporterOptions: { fetchImplementation } });
}

/** Claims without the times, which differ by the moment, and without the audience, which is the endpoint's address. */
function comparable(jwt: string): object {
  const { iat, exp, aud, ...claims } = claimsOf(jwt) as { iat: number; exp: number; aud?: unknown };
  expect(exp - iat).toBe(3600);
  return { ...claims, hasAudience: aud !== undefined };
}

const headerOf = (jwt: string): unknown => JSON.parse(Buffer.from(jwt.split(".")[0]!, "base64url").toString());

/** The last request of each library to one endpoint, ours first. */
async function both(
  endpoint: "token" | "sts" | "iamCredentials",
  ours: Promise<unknown>,
  peers: () => Promise<unknown>,
) {
  await ours;
  const first = scenario.google.requests.of(endpoint).at(-1)!;
  await peers();
  const requests = scenario.google.requests.of(endpoint);
  expect(requests.indexOf(first)).toBeLessThan(requests.length - 1);
  return [first, requests.at(-1)!] as const;
}

describe("assertions", () => {
  it.each([
    ["scopes", { scopes: [DRIVE, CALENDAR] }],
    ["a subject", { scopes: [DRIVE], subject: GRACE }],
  ])("for %s have the same claims, and are sent in the same form", async (_, options) => {
    const requests = await both("token", scenario.account(options).getAccessToken(), () =>
      peerClient(options).authorize(),
    );
    const [ours, peers] = requests.map(({ form }) => form["assertion"]!) as [string, string];
    expect(comparable(ours)).toEqual(comparable(peers));
    expect(claimsOf(peers)["aud"]).toBe("https://oauth2.googleapis.com/token");
    expect(Object.keys(requests[0].form).toSorted()).toEqual(Object.keys(requests[1].form).toSorted());
    expect(requests[0].form["grant_type"]).toBe(requests[1].form["grant_type"]);
    // The document lists this difference.
    expect([headerOf(ours), headerOf(peers)]).toEqual([
      { alg: "RS256", typ: "JWT", kid: key.private_key_id },
      { alg: "RS256" },
    ]);
  });

  it("for ID tokens have the same claims", async () => {
    const audience = "https://a.run.app";
    const requests = await both("token", scenario.account({ scopes: [] }).getIdToken(audience), () =>
      peerClient({}).fetchIdToken(audience),
    );
    const [ours, peers] = requests.map(({ form }) => comparable(form["assertion"]!));
    expect(ours).toEqual(peers);
  });

  it.each([
    [
      "an audience",
      { scopes: [], audience: "https://pubsub.googleapis.com/" },
      "https://pubsub.googleapis.com/",
      undefined,
    ],
    ["scopes", { scopes: [DRIVE], selfSigned: true }, undefined, DRIVE],
  ])("for self-signed tokens with %s have the same claims", async (_, options, url, scope) => {
    const ours = await scenario.account(options).getAccessToken();
    const headers = new JWTAccess(ROBOT, key.private_key, key.private_key_id).getRequestHeaders(url, {}, scope);
    const peers = headers.get("authorization")!.replace("Bearer ", "");
    expect(comparable(ours)).toEqual(comparable(peers));
    expect(claimsOf(ours)["aud"]).toBe(claimsOf(peers)["aud"]);
    expect(headerOf(ours)).toEqual({ typ: "JWT", ...(headerOf(peers) as object) });
    expect(scenario.google.requests.of("token")).toHaveLength(0);
  });
});

describe("requests", () => {
  it("for impersonation have the same address and body, except for an empty list of delegates", async () => {
    const { google, common } = scenario;
    const ours = impersonated({ source: scenario.account(), target: TARGET, scopes: [DRIVE], ...common });
    const peers = new Impersonated({
      sourceClient: peerClient({ scopes: ["https://www.googleapis.com/auth/cloud-platform"] }),
      targetPrincipal: TARGET,
      targetScopes: [DRIVE],
      endpoint: google.url,
    });
    const requests = await both("iamCredentials", ours.getAccessToken(), () => peers.getAccessToken());
    expect(requests[0].path).toBe(requests[1].path);
    const [ourBody, peerBody] = requests.map(({ body }) => JSON.parse(body) as object);
    expect({ ...ourBody, delegates: [] }).toEqual(peerBody);
  });

  it("for federation have the same parameters", async () => {
    const { google, common } = scenario;
    const path = join(temporaryDirectory(), "subject");
    writeFileSync(path, google.subjectToken());
    const config = google.externalAccount({ credentialSource: { file: path } });
    const scopes = [DRIVE];
    const ours = externalAccount({
      config: { ...config },
      scopes,
      now: common.now,
      allowedHosts: [new URL(google.url).host],
    });
    const peers = ExternalAccountClient.fromJSON({ ...config, scopes })!;
    const requests = await both("sts", ours.getAccessToken(), () => peers.getAccessToken());
    expect(requests[0].form).toEqual(requests[1].form);
  });
});

describe("Application Default Credentials", () => {
  it("are the same in each environment", async () => {
    const home = temporaryDirectory();
    const user = { type: "authorized_user", client_id: "a", client_secret: "b", refresh_token: "c" };
    const config = scenario.google.externalAccount({ credentialSource: { file: "/x" } });
    const google = { ...config, token_url: "https://sts.googleapis.com/v1/token" };
    mkdirSync(join(home, "person/.config/gcloud"), { recursive: true });
    const write = (name: string, content: object): string => {
      writeFileSync(join(home, name), JSON.stringify(content), { mode: 0o600 });
      return join(home, name);
    };
    write("person/.config/gcloud/application_default_credentials.json", { ...user, quota_project_id: "of-the-file" });
    write("application_default_credentials.json", key);
    const impersonation = {
      type: "impersonated_service_account",
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${TARGET}:generateAccessToken`,
      source_credentials: user,
    };
    const empty = {
      HOME: join(home, "empty"),
      GOOGLE_CLOUD_PROJECT: "p",
      METADATA_SERVER_DETECTION: "assume-present",
    };
    const person = { ...empty, HOME: join(home, "person") };
    const environments: readonly (readonly [string, PeerEnvironment])[] = [
      ["service_account ", { ...person, GOOGLE_APPLICATION_CREDENTIALS: write("key.json", key) }],
      ["authorized_user of-the-file", person],
      ["authorized_user other", { ...person, GOOGLE_CLOUD_QUOTA_PROJECT: "other" }],
      ["service_account ", { ...person, CLOUDSDK_CONFIG: home }],
      ["compute_engine ", { ...person, CLOUDSDK_CONFIG: join(home, "nowhere") }],
      ["impersonated ", { ...person, GOOGLE_APPLICATION_CREDENTIALS: write("imp.json", impersonation) }],
      ["external_account ", { ...person, GOOGLE_APPLICATION_CREDENTIALS: write("wif.json", google) }],
      ["error ", { ...person, GOOGLE_APPLICATION_CREDENTIALS: join(home, "missing.json") }],
      ["error ", { ...person, GOOGLE_APPLICATION_CREDENTIALS: write("strange.json", { type: "strange" }) }],
      ["compute_engine ", empty],
    ];
    const ours = environments.map(([, env]) => {
      try {
        const { kind, quotaProject = "" } = applicationDefault({}, env);
        return `${kind} ${quotaProject}`;
      } catch {
        return "error ";
      }
    });
    const child = spawn(process.execPath, [join(import.meta.dirname, "../harness/peer-default-credentials.ts")], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    child.stdin.end(environments.map(([, env]) => `${JSON.stringify(env)}\n`).join(""));
    const peers = (await text(child.stdout)).trimEnd().split("\n");
    expect(ours).toEqual(environments.map(([expected]) => expected));
    expect(peers.map((line) => line.trimEnd())).toEqual(ours.map((line) => line.trimEnd()));
  });
});

it("the `token_uri` of a key file is used, which google-auth-library ignores", async () => {
  const credentials = { ...key, token_uri: `${scenario.google.url}/token` };
  const { now } = scenario.common;
  expect(await serviceAccount({ credentials, scopes: [DRIVE], now }).getAccessToken()).toMatch(/./);
  expect(claimsOf(scenario.google.requests.of("token")[0]!.form["assertion"]!)["aud"]).toBe(credentials.token_uri);
});
