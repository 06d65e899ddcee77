import { createPublicKey, verify } from "node:crypto";
import type { JsonWebKey } from "node:crypto";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator } from "@scopegate/emulator";
import { OAuth2Client } from "google-auth-library";
import { importJWK, jwtVerify } from "jose";
import type { JWK } from "jose";
import { createIdTokenValidator } from "../../packages/core/src/google/id-token.ts";
import { judge } from "./report.ts";
import type { Scale, SectionResult } from "./report.ts";
import { compare, measureThroughput, tabulate } from "./throughput.ts";

const CLIENT_ID = "bench.apps.googleusercontent.com";
const NONCE = "n-0S6_WzA2Mj";

const CONTESTANTS = {
  raw: "`crypto.verify` alone: the signature, and no claim",
  jose: "jose, `jwtVerify` with a kept key: signature, `iss`, `aud`, `exp`",
  ours: "Scopegate's validator: keys from its cache, every claim, `nonce` too",
  "google-auth-library": "google-auth-library, `verifyIdToken` with cached certificates",
} as const;
type Contestant = keyof typeof CONTESTANTS;

/** How many sign-ins a second can be verified. */
export async function benchIdToken({ quick }: Scale): Promise<SectionResult> {
  const scale = quick ? { rounds: 2, milliseconds: 50 } : { rounds: 30, milliseconds: 250 };
  await using google = await startEmulator();
  const operations = await createVerifiers(google);
  for (const [name, run] of Object.entries(operations)) {
    if (!(await run())) throw new Error(`${name} refused a good token`);
  }
  const measured = await measureThroughput(operations, scale);
  return {
    title: "ID-token verification",
    notes: [
      `One RS256 token with a key of 2048 bits, as Google signs them. ${scale.rounds} rounds of ${scale.milliseconds} ms each, 32 at a time, on one core. Keys are fetched before the clock starts.`,
    ],
    tables: [tabulate(measured, CONTESTANTS, "jose", "verifications")],
    aims: [judge("ours within 10 % of jose alone", compare(measured, "ours", "jose"), { atLeast: 0.9 })],
    measurements: measured,
  };
}

async function createVerifiers(google: Emulator): Promise<Record<Contestant, () => unknown>> {
  const now = Math.floor(Date.now() / 1_000);
  const idToken = google.signIdToken({
    iss: google.issuer,
    azp: CLIENT_ID,
    aud: CLIENT_ID,
    sub: "110000000000000000001",
    email: "ada@example.com",
    email_verified: true,
    at_hash: "HK6E_P6Dh8Y93mRNtsDB1Q",
    nonce: NONCE,
    name: "Ada Lovelace",
    picture: "https://lh3.googleusercontent.com/a/default-user=s96-c",
    given_name: "Ada",
    family_name: "Lovelace",
    iat: now,
    exp: now + 3_600,
  });
  const [head, payload, signature] = idToken.split(".") as [string, string, string];
  const { keys } = (await (await fetch(google.endpoints.jwks)).json()) as { keys: (JWK & { kid: string })[] };
  const { kid } = JSON.parse(Buffer.from(head, "base64url").toString()) as { kid: string };
  const jwk = keys.find((key) => key.kid === kid)!;

  const keyObject = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
  const signed = Buffer.from(`${head}.${payload}`);
  const signatureBytes = Buffer.from(signature, "base64url");
  const cryptoKey = await importJWK(jwk, "RS256");
  const validator = createIdTokenValidator({ clientId: CLIENT_ID, endpoints: google.endpoints, now: Date.now });
  const client = new OAuth2Client({
    clientId: CLIENT_ID,
    issuers: [google.issuer],
    endpoints: { oauth2FederatedSignonPemCertsUrl: `${google.url}/oauth2/v1/certs` },
  });
  return {
    raw: () => verify("RSA-SHA256", signed, keyObject, signatureBytes),
    jose: () => jwtVerify(idToken, cryptoKey, { issuer: google.issuer, audience: CLIENT_ID, algorithms: ["RS256"] }),
    ours: () => validator.validate(idToken, { nonce: NONCE }),
    "google-auth-library": () => client.verifyIdToken({ idToken, audience: CLIENT_ID }),
  };
}
