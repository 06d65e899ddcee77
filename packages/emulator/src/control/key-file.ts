import { paths } from "../protocol/paths.ts";
import type { ServiceAccount } from "../state/service-account.ts";

/**
 * A key file of a service account. It has the form of a file from Google's console, with the addresses of the emulator.
 *
 * It is a type and not an interface, so that it is assignable to `Record<string, unknown>`.
 */
export type ServiceAccountKeyFile = {
  readonly type: "service_account";
  readonly project_id: string;
  readonly private_key_id: string;
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly auth_uri: string;
  readonly token_uri: string;
  readonly auth_provider_x509_cert_url: string;
  readonly client_x509_cert_url: string;
  readonly universe_domain: "googleapis.com";
};

/** Returns the key file for a key. Default: the first key. */
export function keyFileOf(url: string, account: ServiceAccount, keyId: string | undefined): ServiceAccountKeyFile {
  const key = account.key(keyId);
  return {
    type: "service_account",
    project_id: account.projectId,
    private_key_id: key.kid,
    private_key: String(key.privateKey.export({ type: "pkcs8", format: "pem" })),
    client_email: account.email,
    client_id: account.clientId,
    auth_uri: url + paths.authorization,
    token_uri: url + paths.token,
    auth_provider_x509_cert_url: url + paths.certificates,
    client_x509_cert_url: `${url}${paths.serviceCertificates}/${encodeURIComponent(account.email)}`,
    universe_domain: "googleapis.com",
  };
}
