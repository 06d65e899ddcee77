import { writeFile } from "node:fs/promises";
import type { Google } from "../google.ts";
import { paths } from "../paths.ts";
import type { EmulatorDelegation, ServiceAccount } from "./account.ts";
import { requireMember } from "./principal.ts";

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

/** A service account of the emulator, and what its administrators may do to it while it runs. */
export interface ServiceAccountHandle {
  readonly email: string;
  /** The numeric ID, which domain-wide delegation is granted to. */
  readonly clientId: string;
  readonly projectId: string;
  /** The IDs of its keys. */
  readonly keyIds: readonly string[];
  /** The key file of a key, by its ID. Default: the first key, which is made now where there is none. */
  keyFile(keyId?: string): ServiceAccountKeyFile;
  /** Writes the key file, readable by its owner alone, and returns the path. */
  writeKeyFile(path: string, keyId?: string): Promise<string>;
  /** Makes a further key, and returns its ID. */
  addKey(): string;
  /** What the key signed is `Invalid JWT Signature.` from now on. Default: every key. */
  disableKey(keyId?: string): void;
  /** Default: every key. */
  enableKey(keyId?: string): void;
  /** As {@link ServiceAccountHandle.disableKey}, for good. */
  deleteKey(keyId: string): void;
  /** It gets no token (`disabled_client`), and those that live are refused. */
  disable(): void;
  enable(): void;
  /** A Workspace administrator delegates scopes to it. */
  delegate(delegation: EmulatorDelegation): void;
  /** Every Workspace administrator takes back what was delegated. */
  undelegate(): void;
  /** Lets somebody make tokens and signatures of it; see {@link EmulatorServiceAccount.tokenCreators}. */
  allow(member: string): void;
  disallow(member: string): void;
}

export function createHandle(google: Google, email: string): ServiceAccountHandle {
  // Looked up at each call: a reset replaces the account.
  const account = () => google.serviceAccounts.require(email);
  const switchKeys = (disabled: boolean, keyId?: string) => {
    const { keys } = account();
    const chosen = keyId === undefined ? keys.keys() : [account().key(keyId).kid];
    for (const kid of chosen) keys.get(kid)!.disabled = disabled;
  };
  const keyFile = (keyId?: string) => keyFileOf(google.url, account(), keyId);
  return {
    get email() {
      return account().email;
    },
    get clientId() {
      return account().clientId;
    },
    get projectId() {
      return account().projectId;
    },
    get keyIds() {
      return [...account().keys.keys()];
    },
    keyFile,
    writeKeyFile: async (path, keyId) => {
      await writeFile(path, `${JSON.stringify(keyFile(keyId), null, 2)}\n`, { mode: 0o600 });
      return path;
    },
    addKey: () => account().addKey().kid,
    disableKey: (keyId) => switchKeys(true, keyId),
    enableKey: (keyId) => switchKeys(false, keyId),
    deleteKey: (keyId) => void account().keys.delete(account().key(keyId).kid),
    disable: () => {
      account().status = "disabled";
    },
    enable: () => {
      account().status = "active";
    },
    delegate: (delegation) => void account().delegation.push(delegation),
    undelegate: () => {
      account().delegation.length = 0;
    },
    allow: (member) => void account().tokenCreators.add(requireMember(member)),
    disallow: (member) => void account().tokenCreators.delete(member),
  };
}

function keyFileOf(url: string, account: ServiceAccount, keyId: string | undefined): ServiceAccountKeyFile {
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
