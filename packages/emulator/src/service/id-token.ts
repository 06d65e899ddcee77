import type { JsonObject } from "../signing/jwt.ts";
import type { Google } from "../state/google.ts";
import type { ServiceAccount } from "../state/service-account.ts";

/** In seconds, whatever the access token does. */
const lifetime = 3600;

/** An ID token of a service account, for the service that `audience` names. */
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
