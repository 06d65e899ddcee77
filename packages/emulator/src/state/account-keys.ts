import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import type { EmulatorServiceAccountKey } from "../options/service-account.ts";
import { createSigningKey, type SigningKey } from "../signing/signing-key.ts";

/** The keys that an account starts with. A reset keeps them, so that a key file written before still works. */
export class AccountKeys {
  readonly #userManaged: SigningKey[];
  #googleManaged: SigningKey | undefined;

  constructor(configured: readonly EmulatorServiceAccountKey[]) {
    this.#userManaged = configured.map(({ privateKey: pem, id }) => {
      const privateKey = readPrivateKey(pem);
      const publicKey = createPublicKey(privateKey);
      const der = publicKey.export({ type: "spki", format: "der" });
      return { kid: id ?? createHash("sha1").update(der).digest("hex"), privateKey, publicKey };
    });
  }

  get userManaged(): readonly SigningKey[] {
    return this.#userManaged;
  }

  firstUserManaged(): SigningKey {
    if (this.#userManaged.length === 0) this.#userManaged.push(createSigningKey());
    return this.#userManaged[0]!;
  }

  googleManaged(): SigningKey {
    this.#googleManaged ??= createSigningKey();
    return this.#googleManaged;
  }

  googleManagedIfGenerated(): readonly SigningKey[] {
    return this.#googleManaged ? [this.#googleManaged] : [];
  }
}

function readPrivateKey(pem: string) {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "rsa") return key;
  } catch {
    // The parser's message may contain the key, so it is not passed on.
  }
  throw new TypeError('"privateKey" in "keys" of a service account must be an RSA private key, as PEM');
}
