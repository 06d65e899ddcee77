import { requireMember } from "../options/policy-member.ts";
import type { EmulatorDelegation, EmulatorServiceAccount } from "../options/service-account.ts";
import { isSignedBy, type JsonObject, signJwt } from "../signing/jwt.ts";
import { createSigningKey, type SigningKey } from "../signing/signing-key.ts";
import type { AccountKeys } from "./account-keys.ts";

/** The current state of a service account. */
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
  readonly #initialKeys: AccountKeys;

  constructor(configured: EmulatorServiceAccount, initialKeys: AccountKeys) {
    const { email, delegation = [], tokenCreators = [] } = configured;
    this.email = email;
    this.clientId = configured.clientId ?? numericId(email);
    this.projectId = configured.projectId ?? /@([^.]+)\./.exec(email)?.[1] ?? "";
    this.organization = configured.organization;
    this.longestLifetime = configured.extendedLifetime ? 43_200 : 3600;
    this.status = configured.status ?? "active";
    this.delegation = [...delegation];
    this.tokenCreators = new Set(tokenCreators.map(requireMember));
    this.#initialKeys = initialKeys;
    for (const key of initialKeys.userManaged) this.keys.set(key.kid, { key, disabled: false });
  }

  /**
   * Returns the key with this ID. Default: the first key, which is generated if there is none yet.
   *
   * @throws `TypeError` if the account has no such key.
   */
  key(id?: string): SigningKey {
    if (id === undefined) return [...this.keys.values()][0]?.key ?? this.#keep(this.#initialKeys.firstUserManaged());
    const found = this.keys.get(id);
    if (!found)
      throw new TypeError(
        `The service account ${this.email} has no key "${id}". See the property "keyIds" of the service account for the keys that it has.`,
      );
    return found.key;
  }

  addKey(): SigningKey {
    return this.#keep(createSigningKey());
  }

  /** The Google-managed key. `signJwt` and `signBlob` sign with it; its private part cannot be downloaded. */
  get googleManagedKey(): SigningKey {
    return this.#initialKeys.googleManaged();
  }

  /**
   * Whether one of the account's enabled keys signed the JWT. Google ignores the header's `kid` and tries every key.
   */
  hasSigned(jwt: string): boolean {
    return this.publishedKeys.some(({ publicKey }) => isSignedBy(jwt, publicKey));
  }

  /** The keys that verify the account's signatures: its enabled keys, and the Google-managed one. */
  get publishedKeys(): readonly SigningKey[] {
    const enabled = [...this.keys.values()].filter(({ disabled }) => !disabled).map(({ key }) => key);
    return [...enabled, ...this.#initialKeys.googleManagedIfGenerated()];
  }

  /** Signs a JWT with the Google-managed key. */
  sign(claims: JsonObject): string {
    return signJwt(claims, this.googleManagedKey);
  }

  #keep(key: SigningKey): SigningKey {
    this.keys.set(key.kid, { key, disabled: false });
    return key;
  }
}

/** Derives 21 digits, as many as Google's IDs have, from the e-mail address: the ID is the same at every start. */
function numericId(email: string): string {
  let number = 0n;
  for (const byte of Buffer.from(email)) number = (number * 257n + BigInt(byte)) % 10n ** 20n;
  return `1${number.toString().padStart(20, "0")}`;
}
