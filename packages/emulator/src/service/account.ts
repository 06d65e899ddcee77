import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import type { Google } from "../google.ts";
import { isSignedBy, type JsonObject, signJwt } from "../jwt.ts";
import { createSigningKey, type SigningKey } from "../keys.ts";
import { requireMember } from "./principal.ts";

/** Scopes that a Workspace administrator delegates in the Admin console, under "Domain-wide delegation". */
export interface EmulatorDelegation {
  readonly scopes: readonly string[];
  /** The Workspace domain whose administrator it is. Default: every one. */
  readonly domain?: string;
  /**
   * What the administrator typed in as the client ID. Default: the account's numeric ID, which is
   * right. The account's e-mail address is the usual mistake.
   */
  readonly client?: string;
}

/** A service account, as it would be made under "IAM & Admin". */
export interface EmulatorServiceAccount {
  /** `NAME@PROJECT.iam.gserviceaccount.com` */
  readonly email: string;
  /** Default: the project that the e-mail address names. */
  readonly projectId?: string;
  /** The numeric ID, which Google calls the client ID or unique ID. Default: made of the e-mail address. */
  readonly clientId?: string;
  /** Keys of your own. Without one, the first key file that is asked for makes one. */
  readonly keys?: readonly EmulatorServiceAccountKey[];
  /** Which scopes it may use in the name of Workspace users. Default: none. */
  readonly delegation?: readonly EmulatorDelegation[];
  /** Limits delegation to users of this Workspace domain: for anybody else it is `org_internal`. */
  readonly organization?: string;
  /**
   * Who may make tokens and signatures of it: `serviceAccount:EMAIL`, `user:EMAIL`, `principal://…`
   * or `principalSet://…/*`, as in an IAM policy. Default: nobody.
   */
  readonly tokenCreators?: readonly string[];
  /** Access tokens may be asked to live up to twelve hours, which takes a policy of the organization. */
  readonly extendedLifetime?: boolean;
  readonly status?: "active" | "disabled";
}

/** A key that was made elsewhere and uploaded. */
export interface EmulatorServiceAccountKey {
  /** RSA, as PEM. */
  readonly privateKey: string;
  /** Default: forty hexadecimal digits made of the key. */
  readonly id?: string;
}

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

  /** An access token of the account; `sub` is the user whom it acts for, where there is one. */
  issueToken(google: Google, scopes: ReadonlySet<string>, lifetime: number, sub = this.clientId): string {
    const { clientId, projectId, email: serviceAccount } = this;
    const credential = { clientId, projectId, serviceAccount, sub, scopes, accessType: "online" } as const;
    return google.grants.issueAccessToken(credential, lifetime);
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

/** The keys an account began with. They outlive a reset, so that a key file that was written keeps working. */
export class AccountKeys {
  readonly #users: SigningKey[];
  #managed: SigningKey | undefined;

  constructor(configured: readonly EmulatorServiceAccountKey[]) {
    this.#users = configured.map(({ privateKey: pem, id }) => {
      const privateKey = readPrivateKey(pem);
      const publicKey = createPublicKey(privateKey);
      const der = publicKey.export({ type: "spki", format: "der" });
      return { kid: id ?? createHash("sha1").update(der).digest("hex"), privateKey, publicKey };
    });
  }

  get users(): readonly SigningKey[] {
    return this.#users;
  }

  firstUser(): SigningKey {
    if (this.#users.length === 0) this.#users.push(createSigningKey());
    return this.#users[0]!;
  }

  managed(): SigningKey {
    this.#managed ??= createSigningKey();
    return this.#managed;
  }

  managedIfMade(): readonly SigningKey[] {
    return this.#managed ? [this.#managed] : [];
  }
}

function readPrivateKey(pem: string) {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "rsa") return key;
  } catch {
    // The parser's message may quote the key.
  }
  throw new TypeError('"keys" must hold RSA private keys as PEM');
}

/** Twenty-one digits, as Google's, and the same at every start. */
function numericId(email: string): string {
  let number = 0n;
  for (const byte of Buffer.from(email)) number = (number * 257n + BigInt(byte)) % 10n ** 20n;
  return `1${number.toString().padStart(20, "0")}`;
}
