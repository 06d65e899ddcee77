import type { Exchange } from "../http/exchange.ts";
import { type HttpResponse, json } from "../http/responses.ts";
import { selfSignedCertificate } from "../signing/certificate.ts";
import { publicJwk, type SigningKey } from "../signing/signing-key.ts";
import type { Google } from "../state/google.ts";

/** `GET /service_accounts/v1/jwk/EMAIL`: the public keys of a service account (RFC 7517). */
export function serviceKeys(google: Google, exchange: Exchange): HttpResponse {
  const keys = keysOf(google, exchange);
  return keys ? json(200, { keys: keys.map(publicJwk) }) : unknownAccount();
}

/** `GET /robot/v1/metadata/x509/EMAIL`: the same keys as certificates, by their key ID. */
export function serviceCertificates(google: Google, exchange: Exchange): HttpResponse {
  const now = google.clock.now();
  const certificate = ({ kid, privateKey }: SigningKey) => [kid, selfSignedCertificate(privateKey, now)];
  const keys = keysOf(google, exchange);
  return keys ? json(200, Object.fromEntries(keys.map(certificate))) : unknownAccount();
}

function keysOf(google: Google, { path }: Exchange): readonly SigningKey[] | undefined {
  return google.serviceAccounts.find(lastSegment(path))?.publishedKeys;
}

function lastSegment(path: string): string {
  try {
    return decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
  } catch {
    return "";
  }
}

function unknownAccount(): HttpResponse {
  return json(404, { error: { code: 404, message: "Not Found", status: "NOT_FOUND" } });
}
