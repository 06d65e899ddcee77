import type { JsonObject } from "../signing/jwt.ts";
import type { Google } from "../state/google.ts";
import type { ServiceAccount } from "../state/service-account.ts";

/** In seconds. It does not depend on the lifetime of access tokens. */
const lifetime = 3600;

/** Signs an ID token of a service account for an audience. */
export function serviceIdToken(
  google: Google,
  account: ServiceAccount,
  { audience, email, extra = {} }: { readonly audience: string; readonly email: boolean; readonly extra?: JsonObject },
): string {
  const issuedAt = Math.floor(google.clock.now() / 1000);
  return google.keys.sign({
    iss: google.url,
    aud: audience,
    azp: email ? account.email : account.clientId,
    sub: account.clientId,
    ...(email && { email: account.email, email_verified: true }),
    ...extra,
    iat: issuedAt,
    exp: issuedAt + lifetime,
  });
}
