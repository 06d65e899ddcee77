import type { TokenSource } from "../google/token-source.ts";
import { isRecord, readJsonFile } from "../util/json-file.ts";
import { secretsOfRequest, tokenFromAws } from "./aws.ts";
import { optionalText, partOf, requiredText } from "./credentials-file.ts";
import type { CredentialsFile } from "./credentials-file.ts";
import { CLOUD_PLATFORM, PlainCredentials } from "./credentials.ts";
import type { Credentials, Issued, Want } from "./credentials.ts";
import { tokenFromExecutable } from "./executable.ts";
import { ImpersonatedCredentials } from "./impersonated.ts";
import { checkExactHosts, GOOGLE_UNIVERSE, resolveSurroundings } from "./options.ts";
import type { Environment, SourceOptions, Surroundings } from "./options.ts";
import { basicAuthentication, exchangeToken } from "./security-token-service.ts";
import { CachedTokenSource, checkSubject } from "./source.ts";
import { askForSubjectToken, tokenFromFile, tokenFromUrl } from "./subject-token.ts";
import type { SubjectTokenSupplier } from "./subject-token.ts";
import { checkTrustedUrl } from "./trusted-url.ts";
import type { Trust } from "./trusted-url.ts";

/** Options of {@link externalAccount}. */
export interface ExternalAccountOptions extends SourceOptions {
  /** Path of the configuration that `gcloud iam workload-identity-pools create-cred-config` writes. */
  readonly configFile?: string;
  /** The configuration's content. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Gives the token to exchange, in place of the configuration's `credential_source`. */
  readonly subjectToken?: SubjectTokenSupplier;
  /** A user of the Workspace domain to act for, with a configuration that impersonates a service account. */
  readonly subject?: string;
  /** Hosts outside Google's domains that the configuration may point to, with their ports. Default none. */
  readonly allowedHosts?: readonly string[];
}

/**
 * Tokens for what another identity provider vouches for: workload and workforce identity federation.
 * @throws TypeError for a configuration that cannot be used or points where it must not, naming file and field
 */
export function externalAccount(options: ExternalAccountOptions, env: Environment = process.env): TokenSource {
  const caller = "externalAccount";
  const own = ["configFile", "config", "subjectToken", "subject", "allowedHosts"];
  const surroundings = resolveSurroundings(caller, options, own);
  const { configFile, config, subjectToken, allowedHosts = [] } = options;
  if ((configFile === undefined) === (config === undefined))
    throw new TypeError(
      `${caller}: give either \`configFile\`, the path of a configuration, or \`config\`, its content`,
    );
  if (subjectToken !== undefined && typeof subjectToken !== "function")
    throw new TypeError(`${caller}: \`subjectToken\` must be a function`);
  if (config !== undefined && !isRecord(config))
    throw new TypeError(`${caller}: \`config\` must be a configuration's content, an object`);
  const file: CredentialsFile =
    configFile === undefined
      ? { content: config!, origin: `${caller}: \`config\`` }
      : fileAt(configFile, `${caller}: \`configFile\``);
  const trust: Trust = {
    allowedHosts: checkExactHosts(allowedHosts, `${caller}: \`allowedHosts\``),
    universeDomain: surroundings.universeDomain,
  };
  const subject = checkSubject(options.subject, `${caller}: \`subject\``);
  const kind = federatedCredentials(file, surroundings, { trust, env, subjectToken });
  return new CachedTokenSource(kind, surroundings, { scopes: surroundings.scopes, subject });
}

function fileAt(path: string, origin: string): CredentialsFile {
  const { content, file } = readJsonFile(path, origin, "a configuration of type external_account");
  return { content, origin: file };
}

/** What a configuration does not say of itself. */
interface FederationParts {
  readonly trust: Trust;
  readonly env: Environment;
  readonly subjectToken?: SubjectTokenSupplier | undefined;
}

/** The credentials of a configuration: federated, and with its service account impersonated if it names one. */
export function federatedCredentials(
  file: CredentialsFile,
  surroundings: Surroundings,
  parts: FederationParts,
): Credentials {
  const { content, origin } = file;
  if (content["type"] !== "external_account") throw new TypeError(`${origin}: type is not "external_account"`);
  const universe = optionalText(file, "universe_domain") ?? GOOGLE_UNIVERSE;
  if (universe !== (surroundings.universeDomain ?? GOOGLE_UNIVERSE))
    throw new TypeError(`${origin}: universe_domain is another one; if you mean it, name it in \`universeDomain\``);
  const target = impersonationOf(file, parts.trust);
  const federated = new FederatedCredentials(file, surroundings, parts, target?.email);
  if (target === undefined) return federated;
  return new ImpersonatedCredentials(surroundings, {
    source: new CachedTokenSource(federated, surroundings, { scopes: [CLOUD_PLATFORM], subject: undefined }),
    target: target.email,
    lifetime: target.lifetime,
    baseUrl: target.baseUrl,
    quotaProject: federated.quotaProject,
  });
}

class FederatedCredentials extends PlainCredentials {
  readonly kind = "external_account";
  override readonly quotaProject: string | undefined;
  readonly #surroundings: Surroundings;
  readonly #url: string;
  readonly #audience: string;
  readonly #subjectTokenType: string;
  readonly #supplier: SubjectTokenSupplier;
  readonly #clientSecret: string;
  readonly #headers: Readonly<Record<string, string>> | undefined;
  readonly #options: Readonly<Record<string, unknown>> | undefined;

  constructor(file: CredentialsFile, surroundings: Surroundings, parts: FederationParts, email: string | undefined) {
    super();
    const { endpoints, universeDomain = GOOGLE_UNIVERSE } = surroundings;
    const configured = optionalText(file, "token_url") ?? `https://sts.${universeDomain}/v1/token`;
    this.#url = endpoints.sts ?? checkTrustedUrl(configured, "sts", `${file.origin}: token_url`, parts.trust);
    this.#surroundings = surroundings;
    this.#audience = requiredText(file, "audience");
    this.#subjectTokenType = requiredText(file, "subject_token_type");
    this.#supplier = parts.subjectToken ?? supplierOf(file, surroundings, parts, email);
    this.quotaProject = optionalText(file, "quota_project_id");
    const clientId = optionalText(file, "client_id");
    this.#clientSecret = optionalText(file, "client_secret") ?? "";
    this.#headers = (clientId && basicAuthentication(clientId, this.#clientSecret)) || undefined;
    const userProject = optionalText(file, "workforce_pool_user_project");
    if (userProject !== undefined && !/^\/\/iam\.[^/]+\/locations\/[^/]+\/workforcePools\//.test(this.#audience))
      throw new TypeError(`${file.origin}: workforce_pool_user_project is for an audience of a workforce pool`);
    // With a client of its own, the project is known by that.
    this.#options = userProject !== undefined && clientId === undefined ? { userProject } : undefined;
  }

  async accessToken({ scopes }: Want): Promise<Issued> {
    if (scopes.length === 0) throw new TypeError("getAccessToken: name the `scopes` of the access token");
    const { request, now } = this.#surroundings;
    const context = { audience: this.#audience, subjectTokenType: this.#subjectTokenType };
    const subjectToken = await askForSubjectToken(this.#supplier, context);
    return exchangeToken(
      { request, now, url: this.#url },
      {
        ...context,
        subjectToken,
        scopes,
        options: this.#options,
        headers: this.#headers,
        secrets: [this.#clientSecret, ...secretsOfRequest(subjectToken)],
      },
    );
  }

  async universeDomain(): Promise<string> {
    return this.#surroundings.universeDomain ?? GOOGLE_UNIVERSE;
  }
}

function supplierOf(
  file: CredentialsFile,
  { request, direct, now }: Surroundings,
  { trust, env }: FederationParts,
  email: string | undefined,
): SubjectTokenSupplier {
  const source = partOf(file, "credential_source");
  const has = (field: string) => source.content[field] !== undefined;
  if (has("environment_id"))
    return tokenFromAws(source, { request: direct, env, now, allowedHosts: trust.allowedHosts });
  if (has("file")) return tokenFromFile(source);
  if (has("executable")) return tokenFromExecutable(source, { env, now, email });
  if (has("url")) return tokenFromUrl(source, { request, direct });
  throw new TypeError(
    `${source.origin} has neither file, url, environment_id nor executable; give \`subjectToken\` for another kind`,
  );
}

interface ConfiguredImpersonation {
  readonly email: string;
  readonly baseUrl: string;
  readonly lifetime: number | undefined;
}

/** The service account that a configuration impersonates: it stands in an address. */
export function impersonationOf(file: CredentialsFile, trust: Trust): ConfiguredImpersonation | undefined {
  const field = "service_account_impersonation_url";
  const url = optionalText(file, field);
  if (url === undefined) return undefined;
  checkTrustedUrl(url, "iamcredentials", `${file.origin}: ${field}`, trust);
  const parts =
    /^(https?:\/\/[^/?#]+\/v1)\/projects\/-\/serviceAccounts\/([\w.@+-]{1,256}):generate(?:Access|Id)Token$/.exec(url);
  if (parts === null) throw new TypeError(`${file.origin}: ${field} is not generateAccessToken of a service account`);
  const settings = file.content["service_account_impersonation"];
  const lifetime = (settings as { token_lifetime_seconds?: unknown } | undefined)?.token_lifetime_seconds;
  return { baseUrl: parts[1]!, email: parts[2]!, lifetime: lifetime === undefined ? undefined : Number(lifetime) };
}
