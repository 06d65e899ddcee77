import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { TokenSource } from "../google/token-source.ts";
import { isRecord, readJsonFile } from "../util/json-file.ts";
import { ServiceAccountKey, warnIfReadable } from "./account-key.ts";
import { ComputeCredentials } from "./compute-engine.ts";
import { optionalText, partOf } from "./credentials-file.ts";
import type { CredentialsFile } from "./credentials-file.ts";
import { CLOUD_PLATFORM } from "./credentials.ts";
import type { Credentials } from "./credentials.ts";
import { federatedCredentials, impersonationOf } from "./external-account.ts";
import { ImpersonatedCredentials } from "./impersonated.ts";
import { MetadataServer } from "./metadata-server.ts";
import { checkExactHosts, resolveSurroundings } from "./options.ts";
import type { Environment, SourceOptions, Surroundings } from "./options.ts";
import { ServiceAccountCredentials } from "./service-account.ts";
import { CachedTokenSource, checkSubject } from "./source.ts";
import type { Trust } from "./trusted-url.ts";
import { UserCredentials } from "./user-credentials.ts";

/** Options of {@link applicationDefault}. */
export interface ApplicationDefaultOptions extends SourceOptions {
  /** A user of the Workspace domain to act for, where the credentials found are a service account's. */
  readonly subject?: string;
  /** Hosts outside Google's domains that a configuration file may point to, with their ports. Default none. */
  readonly allowedHosts?: readonly string[];
}

/**
 * Application Default Credentials, in Google's order (https://google.aip.dev/auth/4110): the file that
 * `GOOGLE_APPLICATION_CREDENTIALS` names, gcloud's own file, the metadata server. Files are read here, once; the
 * metadata server is looked for when the first token is needed.
 *
 * @throws TypeError for a file that is named and cannot be used: nothing else is tried then
 */
export function applicationDefault(
  options: ApplicationDefaultOptions = {},
  env: Environment = process.env,
): TokenSource {
  const caller = "applicationDefault";
  const quotaProject = options.quotaProject ?? (env["GOOGLE_CLOUD_QUOTA_PROJECT"] || undefined);
  const project = env["GOOGLE_CLOUD_PROJECT"] || env["GCLOUD_PROJECT"] || undefined;
  const common = { ...options, ...(quotaProject !== undefined && { quotaProject }) };
  const surroundings = { ...resolveSurroundings(caller, common, ["subject", "allowedHosts"]), project };
  const subject = checkSubject(options.subject, `${caller}: \`subject\``);
  const trust: Trust = {
    allowedHosts: checkExactHosts(options.allowedHosts ?? [], `${caller}: \`allowedHosts\``),
    universeDomain: surroundings.universeDomain,
  };
  const file = findFile(env, caller);
  const credentials =
    file === undefined
      ? new ComputeCredentials(surroundings, new MetadataServer(surroundings.direct, env), { detects: true })
      : credentialsOf(file, surroundings, trust, env);
  return new CachedTokenSource(credentials, surroundings, { scopes: surroundings.scopes, subject });
}

function findFile(env: Environment, caller: string): CredentialsFile | undefined {
  const named = env["GOOGLE_APPLICATION_CREDENTIALS"];
  if (named) return readCredentials(named, `${caller}: GOOGLE_APPLICATION_CREDENTIALS`);
  const path = join(gcloudDirectory(env), "application_default_credentials.json");
  return existsSync(path) ? readCredentials(path, `${caller}: gcloud's credentials`) : undefined;
}

function readCredentials(path: string, origin: string): CredentialsFile {
  const { content, file } = readJsonFile(path, origin, "a credentials file");
  warnIfReadable(path);
  return { content, origin: file };
}

function gcloudDirectory(env: Environment): string {
  if (env["CLOUDSDK_CONFIG"]) return env["CLOUDSDK_CONFIG"];
  if (process.platform === "win32") return join(env["APPDATA"] || homedir(), "gcloud");
  return join(env["HOME"] || homedir(), ".config", "gcloud");
}

/** What a credentials file of any type is. */
function credentialsOf(file: CredentialsFile, surroundings: Surroundings, trust: Trust, env: Environment): Credentials {
  switch (file.content["type"]) {
    case "service_account":
      return new ServiceAccountCredentials(new ServiceAccountKey(file.content, file.origin), surroundings);
    case "authorized_user":
    case "external_account_authorized_user":
      return new UserCredentials(file, surroundings, trust);
    case "external_account":
      return federatedCredentials(file, surroundings, { trust, env });
    case "impersonated_service_account":
      return impersonatedCredentials(file, surroundings, trust, env);
    default:
      throw new TypeError(
        `${file.origin}: type is none of service_account, authorized_user, external_account, external_account_authorized_user, impersonated_service_account`,
      );
  }
}

/** What `gcloud auth application-default login --impersonate-service-account` writes. */
function impersonatedCredentials(
  file: CredentialsFile,
  surroundings: Surroundings,
  trust: Trust,
  env: Environment,
): Credentials {
  const target = impersonationOf(file, trust);
  if (target === undefined) throw new TypeError(`${file.origin}: service_account_impersonation_url is missing`);
  const { delegates = [] } = file.content;
  if (!Array.isArray(delegates) || !delegates.every((name) => typeof name === "string"))
    throw new TypeError(`${file.origin}: delegates is not an array of strings`);
  const part = partOf(file, "source_credentials");
  if (isRecord(part.content["source_credentials"]))
    throw new TypeError(`${part.origin}: one service account in between is a delegate, not a source`);
  const source = credentialsOf(part, surroundings, trust, env);
  return new ImpersonatedCredentials(surroundings, {
    source: new CachedTokenSource(source, surroundings, { scopes: [CLOUD_PLATFORM], subject: undefined }),
    target: target.email,
    delegates: delegates.map((name: string) => name.replace(/^projects\/-\/serviceAccounts\//, "")),
    baseUrl: target.baseUrl,
    quotaProject: optionalText(file, "quota_project_id") ?? source.quotaProject,
  });
}
