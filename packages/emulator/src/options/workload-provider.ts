/**
 * A provider of a workload identity pool. The Security Token Service exchanges tokens of this provider for Google's.
 *
 * @example
 * ```ts
 * const pool = "//iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/ci";
 * const google = await startEmulator({ workloadProviders: [{ audience: `${pool}/providers/github` }] });
 * const subjectToken = google.subjectToken({ sub: "repo:acme/app" });
 * ```
 */
export interface EmulatorWorkloadProvider {
  /**
   * The full name of the provider:
   * `//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER`
   */
  readonly audience: string;
  /** The `iss` of its OpenID Connect tokens. Default: the emulator, which signs such tokens with `subjectToken()`. */
  readonly issuer?: string;
  /** The public RSA keys of the issuer. Default: the emulator's keys. */
  readonly jwks?: { readonly keys: readonly object[] };
  /** The values of `aud` that the provider accepts. Default: the provider's full name, with and without `https:`. */
  readonly allowedAudiences?: readonly string[];
  /** Subject tokens that the provider accepts by their text, such as SAML assertions, each with its subject. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** AWS access keys, by their key ID. A request signed with a key proves the identity of the key's role session. */
  readonly awsKeys?: Readonly<Record<string, AwsKey>>;
}

/** An AWS access key. */
export interface AwsKey {
  readonly secretAccessKey: string;
  /** The role session, `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. It becomes the subject. */
  readonly arn: string;
}

export const defaultProviders: readonly EmulatorWorkloadProvider[] = [
  {
    audience: "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/local/providers/oidc",
  },
];

const audiencePattern =
  /^\/\/iam\.googleapis\.com\/(projects\/\d+\/locations\/global\/workloadIdentityPools\/[a-z0-9-]+)\/providers\/[a-z0-9-]+$/;

export function isProviderName(audience: string): boolean {
  return audiencePattern.test(audience);
}

/** Returns the name by which IAM policies refer to a subject of the provider's pool. */
export function principalName({ audience }: EmulatorWorkloadProvider, subject: string): string {
  return `principal://iam.googleapis.com/${audiencePattern.exec(audience)![1]}/subject/${subject}`;
}

/** @throws `TypeError` if an audience does not have the form of a provider's name. */
export function checkProviders(providers: readonly EmulatorWorkloadProvider[]): readonly EmulatorWorkloadProvider[] {
  for (const { audience } of providers) {
    if (isProviderName(audience)) continue;
    const form = "//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER";
    throw new TypeError(`"audience" in "workloadProviders" must be of the form ${form}, not "${audience}"`);
  }
  return providers;
}
