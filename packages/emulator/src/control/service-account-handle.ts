import { writeFile } from "node:fs/promises";
import { requireMember } from "../options/policy-member.ts";
import type { EmulatorDelegation } from "../options/service-account.ts";
import type { Google } from "../state/google.ts";
import { keyFileOf, type ServiceAccountKeyFile } from "./key-file.ts";

/**
 * A service account of the emulator. Its methods do what an administrator could do in Google's consoles. They throw a
 * `TypeError` if the account was removed.
 *
 * @example
 * ```ts
 * const robot = google.serviceAccount("robot@my-project.iam.gserviceaccount.com");
 * robot.delegate({ scopes: ["https://www.googleapis.com/auth/calendar.readonly"] });
 * const path = await robot.writeKeyFile("key.json");
 * ```
 */
export interface ServiceAccountHandle {
  readonly email: string;
  /** The numeric ID. An administrator grants domain-wide delegation to this ID. */
  readonly clientId: string;
  readonly projectId: string;
  /** The IDs of the account's keys. */
  readonly keyIds: readonly string[];
  /**
   * Returns the key file for a key. Default: the first key, which is generated if there is none yet.
   *
   * @throws `TypeError` if the account has no key with this ID.
   */
  keyFile(keyId?: string): ServiceAccountKeyFile;
  /**
   * Writes the key file so that only its owner can read it, and returns the path.
   *
   * @throws `TypeError` if the account has no key with this ID; the error of the file system if it cannot write the
   * file.
   */
  writeKeyFile(path: string, keyId?: string): Promise<string>;
  /** Generates a further key and returns its ID. */
  addKey(): string;
  /** Disables a key: assertions signed with it get `Invalid JWT Signature.` Default: every key. */
  disableKey(keyId?: string): void;
  /** Enables a disabled key. Default: every key. */
  enableKey(keyId?: string): void;
  /** Deletes a key. Assertions signed with it get `Invalid JWT Signature.` */
  deleteKey(keyId: string): void;
  /** Disables the account: it gets `disabled_client`, and its access tokens are rejected. */
  disable(): void;
  /** Enables the account. Its unexpired access tokens are valid again. */
  enable(): void;
  /** Delegates scopes to the account, as a Workspace administrator does in the Admin console. */
  delegate(delegation: EmulatorDelegation): void;
  /** Removes every delegation. */
  undelegate(): void;
  /**
   * Allows a member to create tokens and signatures of this account. {@link EmulatorServiceAccount.tokenCreators} lists
   * the forms of a member.
   *
   * @throws `TypeError` for a member of another form.
   */
  allow(member: string): void;
  /** Takes back {@link ServiceAccountHandle.allow}. */
  disallow(member: string): void;
}

export function createHandle(google: Google, email: string): ServiceAccountHandle {
  // Each call looks the account up again, because a reset replaces it.
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
