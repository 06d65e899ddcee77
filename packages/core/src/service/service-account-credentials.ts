import type { SignedBlob } from "../google/token-source.ts";
import type { ServiceAccountKey } from "./account-key.ts";
import { assertionTimes, exchangeForAccessToken, exchangeForIdToken } from "./assertion.ts";
import type { AssertionEndpoint } from "./assertion.ts";
import { checkUrl } from "./checks.ts";
import { delegationOutsideGoogle, requireScopes, unsupported } from "./credentials.ts";
import type { Credentials, IssuedToken, RequestedAccess } from "./credentials.ts";
import { GOOGLE_UNIVERSE } from "./options.ts";
import type { SourceSettings } from "./options.ts";

/** Which access tokens the account signs itself, without a token request (AIP-4111). */
interface SelfSigning {
  readonly audience?: string | undefined;
  readonly selfSigned?: boolean;
}

/** The credentials of a service account that signs with its own key. */
export class ServiceAccountCredentials implements Credentials {
  readonly kind = "service_account";
  readonly #key: ServiceAccountKey;
  readonly #endpoint: AssertionEndpoint;
  readonly #settings: SourceSettings;
  readonly #universe: string;
  readonly #selfSigning: SelfSigning;

  constructor(key: ServiceAccountKey, settings: SourceSettings, selfSigning: SelfSigning = {}) {
    const { request, now, endpoints, universeDomain = key.universeDomain ?? GOOGLE_UNIVERSE } = settings;
    const url = endpoints.token ?? key.tokenUri ?? `https://oauth2.${universeDomain}/token`;
    this.#key = key;
    this.#settings = settings;
    this.#universe = universeDomain;
    this.#selfSigning = selfSigning;
    this.#endpoint = { request, now, url: checkUrl(url, `${key.origin}: \`token_uri\``) };
  }

  get email(): string {
    return this.#key.email;
  }

  get quotaProject(): string | undefined {
    return this.#key.quotaProject;
  }

  checkAccess({ scopes, subject }: RequestedAccess, caller: string): void {
    if (subject === undefined) return;
    // The claims of a self-signed token name the account itself. No claim of it names a user that the account acts for.
    if (this.#selfSigning.audience !== undefined && scopes.length === 0) {
      throw new TypeError(
        `${caller}: with \`audience\` the account signs its tokens itself and cannot act for \`subject\`; give \`scopes\` in place of \`audience\``,
      );
    }
    if (this.#universe !== GOOGLE_UNIVERSE) throw delegationOutsideGoogle(caller);
  }

  async accessToken(access: RequestedAccess): Promise<IssuedToken> {
    const { audience, selfSigned } = this.#selfSigning;
    const { scopes, subject } = access;
    if (audience === undefined) requireScopes(access, this.#settings.caller);
    // Only Google's own universe has a token endpoint that exchanges assertions.
    const isExchanged = !selfSigned && scopes.length > 0 && this.#universe === GOOGLE_UNIVERSE;
    if (isExchanged || subject !== undefined) {
      return exchangeForAccessToken(this.#endpoint, this.#signAssertion({ scope: scopes.join(" ") }, subject));
    }
    const issuedAt = this.#settings.now();
    const claims = {
      iss: this.email,
      sub: this.email,
      ...(scopes.length > 0 ? { scope: scopes.join(" ") } : { aud: audience }),
      ...assertionTimes(issuedAt),
    };
    return { token: this.#key.signJwt(claims), issuedAt, expiresAt: claims.exp * 1_000 };
  }

  async idToken(audience: string): Promise<IssuedToken> {
    if (this.#universe !== GOOGLE_UNIVERSE) throw unsupported(this.kind, `get ID tokens outside ${GOOGLE_UNIVERSE}`);
    return exchangeForIdToken(this.#endpoint, this.#signAssertion({ target_audience: audience }, undefined));
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

  #signAssertion(purpose: Readonly<Record<string, string>>, subject: string | undefined): string {
    return this.#key.signJwt({
      iss: this.email,
      aud: this.#endpoint.url,
      ...assertionTimes(this.#settings.now()),
      ...purpose,
      ...(subject !== undefined && { sub: subject }),
    });
  }
}
