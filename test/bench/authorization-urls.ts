import { Scopegate } from "@scopegate/core/adapter";
import type { RequestView } from "@scopegate/core/adapter";
import * as openidClient from "openid-client";
import { GoogleAuth } from "../../packages/core/src/api/google-auth.ts";
import type { Scale, SectionResult } from "./report.ts";
import { measureThroughput, tabulate } from "./throughput.ts";

const CLIENT = {
  clientId: "bench.apps.googleusercontent.com",
  clientSecret: "a-client-secret-of-the-bench-0123456789",
};
const REDIRECT_URI = "https://app.example.com/oauth2callback";
const DRIVE = "https://www.googleapis.com/auth/drive.metadata.readonly";

const CONTESTANTS = {
  ours: "Scopegate, `authorizationUrl()`",
  "openid-client": "openid-client, `buildAuthorizationUrl()`",
} as const;
type Contestant = keyof typeof CONTESTANTS;

/** How many users a second can be sent to Google. */
export async function benchAuthorizationUrls({ quick }: Scale): Promise<SectionResult> {
  const scale = quick ? { rounds: 2, milliseconds: 50 } : { rounds: 30, milliseconds: 250 };
  const operations: Record<Contestant, () => Promise<string>> = {
    ours: withScopegate(),
    "openid-client": withOpenidClient(),
  };
  for (const build of Object.values(operations)) assertComplete(await build());
  const measured = await measureThroughput(operations, scale);
  return {
    title: "Authorization URLs",
    notes: [
      `PKCE with S256, random state and nonce. ${scale.rounds} rounds of ${scale.milliseconds} ms each, on one core.`,
      "Not the same work: ours also seals the attempt (state, nonce, verifier, return address) into a cookie, checks the return address, and reads the session. openid-client leaves it to the app to keep the verifier, state and nonce; that is not in its number.",
    ],
    tables: [tabulate(measured, CONTESTANTS, "openid-client", "URLs")],
    aims: [],
    measurements: measured,
  };
}

function withScopegate(): () => Promise<string> {
  const google = new Scopegate({ client: CLIENT, redirectUri: REDIRECT_URI }, {});
  return () =>
    new GoogleAuth(google.scopeOf(anonymousRequest())).authorizationUrl({ scopes: [DRIVE], returnTo: "/files" });
}

/** As its documentation does it. */
function withOpenidClient(): () => Promise<string> {
  const server = {
    issuer: "https://accounts.google.com",
    authorization_endpoint: "https://accounts.google.com/o/oauth2/v2/auth",
    token_endpoint: "https://oauth2.googleapis.com/token",
  };
  const config = new openidClient.Configuration(server, CLIENT.clientId, CLIENT.clientSecret);
  return async () => {
    const verifier = openidClient.randomPKCECodeVerifier();
    return openidClient.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT_URI,
      scope: `openid email profile ${DRIVE}`,
      access_type: "offline",
      include_granted_scopes: "true",
      state: openidClient.randomState(),
      nonce: openidClient.randomNonce(),
      code_challenge: await openidClient.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    }).href;
  };
}

function assertComplete(address: string): void {
  const { searchParams } = new URL(address);
  const needed = ["client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge"];
  const missing = needed.filter((name) => !searchParams.has(name));
  if (missing.length > 0) throw new Error(`${address} lacks ${missing.join(", ")}`);
}

/** A visitor's first request, as an adapter would show it. */
function anonymousRequest(): RequestView {
  return {
    method: "GET",
    url: "/files",
    mountPath: "",
    header: (name) => (name === "host" ? "app.example.com" : undefined),
    session: {
      capabilities: { storage: "server", renewable: true },
      get: () => undefined,
      set: () => undefined,
      delete: () => undefined,
      watch: () => () => new Map(),
      regenerate: () => Promise.resolve(),
      save: () => Promise.resolve(),
    },
    userId: undefined,
    raw: undefined,
    body: () => Promise.resolve(""),
    appendHeader: () => undefined,
    headersSent: false,
  };
}
