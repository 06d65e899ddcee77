import type { EmulatorEndpoints } from "../protocol/addresses.ts";
import { paths } from "../protocol/paths.ts";
import type { JsonObject, SignOptions } from "../signing/jwt.ts";
import type { Google } from "../state/google.ts";
import { subjectTokenClaims, tokenTypes } from "../sts/subject-token.ts";

/** The options of {@link Emulator.externalAccount}. */
export interface ExternalAccountOptions {
  /** The full name of the provider. Default: the first provider. */
  readonly audience?: string;
  /** The type of the subject token. Default `urn:ietf:params:oauth:token-type:jwt`. */
  readonly subjectTokenType?: string;
  /** Where the workload reads its subject token. Default: an address of the emulator that returns a valid token. */
  readonly credentialSource?: JsonObject;
  /**
   * The e-mail address of a service account to impersonate. Default: the workload calls APIs under its own identity.
   */
  readonly impersonate?: string;
  /** The lifetime of the impersonated access tokens, in seconds. Default: the client library's. */
  readonly lifetime?: number;
}

/**
 * A credential configuration, as `gcloud iam workload-identity-pools create-cred-config` writes it, with the addresses
 * of the emulator.
 *
 * It is a type and not an interface, so that it is assignable to `Record<string, unknown>`.
 */
export type ExternalAccountFile = {
  readonly type: "external_account";
  readonly audience: string;
  readonly subject_token_type: string;
  readonly token_url: string;
  readonly credential_source: JsonObject;
  readonly universe_domain: "googleapis.com";
  readonly service_account_impersonation_url?: string;
  readonly service_account_impersonation?: { readonly token_lifetime_seconds: number };
};

export function describeExternalAccount(
  google: Google,
  endpoints: EmulatorEndpoints,
  options: ExternalAccountOptions = {},
): ExternalAccountFile {
  const { impersonate, lifetime, subjectTokenType = tokenTypes.jwt } = options;
  const audience = requireAudience(google, options.audience);
  const source = {
    url: `${google.url}${paths.subjectToken}?${new URLSearchParams({ audience }).toString()}`,
    format: { type: "json", subject_token_field_name: "id_token" },
  };
  return {
    type: "external_account",
    audience,
    subject_token_type: subjectTokenType,
    token_url: endpoints.sts,
    credential_source: options.credentialSource ?? source,
    universe_domain: "googleapis.com",
    ...(impersonate !== undefined && {
      service_account_impersonation_url: `${endpoints.iamCredentials}/projects/-/serviceAccounts/${impersonate}:generateAccessToken`,
    }),
    ...(lifetime !== undefined && { service_account_impersonation: { token_lifetime_seconds: lifetime } }),
  };
}

/**
 * Signs a subject token that the provider with this audience accepts, with the given claims in place of the defaults.
 */
export function signSubjectToken(
  google: Google,
  claims: JsonObject = {},
  { audience, ...signing }: SignOptions & { readonly audience?: string } = {},
): string {
  return google.keys.sign(subjectTokenClaims(google, requireAudience(google, audience), claims), signing);
}

/** Returns the audience if a provider has it. Default: the audience of the first provider. */
function requireAudience(google: Google, audience: string | undefined): string {
  const { workloadProviders } = google.settings;
  const found =
    audience === undefined ? workloadProviders[0] : workloadProviders.find((one) => one.audience === audience);
  if (!found) {
    const name = audience === undefined ? "" : ` "${audience}"`;
    throw new TypeError(`The emulator has no workload provider${name}. Add it to the option "workloadProviders".`);
  }
  return found.audience;
}
