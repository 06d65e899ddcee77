import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { TokenSource } from "../google/token-source.ts";
import { readJsonFile } from "../util/json-file.ts";
import { checkSubject } from "./checks.ts";
import { ComputeCredentials } from "./compute-credentials.ts";
import type { CredentialsFile } from "./credentials-file.ts";
import { createCredentials } from "./credentials-from-file.ts";
import { warnIfReadableByAll } from "./key-file.ts";
import { MetadataServer } from "./metadata-server.ts";
import { resolveSettings } from "./options.ts";
import type { Environment, SourceOptions } from "./options.ts";
import { CachedTokenSource } from "./source.ts";
import { resolveTrust } from "./trusted-url.ts";

/** Options of {@link applicationDefault}. */
export interface ApplicationDefaultOptions extends SourceOptions {
  /**
   * ID of the project that quota and costs are charged to. `fetch` sends it as the header `x-goog-user-project`.
   * Default: the environment variable `GOOGLE_CLOUD_QUOTA_PROJECT`, else the project that the credentials name for it,
   * else none.
   */
  readonly quotaProject?: string;
  /**
   * Primary e-mail address of a user of the Workspace domain to act for (domain-wide delegation). The credentials must be
   * those of a service account. Default: none.
   */
  readonly subject?: string;
  /**
   * Hosts outside Google's domains that addresses in a configuration file may point to, with their ports. Tokens are sent
   * there. Default: none.
   */
  readonly allowedHosts?: readonly string[];
}

/**
 * Application Default Credentials: the credentials that the environment provides, so that the same code runs on a
 * developer's machine, on Google Cloud and elsewhere. They are looked for in Google's order
 * (https://google.aip.dev/auth/4110):
 *
 * 1. the file that `GOOGLE_APPLICATION_CREDENTIALS` names;
 * 2. gcloud's file `application_default_credentials.json`, in `CLOUDSDK_CONFIG`, else in `~/.config/gcloud`, on Windows
 *    in `%APPDATA%\gcloud`;
 * 3. the metadata server, on Google Cloud.
 *
 * A file may contain a service account's key, a federation configuration, or what `gcloud auth application-default login`
 * writes. It is read once, when the source is created. The metadata server is looked for when the first token is needed;
 * `METADATA_SERVER_DETECTION` (`assume-present`, `none`, `bios-only`, `ping-only`) says how.
 *
 * @param env - environment variables. Default `process.env`
 * @throws TypeError for a file that cannot be used, with the field: the search does not continue then; for an option that
 *   cannot be used
 * @throws AuthError from the methods of the source: `no_default_credentials`, and the codes of {@link serviceAccount},
 *   {@link externalAccount}, {@link impersonated} or {@link computeEngine}, depending on the credentials; for a person's
 *   credentials `user_credentials_expired`, and `unsupported_credentials` for ID tokens and signatures
 *
 * @example
 * ```ts
 * import { applicationDefault } from "@scopegate/core/service";
 *
 * const source = applicationDefault({ scopes: "https://www.googleapis.com/auth/devstorage.read_only" });
 * const response = await source.fetch("https://storage.googleapis.com/storage/v1/b/my-bucket/o");
 * if (!response.ok) throw new Error(`Cloud Storage responded with ${response.status}`);
 * console.log(await response.json());
 * ```
 */
export function applicationDefault(
  options: ApplicationDefaultOptions = {},
  env: Environment = process.env,
): TokenSource {
  const caller = "applicationDefault";
  const quotaProject = options.quotaProject ?? (env["GOOGLE_CLOUD_QUOTA_PROJECT"] || undefined);
  const project = env["GOOGLE_CLOUD_PROJECT"] || env["GCLOUD_PROJECT"] || undefined;
  const completed = { ...options, ...(quotaProject !== undefined && { quotaProject }) };
  const settings = { ...resolveSettings(caller, completed, { subject: true, allowedHosts: true }), project };
  const subject = checkSubject(options.subject, `${caller}: \`subject\``);
  const trust = resolveTrust(options.allowedHosts, settings);
  const file = findFile(env, caller);
  const credentials =
    file === undefined
      ? new ComputeCredentials(settings, new MetadataServer(settings.requestDirectly, env, caller), {
          detectsServer: true,
        })
      : createCredentials(file, settings, { trust, env });
  return new CachedTokenSource(credentials, settings, { scopes: settings.scopes, subject });
}

function findFile(env: Environment, caller: string): CredentialsFile | undefined {
  const named = env["GOOGLE_APPLICATION_CREDENTIALS"];
  if (named) return readCredentialsFile(named, `${caller}: GOOGLE_APPLICATION_CREDENTIALS`);
  const path = join(gcloudDirectory(env), "application_default_credentials.json");
  return existsSync(path) ? readCredentialsFile(path, `${caller}: gcloud's credentials`) : undefined;
}

function readCredentialsFile(path: string, origin: string): CredentialsFile {
  const { content, file } = readJsonFile(path, origin, "a credentials file");
  warnIfReadableByAll(path);
  return { content, origin: file };
}

function gcloudDirectory(env: Environment): string {
  if (env["CLOUDSDK_CONFIG"]) return env["CLOUDSDK_CONFIG"];
  if (process.platform === "win32") return join(env["APPDATA"] || homedir(), "gcloud");
  return join(env["HOME"] || homedir(), ".config", "gcloud");
}
