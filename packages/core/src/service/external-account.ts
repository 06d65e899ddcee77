import type { TokenSource } from "../google/token-source.ts";
import { isRecord, readJsonFile } from "../util/json-file.ts";
import { checkFunction, checkSubject } from "./checks.ts";
import type { CredentialsFile } from "./credentials-file.ts";
import { createFederatedCredentials } from "./federated-credentials.ts";
import { resolveSettings } from "./options.ts";
import type { Environment, SourceOptions } from "./options.ts";
import { CachedTokenSource } from "./source.ts";
import type { SubjectTokenSupplier } from "./subject-token.ts";
import { resolveTrust } from "./trusted-url.ts";

/** Options of {@link externalAccount}. Give either `configFile` or `config`. */
export interface ExternalAccountOptions extends SourceOptions {
  /**
   * Path of the configuration that `gcloud iam workload-identity-pools create-cred-config` writes. It is read once, when
   * the source is created.
   */
  readonly configFile?: string;
  /** The parsed content of the configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /**
   * Returns the token of the other identity provider, for example from a secret manager. It replaces the
   * configuration's `credential_source`. Default: what `credential_source` names.
   */
  readonly subjectToken?: SubjectTokenSupplier;
  /**
   * Primary e-mail address of a user of the Workspace domain to act for (domain-wide delegation). The configuration must
   * impersonate a service account. Default: none.
   */
  readonly subject?: string;
  /**
   * Hosts outside Google's domains that `token_url`, `service_account_impersonation_url` and the addresses of AWS's
   * metadata server in the configuration may point to, with their ports. Tokens are sent there. Default: none.
   */
  readonly allowedHosts?: readonly string[];
}

/**
 * Tokens for an identity of another provider: workload and workforce identity federation
 * (https://google.aip.dev/auth/4117). Google's Security Token Service exchanges the provider's token (RFC 8693 section
 * 2.1); if the configuration names a service account, that account is then impersonated.
 *
 * The configuration says where the provider's token comes from: a file, a URL, AWS (install the package `aws4fetch`) or a
 * command. A command runs without a shell, and only if `GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES` is `1`. Examine a
 * configuration that you received from elsewhere before you use it:
 * https://cloud.google.com/docs/authentication/external/externally-sourced-credentials
 *
 * @param env - environment variables. Default `process.env`
 * @throws TypeError for a configuration that cannot be used, or that points to a host that is not trusted, with the file
 *   and the field; for an option that cannot be used
 * @throws AuthError from the methods of the source: `subject_token_unavailable`, `federation_refused`,
 *   `temporarily_unavailable`, `invalid_response`; with a service account also `impersonation_refused`, else
 *   `unsupported_credentials` for ID tokens and signatures
 *
 * @example A configuration file
 * ```ts
 * import { externalAccount } from "@scopegate/core/service";
 *
 * const source = externalAccount({
 *   configFile: "federation.json",
 *   scopes: "https://www.googleapis.com/auth/cloud-platform",
 * });
 * const response = await source.fetch("https://storage.googleapis.com/storage/v1/b/my-bucket/o");
 * console.log(await response.json());
 * ```
 *
 * @example The provider's token from the app's own code
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { externalAccount } from "@scopegate/core/service";
 *
 * const source = externalAccount({
 *   configFile: "federation.json",
 *   scopes: "https://www.googleapis.com/auth/cloud-platform",
 *   subjectToken: async () => readFile("/var/run/secrets/token", "utf8"),
 * });
 * ```
 */
export function externalAccount(options: ExternalAccountOptions, env: Environment = process.env): TokenSource {
  const caller = "externalAccount";
  const own = { configFile: true, config: true, subjectToken: true, subject: true, allowedHosts: true } as const;
  const settings = resolveSettings(caller, options, own);
  const { configFile, config, subjectToken } = options;
  checkFunction(subjectToken, `${caller}: \`subjectToken\``);
  const file = resolveConfiguration(configFile, config, caller);
  const trust = resolveTrust(options.allowedHosts, settings);
  const subject = checkSubject(options.subject, `${caller}: \`subject\``);
  const credentials = createFederatedCredentials(file, settings, { trust, env, subjectToken });
  return new CachedTokenSource(credentials, settings, { scopes: settings.scopes, subject });
}

function resolveConfiguration(configFile: string | undefined, config: unknown, caller: string): CredentialsFile {
  if ((configFile === undefined) === (config === undefined)) {
    throw new TypeError(
      `${caller}: give either \`configFile\`, the path of a configuration, or \`config\`, its parsed content`,
    );
  }
  if (configFile === undefined) {
    const origin = `${caller}: \`config\``;
    if (!isRecord(config)) throw new TypeError(`${origin} must be an object, the parsed content of a configuration`);
    return { content: config, origin };
  }
  const expected = "a configuration of the type external_account";
  const { content, file } = readJsonFile(configFile, `${caller}: \`configFile\``, expected);
  return { content, origin: file };
}
