import type { TokenSource } from "../google/token-source.ts";
import { checkSubject, isAccountEmail } from "./checks.ts";
import { ComputeCredentials } from "./compute-credentials.ts";
import { MetadataServer } from "./metadata-server.ts";
import { resolveSettings } from "./options.ts";
import type { Environment, SourceOptions } from "./options.ts";
import { CachedTokenSource } from "./source.ts";

/** Options of {@link computeEngine}. */
export interface ComputeEngineOptions extends SourceOptions {
  /** E-mail address of one of the machine's service accounts, or `default`. Default `default`. */
  readonly account?: string;
  /**
   * Primary e-mail address of a user of the Workspace domain that the account acts for (domain-wide delegation). The
   * IAM Credentials API signs for the account, which needs the role Service Account Token Creator on itself. Default:
   * none.
   */
  readonly subject?: string;
}

/**
 * Tokens of the service account that is attached to this machine. The metadata server provides them on Compute Engine,
 * Kubernetes Engine, Cloud Run, Functions and App Engine (https://cloud.google.com/compute/docs/metadata). On Compute
 * Engine the instance's own scopes limit `scopes`. `signJwt` and `signBlob` call the IAM Credentials API, for which the
 * account needs the role Service Account Token Creator on itself.
 *
 * The first token is requested when it is needed, and never through a proxy. `GCE_METADATA_HOST` names another metadata
 * server.
 *
 * @param env - environment variables. Default `process.env`
 * @throws TypeError for an option or an environment variable that cannot be used
 * @throws AuthError from the methods of the source: `metadata_unavailable`, `metadata_refused`, `invalid_response`; with
 *   a `subject` or for a signature also `impersonation_refused`, and with a `subject` the codes of {@link serviceAccount}
 *
 * @example
 * ```ts
 * import { computeEngine } from "@scopegate/core/service";
 *
 * const source = computeEngine({ scopes: "https://www.googleapis.com/auth/devstorage.read_only" });
 * const response = await source.fetch("https://storage.googleapis.com/storage/v1/b/my-bucket/o");
 * console.log(await response.json());
 * ```
 */
export function computeEngine(options: ComputeEngineOptions = {}, env: Environment = process.env): TokenSource {
  const caller = "computeEngine";
  const settings = resolveSettings(caller, options, { account: true, subject: true });
  const subject = checkSubject(options.subject, `${caller}: \`subject\``);
  const { account = "default" } = options;
  if (account !== "default" && !isAccountEmail(account))
    throw new TypeError(`${caller}: \`account\` must be the e-mail address of a service account, or "default"`);
  const server = new MetadataServer(settings.requestDirectly, env, caller);
  const credentials = new ComputeCredentials(settings, server, { account });
  return new CachedTokenSource(credentials, settings, { scopes: settings.scopes, subject });
}
