/** Options of `getAccessToken`. */
export interface AccessTokenOptions {
  /** Requests a new token although the current one is still valid. Default `false`. */
  readonly forceRefresh?: boolean;
}

/** A signature that a service account made. */
export interface SignedBlob {
  /**
   * ID of the key that signed. `https://www.googleapis.com/service_accounts/v1/metadata/x509/EMAIL` lists the
   * certificates of an account by this ID. `undefined`: the key file or the API did not name it.
   */
  readonly keyId: string | undefined;
  /** The signature's bytes: RSASSA-PKCS1-v1_5 with SHA-256. */
  readonly signature: Uint8Array;
}

/**
 * A source of tokens for the app itself, as opposed to tokens of a user who signed in. The tokens are those of a service
 * account, of the machine that the app runs on, or of the developer. The functions of `@scopegate/core/service` create
 * sources. Create a source once, when the app starts, and share it: it keeps its tokens in memory.
 *
 * The methods reject with an `AuthError`, whose `code` says what failed and whose `remedy` says what to change.
 *
 * @example
 * ```ts
 * import { applicationDefault, type TokenSource } from "@scopegate/core/service";
 *
 * const source: TokenSource = applicationDefault({ scopes: "https://www.googleapis.com/auth/drive.readonly" });
 * const response = await source.fetch("https://www.googleapis.com/drive/v3/files");
 * console.log(await response.json());
 * ```
 */
export interface TokenSource {
  /**
   * The kind of credentials: `service_account`, `compute_engine`, `impersonated`, `external_account`, `downscoped`,
   * `authorized_user` or `external_account_authorized_user`.
   */
  readonly kind: string;
  /** The service account's e-mail address. `undefined`: unknown without a request to Google, or there is no account. */
  readonly email: string | undefined;
  /** The scopes that access tokens are requested for, spelled as the app gave them. Empty if the app gave none. */
  readonly scopes: readonly string[];
  /** E-mail address of the user that the service account acts for (domain-wide delegation). */
  readonly subject: string | undefined;
  /** ID of the project that quota and costs are charged to. {@link fetch} sends it as `x-goog-user-project`. */
  readonly quotaProject: string | undefined;
  /**
   * Returns an access token that is valid for another minute at least (a token that lives less than ten minutes: for a
   * tenth of its lifetime). The source keeps the token in memory and replaces it in the background before it expires.
   * Concurrent calls share one request.
   *
   * @throws TypeError if the source needs scopes and has none
   * @throws AuthError `temporarily_unavailable` or `metadata_unavailable` for failures that a later call may not have;
   *   other codes if the configuration must be changed
   *
   * @example
   * ```ts
   * import { applicationDefault } from "@scopegate/core/service";
   *
   * const source = applicationDefault({ scopes: "https://www.googleapis.com/auth/devstorage.read_only" });
   * const accessToken = await source.getAccessToken();
   * ```
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>;
  /**
   * Returns an ID token of the service account, for a service that checks who calls it, such as a private service on
   * Cloud Run. The source keeps one token for each audience and replaces it as {@link getAccessToken} does.
   *
   * @param audience - the value that the service expects in the claim `aud`, usually its own address
   * @throws TypeError if `audience` is empty, or if the source has a `subject`: an ID token names the account only
   * @throws AuthError `unsupported_credentials` if credentials of this kind have no ID tokens; else as
   *   {@link getAccessToken}
   *
   * @example
   * ```ts
   * import { applicationDefault } from "@scopegate/core/service";
   *
   * const url = "https://orders-abc123.a.run.app";
   * const idToken = await applicationDefault().getIdToken(url);
   * const response = await fetch(`${url}/orders`, { headers: { authorization: `Bearer ${idToken}` } });
   * ```
   */
  getIdToken(audience: string): Promise<string>;
  /**
   * Calls a Google API, with the parameters and the result of the global `fetch`. It adds the access token as a Bearer
   * token in the `Authorization` header (RFC 6750 section 2.1), and only for the hosts in `apiHosts`. If the API
   * responds with 401, the source gets a new token and repeats the call once, unless the body is a stream, which cannot
   * be sent twice.
   *
   * @throws TypeError if the host is not in `apiHosts`, or the address is neither https nor on this machine
   * @throws AuthError as {@link getAccessToken}
   *
   * @example
   * ```ts
   * import { serviceAccount } from "@scopegate/core/service";
   *
   * const scopes = "https://www.googleapis.com/auth/calendar.events.readonly";
   * const source = serviceAccount({ keyFile: "key.json", scopes, subject: "ada@example.com" });
   * const response = await source.fetch("https://www.googleapis.com/calendar/v3/calendars/primary/events");
   * if (!response.ok) throw new Error(`The Calendar API responded with ${response.status}`);
   * ```
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /**
   * Returns a copy of this source for other scopes. The copy shares the credentials and the stored tokens.
   *
   * @throws TypeError if a scope is malformed (RFC 6749 section 3.3)
   */
  withScopes(scopes: string | readonly string[]): TokenSource;
  /**
   * Returns a copy of this source that acts for a user of the Workspace domain. A Workspace administrator must have
   * delegated the scopes to the service account (domain-wide delegation).
   *
   * @param subject - the user's primary e-mail address
   * @throws TypeError if `subject` is empty, or if credentials of this kind cannot act for a user
   *
   * @example
   * ```ts
   * import { serviceAccount } from "@scopegate/core/service";
   *
   * const source = serviceAccount({ keyFile: "key.json", scopes: "https://www.googleapis.com/auth/drive.readonly" });
   * for (const user of ["ada@example.com", "grace@example.com"]) {
   *   const response = await source.withSubject(user).fetch("https://www.googleapis.com/drive/v3/files");
   *   console.log(user, await response.json());
   * }
   * ```
   */
  withSubject(subject: string): TokenSource;
  /**
   * Returns the ID of the project that the environment (`applicationDefault` only), the credentials or the metadata
   * server names. `undefined`: none of them names one.
   *
   * @throws AuthError `metadata_unavailable`, `metadata_refused` or `no_default_credentials` if the metadata server had
   *   to be called
   */
  projectId(): Promise<string | undefined>;
  /**
   * Signs a JWT as the service account, with the algorithm RS256 (RFC 7515): with the key, or by the IAM Credentials API
   * if there is no key. The claims are signed as they are given: add `iss`, `aud`, `iat` and `exp` (seconds since the
   * epoch) as the recipient needs them.
   *
   * @throws AuthError `unsupported_credentials` if credentials of this kind cannot sign; `impersonation_refused` if the
   *   IAM Credentials API refused to sign
   *
   * @example
   * ```ts
   * import { serviceAccount } from "@scopegate/core/service";
   *
   * const source = serviceAccount({ keyFile: "key.json" });
   * const iat = Math.floor(Date.now() / 1000);
   * const jwt = await source.signJwt({ iss: source.email, aud: "https://orders.example.com", iat, exp: iat + 300 });
   * ```
   */
  signJwt(claims: Readonly<Record<string, unknown>>): Promise<string>;
  /**
   * Signs bytes as the service account, for example for a signed URL of Cloud Storage: with the key, or by the IAM
   * Credentials API if there is no key.
   *
   * @throws AuthError as {@link signJwt}
   */
  signBlob(bytes: Uint8Array): Promise<SignedBlob>;
}
