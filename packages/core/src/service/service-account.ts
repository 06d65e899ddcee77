import type { SignedBlob, TokenSource } from "../google/token-source.ts";
import type { ServiceAccountKey, ServiceAccountKeyFile } from "./account-key.ts";
import { resolveKey } from "./account-key.ts";
import { exchangeForAccessToken, exchangeForIdToken, lifetimeFrom } from "./assertion.ts";
import type { Exchanger } from "./assertion.ts";
import type { Credentials, Issued, Want } from "./credentials.ts";
import { unsupported } from "./credentials.ts";
import { checkUrl, GOOGLE_UNIVERSE, resolveSurroundings } from "./options.ts";
import type { SourceOptions, Surroundings } from "./options.ts";
import { CachedTokenSource, checkSubject } from "./source.ts";

/** Options of {@link serviceAccount}. */
export interface ServiceAccountOptions extends SourceOptions {
  /** Path of the key file that the Google Cloud console offers for download (JSON). */
  readonly keyFile?: string;
  /** The key file's content: parsed, or its JSON text, such as from an environment variable. */
  readonly credentials?: ServiceAccountKeyFile | string;
  /** A user of the Workspace domain to act for: domain-wide delegation. */
  readonly subject?: string;
  /**
   * An API's address, such as `https://pubsub.googleapis.com/`: tokens are then JWTs that the account signs itself, for
   * that API alone and without a token request. In place of `scopes`.
   */
  readonly audience?: string;
  /**
   * Whether access tokens for `scopes` are JWTs that the account signs itself, without a token request; only for APIs
   * with a published service definition. With a subject they are exchanged all the same. Default `false`.
   */
  readonly selfSigned?: boolean;
}

/**
 * Tokens of a service account, by its key.
 * @throws TypeError for a key that cannot be used, naming file and field; for options that make no sense
 */
export function serviceAccount(options: ServiceAccountOptions): TokenSource {
  const caller = "serviceAccount";
  const surroundings = resolveSurroundings(caller, options, [
    "keyFile",
    "credentials",
    "subject",
    "audience",
    "selfSigned",
  ]);
  const { keyFile, credentials, audience, selfSigned = false } = options;
  if (typeof selfSigned !== "boolean") throw new TypeError(`${caller}: \`selfSigned\` must be true or false`);
  const subject = checkSubject(options.subject, `${caller}: \`subject\``);
  if (audience !== undefined) {
    checkUrl(audience, `${caller}: \`audience\``);
    if (surroundings.scopes.length > 0)
      throw new TypeError(`${caller}: a self-signed JWT has \`audience\` or \`scopes\`, never both; leave one out`);
  }
  const key = resolveKey(keyFile, credentials, caller);
  const kind = new ServiceAccountCredentials(key, surroundings, { audience, selfSigned });
  return new CachedTokenSource(kind, surroundings, { scopes: surroundings.scopes, subject });
}

/** How access tokens may be made without asking Google. */
interface SelfSigning {
  readonly audience?: string | undefined;
  readonly selfSigned?: boolean;
}

/** A service account that signs with its own key. */
export class ServiceAccountCredentials implements Credentials {
  readonly kind = "service_account";
  readonly #key: ServiceAccountKey;
  readonly #exchanger: Exchanger;
  readonly #now: () => number;
  readonly #universe: string;
  readonly #self: SelfSigning;

  constructor(key: ServiceAccountKey, surroundings: Surroundings, self: SelfSigning = {}) {
    const { request, now, endpoints, universeDomain = key.universeDomain ?? GOOGLE_UNIVERSE } = surroundings;
    const tokenUri = endpoints.token ?? key.tokenUri ?? `https://oauth2.${universeDomain}/token`;
    this.#key = key;
    this.#now = now;
    this.#universe = universeDomain;
    this.#self = self;
    this.#exchanger = { request, now, tokenUri: checkUrl(tokenUri, "serviceAccount: `token_uri` of the key") };
  }

  get email(): string {
    return this.#key.email;
  }

  get quotaProject(): string | undefined {
    return this.#key.quotaProject;
  }

  check({ scopes, subject }: Want): void {
    if (subject === undefined) return;
    // A JWT that the account signs itself says who it is, and nothing would say whom it acts for.
    if (this.#self.audience !== undefined && scopes.length === 0) {
      throw new TypeError(
        "serviceAccount: with an `audience` the account signs its tokens itself, and cannot act for `subject`; name `scopes` in its place",
      );
    }
    if (this.#universe !== GOOGLE_UNIVERSE) {
      throw new TypeError(`serviceAccount: domain-wide delegation (\`subject\`) exists in ${GOOGLE_UNIVERSE} only`);
    }
  }

  async accessToken({ scopes, subject }: Want): Promise<Issued> {
    const { audience, selfSigned } = this.#self;
    if (scopes.length === 0 && audience === undefined) {
      throw new TypeError("getAccessToken: name `scopes` for an access token, or an `audience` for a self-signed one");
    }
    // Other universes exchange nothing.
    const exchanged = !selfSigned && scopes.length > 0 && this.#universe === GOOGLE_UNIVERSE;
    if (exchanged || subject !== undefined) {
      return exchangeForAccessToken(this.#exchanger, this.#assertion({ scope: scopes.join(" ") }, subject));
    }
    const issuedAt = this.#now();
    const claims = {
      iss: this.email,
      sub: this.email,
      ...(scopes.length > 0 ? { scope: scopes.join(" ") } : { aud: audience }),
      ...lifetimeFrom(issuedAt),
    };
    return { token: this.#key.signJwt(claims), issuedAt, expiresAt: claims.exp * 1_000 };
  }

  async idToken(audience: string): Promise<Issued> {
    if (this.#universe !== GOOGLE_UNIVERSE) throw unsupported(this.kind, `give ID tokens outside ${GOOGLE_UNIVERSE}`);
    return exchangeForIdToken(this.#exchanger, this.#assertion({ target_audience: audience }, undefined));
  }

  async projectId(): Promise<string | undefined> {
    return this.#key.projectId;
  }

  async universeDomain(): Promise<string> {
    return this.#universe;
  }

  async signJwt(claims: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#key.signJwt(claims);
  }

  async signBlob(bytes: Uint8Array): Promise<SignedBlob> {
    return { keyId: this.#key.keyId, signature: this.#key.sign(bytes) };
  }

  #assertion(wanted: Readonly<Record<string, string>>, subject: string | undefined): string {
    return this.#key.signJwt({
      iss: this.email,
      aud: this.#exchanger.tokenUri,
      ...lifetimeFrom(this.#now()),
      ...wanted,
      ...(subject !== undefined && { sub: subject }),
    });
  }
}
