import { secretsInAwsRequest, supplierFromAws } from "./aws.ts";
import { describeField, optionalText, requiredObject, requiredText } from "./credentials-file.ts";
import type { CredentialsFile } from "./credentials-file.ts";
import { CLOUD_PLATFORM, PlainCredentials, requireScopes } from "./credentials.ts";
import type { Credentials, IssuedToken, RequestedAccess } from "./credentials.ts";
import { supplierFromExecutable } from "./executable.ts";
import { checkLifetime, ImpersonatedCredentials } from "./impersonated-credentials.ts";
import { readImpersonationUrl } from "./impersonation-url.ts";
import { GOOGLE_UNIVERSE } from "./options.ts";
import type { Environment, SourceSettings } from "./options.ts";
import { basicAuthentication, exchangeToken } from "./security-token-service.ts";
import { CachedTokenSource } from "./source.ts";
import { requestSubjectToken, supplierFromFile, supplierFromUrl } from "./subject-token.ts";
import type { SubjectTokenSupplier } from "./subject-token.ts";
import { checkTrustedUrl } from "./trusted-url.ts";
import type { Trust } from "./trusted-url.ts";

/** The data that federation needs in addition to the configuration. */
interface FederationContext {
  readonly trust: Trust;
  readonly env: Environment;
  readonly subjectToken?: SubjectTokenSupplier | undefined;
}

/** The credentials of a configuration. If it names a service account, they impersonate this account. */
export function createFederatedCredentials(
  file: CredentialsFile,
  settings: SourceSettings,
  context: FederationContext,
): Credentials {
  if (file.content["type"] !== "external_account")
    throw new TypeError(`${describeField(file, "type")} must be "external_account"; use a federation configuration`);
  const universe = optionalText(file, "universe_domain") ?? GOOGLE_UNIVERSE;
  if (universe !== (settings.universeDomain ?? GOOGLE_UNIVERSE)) {
    throw new TypeError(
      `${describeField(file, "universe_domain")} differs from the option \`universeDomain\` (default ${GOOGLE_UNIVERSE}); if you trust this domain with your tokens, give it as \`universeDomain\` too`,
    );
  }
  const target = readImpersonationUrl(file, context.trust);
  const federated = new FederatedCredentials(file, settings, context, target?.email);
  if (target === undefined) return federated;
  return new ImpersonatedCredentials(settings, {
    source: new CachedTokenSource(federated, settings, { scopes: [CLOUD_PLATFORM], subject: undefined }),
    target: target.email,
    lifetime: readLifetime(file),
    baseUrl: target.baseUrl,
    quotaProject: federated.quotaProject,
  });
}

function readLifetime(file: CredentialsFile): number | undefined {
  const impersonation = file.content["service_account_impersonation"] as
    | { token_lifetime_seconds?: unknown }
    | undefined;
  const configured = impersonation?.token_lifetime_seconds;
  const lifetime = configured === undefined ? undefined : Number(configured);
  checkLifetime(lifetime, describeField(file, "service_account_impersonation.token_lifetime_seconds"));
  return lifetime;
}

class FederatedCredentials extends PlainCredentials {
  readonly kind = "external_account";
  override readonly quotaProject: string | undefined;
  readonly #settings: SourceSettings;
  readonly #url: string;
  readonly #audience: string;
  readonly #subjectTokenType: string;
  readonly #supplier: SubjectTokenSupplier;
  readonly #clientSecret: string;
  readonly #headers: Readonly<Record<string, string>> | undefined;
  readonly #options: Readonly<Record<string, unknown>> | undefined;

  constructor(file: CredentialsFile, settings: SourceSettings, context: FederationContext, email: string | undefined) {
    super();
    const { endpoints, universeDomain = GOOGLE_UNIVERSE } = settings;
    const configuredUrl = optionalText(file, "token_url") ?? `https://sts.${universeDomain}/v1/token`;
    this.#url = endpoints.sts ?? checkTrustedUrl(configuredUrl, "sts", describeField(file, "token_url"), context.trust);
    this.#settings = settings;
    this.#audience = requiredText(file, "audience");
    this.#subjectTokenType = requiredText(file, "subject_token_type");
    this.#supplier = context.subjectToken ?? createSupplier(file, settings, context, email);
    this.quotaProject = optionalText(file, "quota_project_id");
    const clientId = optionalText(file, "client_id");
    this.#clientSecret = optionalText(file, "client_secret") ?? "";
    this.#headers = (clientId && basicAuthentication(clientId, this.#clientSecret)) || undefined;
    const userProject = optionalText(file, "workforce_pool_user_project");
    if (userProject !== undefined && !/^\/\/iam\.[^/]+\/locations\/[^/]+\/workforcePools\//.test(this.#audience)) {
      throw new TypeError(
        `${describeField(file, "workforce_pool_user_project")} requires an \`audience\` of a workforce pool; remove it, or correct \`audience\``,
      );
    }
    // A client that authenticates already identifies the project.
    this.#options = userProject !== undefined && clientId === undefined ? { userProject } : undefined;
  }

  async accessToken(access: RequestedAccess): Promise<IssuedToken> {
    const { caller, request, now } = this.#settings;
    requireScopes(access, caller);
    const context = { audience: this.#audience, subjectTokenType: this.#subjectTokenType };
    const subjectToken = await requestSubjectToken(this.#supplier, context);
    return exchangeToken(
      { request, now, url: this.#url },
      {
        ...context,
        subjectToken,
        scopes: access.scopes,
        options: this.#options,
        headers: this.#headers,
        secrets: [this.#clientSecret, ...secretsInAwsRequest(subjectToken)],
      },
    );
  }

  async universeDomain(): Promise<string> {
    return this.#settings.universeDomain ?? GOOGLE_UNIVERSE;
  }
}

/** @param email - the service account that is impersonated with the token */
function createSupplier(
  file: CredentialsFile,
  { request, requestDirectly, now }: SourceSettings,
  { trust, env }: FederationContext,
  email: string | undefined,
): SubjectTokenSupplier {
  const source = requiredObject(file, "credential_source");
  const has = (field: string) => source.content[field] !== undefined;
  if (has("environment_id"))
    return supplierFromAws(source, { request: requestDirectly, env, now, allowedHosts: trust.allowedHosts });
  if (has("file")) return supplierFromFile(source);
  if (has("executable")) return supplierFromExecutable(source, { env, now, email });
  if (has("url")) return supplierFromUrl(source, { request, requestDirectly });
  throw new TypeError(
    `${describeField(file, "credential_source")} must have \`file\`, \`url\`, \`environment_id\` or \`executable\`; for any other kind give the option \`subjectToken\``,
  );
}
