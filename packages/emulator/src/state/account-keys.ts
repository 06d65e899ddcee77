import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import type { EmulatorServiceAccountKey } from "../options/service-account.ts";
import { createSigningKey, type SigningKey } from "../signing/signing-key.ts";

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
