import { writeFile } from "node:fs/promises";
import { requireMember } from "../options/policy-member.ts";
import type { EmulatorDelegation } from "../options/service-account.ts";
import type { Google } from "../state/google.ts";
import { keyFileOf, type ServiceAccountKeyFile } from "./key-file.ts";

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
