import { requireMember } from "../options/policy-member.ts";
import type { EmulatorDelegation, EmulatorServiceAccount } from "../options/service-account.ts";
import { isSignedBy, type JsonObject, signJwt } from "../signing/jwt.ts";
import { createSigningKey, type SigningKey } from "../signing/signing-key.ts";
import type { AccountKeys } from "./account-keys.ts";

/** A service account's present state. */
export class ServiceAccount {
  readonly email: string;
  readonly clientId: string;
  readonly projectId: string;
  readonly organization: string | undefined;
  readonly longestLifetime: number;
  status: "active" | "disabled";
  readonly delegation: EmulatorDelegation[];
  readonly tokenCreators: Set<string>;
  readonly keys = new Map<string, { readonly key: SigningKey; disabled: boolean }>();
  readonly #vault: AccountKeys;

  constructor(configured: EmulatorServiceAccount, vault: AccountKeys) {
    const { email, delegation = [], tokenCreators = [] } = configured;
    this.email = email;
    this.clientId = configured.clientId ?? numericId(email);
    this.projectId = configured.projectId ?? /@([^.]+)\./.exec(email)?.[1] ?? "";
    this.organization = configured.organization;
    this.longestLifetime = configured.extendedLifetime ? 43_200 : 3600;
    this.status = configured.status ?? "active";
    this.delegation = [...delegation];
    this.tokenCreators = new Set(tokenCreators.map(requireMember));
    this.#vault = vault;
    for (const key of vault.users) this.keys.set(key.kid, { key, disabled: false });
  }

  /** The key of this ID, or the first; made now where there is none yet. */
  key(id?: string): SigningKey {
    if (id === undefined) return [...this.keys.values()][0]?.key ?? this.#keep(this.#vault.firstUser());
    const found = this.keys.get(id);
    if (!found) throw new TypeError(`The service account ${this.email} has no key "${id}"`);
    return found.key;
  }

  addKey(): SigningKey {
    return this.#keep(createSigningKey());
  }

  /** The key that Google holds itself: `signJwt` and `signBlob` use it, and nobody can download it. */
  get managedKey(): SigningKey {
    return this.#vault.managed();
  }

  /** Whether one of the account's keys in force signed this. The header's `kid` decides nothing: Google tries them all. */
  hasSigned(jwt: string): boolean {
    return this.publishedKeys.some(({ publicKey }) => isSignedBy(jwt, publicKey));
  }

  /** The keys that others verify the account's signatures with: its own in force, and the managed one. */
  get publishedKeys(): readonly SigningKey[] {
    const inForce = [...this.keys.values()].filter(({ disabled }) => !disabled).map(({ key }) => key);
    return [...inForce, ...this.#vault.managedIfMade()];
  }

  /** Signs with the key that Google holds. */
  sign(claims: JsonObject): string {
    return signJwt(claims, this.managedKey);
  }

  #keep(key: SigningKey): SigningKey {
    this.keys.set(key.kid, { key, disabled: false });
    return key;
  }
}

/** Twenty-one digits, as Google's, and the same at every start. */
function numericId(email: string): string {
  let number = 0n;
  for (const byte of Buffer.from(email)) number = (number * 257n + BigInt(byte)) % 10n ** 20n;
  return `1${number.toString().padStart(20, "0")}`;
}
