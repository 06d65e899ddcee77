import { createHash } from "node:crypto";
import type { EmulatorClient } from "../options/client.ts";
import type { EmulatorUser } from "../options/user.ts";
import { emailScope, profileScope } from "../protocol/scopes.ts";
import type { JsonObject } from "../signing/jwt.ts";
import type { Google } from "../state/google.ts";

/** In seconds. It does not depend on the lifetime of access tokens. */
const lifetime = 3600;

/** Returns the claims of a user's ID token, with the profile claims that the granted scopes include. */
export function idTokenClaims(
  google: Google,
  of: {
    readonly client: EmulatorClient;
    readonly user: EmulatorUser;
    readonly scopes: ReadonlySet<string>;
    readonly nonce: string | undefined;
    readonly accessToken: string;
  },
): JsonObject {
  const { client, user, scopes, nonce, accessToken } = of;
  const issuedAt = Math.floor(google.clock.now() / 1000);
  return {
    iss: google.url,
    azp: client.clientId,
    aud: client.clientId,
    sub: user.sub,
    ...(user.hd !== undefined && { hd: user.hd }),
    ...profileClaims(google, user, scopes),
    at_hash: createHash("sha256").update(accessToken).digest().subarray(0, 16).toString("base64url"),
    ...(nonce !== undefined && { nonce }),
    iat: issuedAt,
    exp: issuedAt + lifetime,
  };
}

/** Returns the claims that the scopes `email` and `profile` include, for ID tokens and the userinfo endpoint. */
export function profileClaims(google: Google, user: EmulatorUser, scopes: ReadonlySet<string>): JsonObject {
  const [given = user.name, ...family] = user.name.split(" ");
  return {
    ...(scopes.has(emailScope) && { email: user.email, email_verified: user.emailVerified ?? true }),
    ...(scopes.has(profileScope) && {
      name: user.name,
      picture: user.picture ?? `${google.url}/pictures/${user.sub}.svg`,
      given_name: given,
      ...(family.length > 0 && { family_name: family.join(" ") }),
      ...(user.locale !== undefined && { locale: user.locale }),
    }),
  };
}
