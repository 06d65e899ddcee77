import { isRecord } from "../util/json-file.ts";
import { ServiceAccountKey } from "./account-key.ts";
import { describeField, optionalText, requiredObject } from "./credentials-file.ts";
import type { CredentialsFile } from "./credentials-file.ts";
import { CLOUD_PLATFORM } from "./credentials.ts";
import type { Credentials } from "./credentials.ts";
import { createFederatedCredentials } from "./federated-credentials.ts";
import { ImpersonatedCredentials } from "./impersonated-credentials.ts";
import { readImpersonationUrl } from "./impersonation-url.ts";
import type { Environment, SourceSettings } from "./options.ts";
import { ServiceAccountCredentials } from "./service-account-credentials.ts";
import { CachedTokenSource } from "./source.ts";
import type { Trust } from "./trusted-url.ts";
import { UserCredentials } from "./user-credentials.ts";

/** The data that credentials need in addition to their file. */
interface FileContext {
  readonly trust: Trust;
  readonly env: Environment;
}

/**
 * Creates the credentials of a file of any type.
 * @throws TypeError for a file that cannot be used, with the field
 */
export function createCredentials(file: CredentialsFile, settings: SourceSettings, context: FileContext): Credentials {
  const { type } = file.content;
  switch (type) {
    case "service_account":
      return new ServiceAccountCredentials(new ServiceAccountKey(file.content, file.origin), settings);
    case "authorized_user":
    case "external_account_authorized_user":
      return new UserCredentials(type, file, settings, context.trust);
    case "external_account":
      return createFederatedCredentials(file, settings, context);
    case "impersonated_service_account":
      return createImpersonatedCredentials(file, settings, context);
    default:
      throw new TypeError(
        `${describeField(file, "type")} must be service_account, authorized_user, external_account, external_account_authorized_user or impersonated_service_account`,
      );
  }
}

/** The credentials that `gcloud auth application-default login --impersonate-service-account` writes. */
function createImpersonatedCredentials(
  file: CredentialsFile,
  settings: SourceSettings,
  context: FileContext,
): Credentials {
  const target = readImpersonationUrl(file, context.trust);
  if (target === undefined)
    throw new TypeError(
      `${describeField(file, "service_account_impersonation_url")} is missing or empty; create the file again with \`gcloud auth application-default login --impersonate-service-account=EMAIL\``,
    );
  const { delegates = [] } = file.content;
  if (!Array.isArray(delegates) || !delegates.every((name) => typeof name === "string"))
    throw new TypeError(`${describeField(file, "delegates")} must be an array of strings`);
  const sourceFile = requiredObject(file, "source_credentials");
  if (isRecord(sourceFile.content["source_credentials"])) {
    throw new TypeError(
      `${describeField(file, "source_credentials")} must not contain another impersonation; list the account in between in \`delegates\``,
    );
  }
  const source = createCredentials(sourceFile, settings, context);
  return new ImpersonatedCredentials(settings, {
    source: new CachedTokenSource(source, settings, { scopes: [CLOUD_PLATFORM], subject: undefined }),
    target: target.email,
    delegates: delegates.map((name: string) => name.replace(/^projects\/-\/serviceAccounts\//, "")),
    baseUrl: target.baseUrl,
    quotaProject: optionalText(file, "quota_project_id") ?? source.quotaProject,
  });
}
