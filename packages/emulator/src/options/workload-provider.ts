/** A provider of a workload identity pool: whose tokens Google exchanges for its own. */
export interface EmulatorWorkloadProvider {
  /** `//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly audience: string;
  /** The `iss` of its OpenID Connect tokens. Default: the emulator, whose `subjectToken()` signs them. */
  readonly issuer?: string;
  /** The issuer's public keys (RSA). Default: the emulator's. */
  readonly jwks?: { readonly keys: readonly object[] };
  /** Which `aud` its tokens may have. Default: the provider's own name, with `https:` or without. */
  readonly allowedAudiences?: readonly string[];
  /** Subject tokens that are accepted as they are, whatever they look like, and the subject of each. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** Access keys of AWS, by their ID: who signs with one is that role's session. */
  readonly awsKeys?: Readonly<Record<string, AwsKey>>;
}

export interface AwsKey {
  readonly secretAccessKey: string;
  /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, which becomes the subject. */
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

/** What IAM policies call a subject of this provider's pool. */
export function principalName({ audience }: EmulatorWorkloadProvider, subject: string): string {
  return `principal://iam.googleapis.com/${audiencePattern.exec(audience)![1]}/subject/${subject}`;
}

/** @throws `TypeError` for a name that no provider can have. */
export function checkProviders(providers: readonly EmulatorWorkloadProvider[]): readonly EmulatorWorkloadProvider[] {
  for (const { audience } of providers) {
    if (isProviderName(audience)) continue;
    const form = "//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER";
    throw new TypeError(`"workloadProviders" must hold audiences of the form ${form}, not "${audience}"`);
  }
  return providers;
}
