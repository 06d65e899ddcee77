import { createPrivateKey, sign } from "node:crypto";
import { serviceAccount } from "@scopegate/core/service";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator } from "@scopegate/emulator";
import { JWT, JWTAccess } from "google-auth-library";
import { importPKCS8, SignJWT } from "jose";
import { ServiceAccountKey } from "../../packages/core/src/service/account-key.ts";
import { judge } from "./report.ts";
import type { Scale, SectionResult } from "./report.ts";
import { estimateMedian } from "./statistics.ts";
import { compare, measureThroughput, tabulate } from "./throughput.ts";

const SCOPE = "https://www.googleapis.com/auth/drive.readonly";
const STAMPEDE = 1_000;

const SIGNERS = {
  raw: "`crypto.sign` alone, of the same number of bytes",
  jose: "jose, `SignJWT` with a kept key",
  ours: "Scopegate's key: claims, header, signature",
  "google-auth-library": "google-auth-library, `JWTAccess`, a new one each time: it keeps what it signed",
} as const;

const CACHED = {
  ours: "Scopegate, `getAccessToken()` of a token that is kept",
  "google-auth-library": "google-auth-library, `JWT.getAccessToken()`, the same",
} as const;

/** Tokens between servers: signing, what is kept, and many who ask at once. */
export async function benchService({ quick }: Scale): Promise<SectionResult> {
  const scale = quick ? { rounds: 2, milliseconds: 50 } : { rounds: 30, milliseconds: 250 };
  await using google = await startEmulator();
  const signed = await measureThroughput(await createSigners(google), scale);
  const kept = await measureThroughput(await createHolders(google), scale);
  const requests = await stampede(google);
  const microseconds = estimateMedian(kept.ours.map(({ cpuMicroseconds }) => cpuMicroseconds));
  return {
    title: "Server to server",
    notes: [
      `RS256 with a key of 2048 bits, ${scale.rounds} rounds of ${scale.milliseconds} ms each, 32 at a time, on one core.`,
      `${STAMPEDE.toLocaleString("en-US")} calls at once on a cold source: ${requests.ours} token requests with Scopegate, ${requests.peer} with google-auth-library.`,
    ],
    tables: [tabulate(signed, SIGNERS, "raw", "signatures"), tabulate(kept, CACHED, "google-auth-library", "calls")],
    aims: [
      judge("signing at 0.8 of raw RSA", compare(signed, "ours", "raw"), { atLeast: 0.8 }),
      judge("a kept token below 2 µs of CPU", microseconds, { atMost: 2 }),
      judge(
        "one request for a stampede",
        { median: requests.ours, low: requests.ours, high: requests.ours },
        { atMost: 1 },
      ),
    ],
    measurements: { signed, kept, requests },
  };
}

async function createSigners(google: Emulator): Promise<Record<keyof typeof SIGNERS, () => unknown>> {
  const file = google.serviceAccount().keyFile();
  const iat = Math.floor(Date.now() / 1_000);
  const claims = { iss: file.client_email, aud: file.token_uri, scope: SCOPE, iat, exp: iat + 3_600 };
  const key = new ServiceAccountKey({ ...file }, "bench");
  const bytes = Buffer.from(key.signJwt(claims).split(".").slice(0, 2).join("."));
  const keyObject = createPrivateKey(file.private_key);
  const cryptoKey = await importPKCS8(file.private_key, "RS256");
  const header = { alg: "RS256", typ: "JWT", kid: file.private_key_id };
  return {
    raw: () => sign("sha256", bytes, keyObject),
    jose: () => new SignJWT(claims).setProtectedHeader(header).sign(cryptoKey),
    ours: () => key.signJwt(claims),
    "google-auth-library": () =>
      new JWTAccess(file.client_email, file.private_key, file.private_key_id).getRequestHeaders(undefined, {}, SCOPE),
  };
}

/** Both with a token in hand. Theirs knows Google's address alone, and is led to the emulator. */
async function createHolders(google: Emulator): Promise<Record<keyof typeof CACHED, () => unknown>> {
  const ours = sourceOf(google);
  const peer = peerOf(google);
  await Promise.all([ours.getAccessToken(), peer.getAccessToken()]);
  return { ours: () => ours.getAccessToken(), "google-auth-library": () => peer.getAccessToken() };
}

async function stampede(google: Emulator): Promise<{ readonly ours: number; readonly peer: number }> {
  const count = async (ask: () => Promise<unknown>): Promise<number> => {
    google.requests.clear();
    await Promise.all(Array.from({ length: STAMPEDE }, ask));
    return google.requests.of("token").length;
  };
  const [source, peer] = [sourceOf(google), peerOf(google)];
  return { ours: await count(() => source.getAccessToken()), peer: await count(() => peer.getAccessToken()) };
}

function sourceOf(google: Emulator) {
  return serviceAccount({ credentials: { ...google.serviceAccount().keyFile() }, scopes: SCOPE });
}

function peerOf(google: Emulator): JWT {
  const { client_email: email, private_key: key } = google.serviceAccount().keyFile();
  const fetchImplementation: typeof fetch = (input, init) => {
    const url = (input instanceof Request ? input.url : input).toString();
    return fetch(url.replace("https://oauth2.googleapis.com", google.url), init);
  };
  return new JWT({ email, key, scopes: [SCOPE], transporterOptions: { fetchImplementation } });
}
