import type { EmulatorEndpoints } from "../protocol/addresses.ts";
import { paths } from "../protocol/paths.ts";
import type { JsonObject, SignOptions } from "../signing/jwt.ts";
import type { Google } from "../state/google.ts";
import { subjectTokenClaims, tokenTypes } from "../sts/subject-token.ts";

/** What {@link Emulator.externalAccount} describes. */
export interface ExternalAccountOptions {
  /** The provider, by its full name. Default: the first one. */
  readonly audience?: string;
  /** Default `urn:ietf:params:oauth:token-type:jwt`. */
  readonly subjectTokenType?: string;
  /** Where the workload finds its token. Default: an address of the emulator that always has a good one. */
  readonly credentialSource?: JsonObject;
  /** The service account to act as, by e-mail address. Default: none; the workload calls APIs as itself. */
  readonly impersonate?: string;
  /** In seconds, of what impersonating gives. */
  readonly lifetime?: number;
}

/**
 * A credential configuration, as `gcloud iam workload-identity-pools create-cred-config` writes it. A type, so that it fits
 * where a record of anything is wanted.
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

/** A token of a workload elsewhere, which the provider of this audience accepts; with some claims changed. */
export function signSubjectToken(
  google: Google,
  claims: JsonObject = {},
  { audience, ...signing }: SignOptions & { readonly audience?: string } = {},
): string {
  return google.keys.sign(subjectTokenClaims(google, requireAudience(google, audience), claims), signing);
}

/** The provider of this name, or the first. */
function requireAudience(google: Google, audience: string | undefined): string {
  const { workloadProviders } = google.settings;
  const found =
    audience === undefined ? workloadProviders[0] : workloadProviders.find((one) => one.audience === audience);
  if (!found) throw new TypeError(`The emulator has no workload provider${audience ? ` "${audience}"` : ""}`);
  return found.audience;
}
