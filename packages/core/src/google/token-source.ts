/** Options of `getAccessToken`. */
export interface AccessTokenOptions {
  /** Refresh even if the present token is still good. Default `false`. */
  readonly forceRefresh?: boolean;
}

/** A signature by a service account's key. */
export interface SignedBlob {
  /** The key that signed, as `https://www.googleapis.com/service_accounts/v1/metadata/x509/EMAIL` lists it. */
  readonly keyId: string | undefined;
  /** RSASSA-PKCS1-v1_5 with SHA-256. */
  readonly signature: Uint8Array;
}

/**
 * Tokens for the app itself, not for a user who signed in: of a service account, of the machine that it runs on, or of
 * who developed it. Made by the functions of `@scopegate/core/service`.
 */
export interface TokenSource {
  /** Where tokens come from: `service_account`, `compute_engine`, `impersonated`, `external_account`, … */
  readonly kind: string;
  /** The service account's e-mail address, where it is known without asking anybody. */
  readonly email: string | undefined;
  /** Scopes that access tokens are asked for, as they were given. */
  readonly scopes: readonly string[];
  /** The user that domain-wide delegation acts for. */
  readonly subject: string | undefined;
  /** The project that quota and bills go to: the header `x-goog-user-project` of {@link fetch}. */
  readonly quotaProject: string | undefined;
  /**
   * A live access token. It is kept until shortly before its end and replaced in the background; however many ask at
   * once, one request is made.
   * @throws AuthError whose `remedy` says what to change; TypeError where no scope was named
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>;
  /**
   * A live ID token for a service that checks who calls it, such as one on Cloud Run.
   * @param audience - what that service expects, mostly its address
   */
  getIdToken(audience: string): Promise<string>;
  /**
   * Calls a Google API, as the global `fetch` does. The token goes to `apiHosts` only; on a 401 there is one refresh
   * and one retry.
   * @throws TypeError for a host that is not allowed; AuthError as {@link getAccessToken}
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** A copy with other scopes; this one stays as it is. */
  withScopes(scopes: string | readonly string[]): TokenSource;
  /** A copy that acts for a user of the Workspace domain (domain-wide delegation); this one stays as it is. */
  withSubject(subject: string): TokenSource;
  /** The project of the credentials, if any is known. */
  projectId(): Promise<string | undefined>;
  /** Signs a JWT (RS256) as the service account: with its key, or by the IAM Credentials API. */
  signJwt(claims: Readonly<Record<string, unknown>>): Promise<string>;
  /** Signs bytes as the service account, such as for a signed URL of Cloud Storage. */
  signBlob(bytes: Uint8Array): Promise<SignedBlob>;
}
