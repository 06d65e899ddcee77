import { describeField, optionalText } from "./credentials-file.ts";
import type { CredentialsFile } from "./credentials-file.ts";
import { checkTrustedUrl } from "./trusted-url.ts";
import type { Trust } from "./trusted-url.ts";

/** The service account that a configuration file impersonates. */
export interface ConfiguredTarget {
  readonly email: string;
  /** Address of the IAM Credentials API, including its version. */
  readonly baseUrl: string;
}

/**
 * Reads `service_account_impersonation_url`, which contains the account's e-mail address.
 * @returns `undefined` if the file has no such field
 * @throws TypeError that names the file and the field
 */
export function readImpersonationUrl(file: CredentialsFile, trust: Trust): ConfiguredTarget | undefined {
  const field = "service_account_impersonation_url";
  const url = optionalText(file, field);
  if (url === undefined) return undefined;
  checkTrustedUrl(url, "iamcredentials", describeField(file, field), trust);
  const parts =
    /^(https?:\/\/[^/?#]+\/v1)\/projects\/-\/serviceAccounts\/([\w.@+-]{1,256}):generate(?:Access|Id)Token$/.exec(url);
  if (parts === null) {
    throw new TypeError(
      `${describeField(file, field)} must be an address such as https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/EMAIL:generateAccessToken`,
    );
  }
  return { baseUrl: parts[1]!, email: parts[2]! };
}
