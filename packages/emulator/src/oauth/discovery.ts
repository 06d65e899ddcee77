import { type HttpResponse, json } from "../http/responses.ts";
import { paths } from "../protocol/paths.ts";
import { jwtBearer } from "../service/assertion.ts";
import type { Google } from "../state/google.ts";

/** Google allows clients to cache these responses, its keys for some hours. The emulator allows one hour for all. */
const cacheable = { "cache-control": "public, max-age=3600, must-revalidate, no-transform" };

/** `GET /.well-known/openid-configuration` (OpenID Connect Discovery 1.0) */
export function discovery({ url }: Google): HttpResponse {
  const document = {
    issuer: url,
    authorization_endpoint: url + paths.authorization,
    token_endpoint: url + paths.token,
    userinfo_endpoint: url + paths.userinfo,
    revocation_endpoint: url + paths.revocation,
    jwks_uri: url + paths.jwks,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    scopes_supported: ["openid", "email", "profile"],
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    claims_supported: "aud email email_verified exp family_name given_name hd iat iss name picture sub".split(" "),
    code_challenge_methods_supported: ["plain", "S256"],
    grant_types_supported: ["authorization_code", "refresh_token", jwtBearer],
  };
  return json(200, document, cacheable);
}

/** `GET /oauth2/v3/certs` */
export function jwks({ keys }: Google): HttpResponse {
  return json(200, keys.jwks(), cacheable);
}

/** `GET /oauth2/v1/certs`: the same keys as certificates. */
export function certificates({ keys, clock }: Google): HttpResponse {
  return json(200, keys.certificates(clock.now()), cacheable);
}
