import { paths } from "../protocol/paths.ts";
import type { ServiceAccount } from "../state/service-account.ts";

/**
 * A downloaded key, as Google's console gives it, except that its addresses lead to the emulator. A type, so that it fits
 * where a record of anything is wanted.
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

/** The key file of a key, by its ID, or of the account's first one. */
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
