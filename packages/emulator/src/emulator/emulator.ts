import type { ApproveOptions, EmulatorBrowser } from "../browser/emulator-browser.ts";
import type { ExternalAccountFile, ExternalAccountOptions } from "../control/external-account.ts";
import type { ServiceAccountHandle } from "../control/service-account-handle.ts";
import type { EmulatorClient } from "../options/client.ts";
import type { EmulatorServiceAccount } from "../options/service-account.ts";
import type { EmulatorUser } from "../options/user.ts";
import type { EmulatorApis, EmulatorEndpoints } from "../protocol/addresses.ts";
import type { Faults } from "../server/faults.ts";
import type { RequestLog } from "../server/request-log.ts";
import type { JsonObject, SignOptions } from "../signing/jwt.ts";
import type { EmulatorClock } from "../state/clock.ts";
import type { GrantSummary } from "../state/grants.ts";

/** The metadata server, which listens on its own port. */
export interface EmulatorMetadata {
  /** Host and port, such as `127.0.0.1:49153`: the value for the environment variable `GCE_METADATA_HOST`. */
  readonly host: string;
  /**
   * Attaches another service account to the machine, by e-mail address or numeric ID. `null` attaches none.
   *
   * @throws `TypeError` if the service account does not exist.
   */
  attach(serviceAccount: string | null): void;
}

/** A running emulator. A method that gets the name of an account throws a `TypeError` if the account does not exist. */
export interface Emulator extends AsyncDisposable {
  /** The origin, such as `http://127.0.0.1:49152`. */
  readonly url: string;
  /** The `iss` of ID tokens. It is the origin. */
  readonly issuer: string;
  /** The addresses of Google's endpoints, for the option `endpoints` of `googleOAuth()`. */
  readonly endpoints: EmulatorEndpoints;
  /** The base addresses of the emulated APIs. */
  readonly apis: EmulatorApis;
  /** The registered clients. */
  readonly clients: readonly EmulatorClient[];
  /** The existing accounts. */
  readonly users: readonly EmulatorUser[];
  /**
   * Adds a client. It replaces a client with the same ID.
   *
   * @throws `TypeError` if a member is missing or invalid.
   *
   * @example
   * ```ts
   * google.addClient({ ...client, status: "disabled" }); // from now on, the client gets disabled_client
   * ```
   */
  addClient(client: EmulatorClient): EmulatorClient;
  /**
   * Adds an account. It replaces an account with the same `sub`.
   *
   * @throws `TypeError` if `sub` or `email` is missing or empty.
   */
  addUser(user: EmulatorUser): EmulatorUser;
  /** Deletes an account, by `sub` or e-mail address, with its grants and tokens. */
  removeUser(user: string): void;
  /** The existing service accounts. */
  readonly serviceAccounts: readonly ServiceAccountHandle[];
  /** Returns a service account, by e-mail address or numeric ID. Default: the first one. */
  serviceAccount(emailOrId?: string): ServiceAccountHandle;
  /**
   * Adds a service account. It replaces an account with the same e-mail address.
   *
   * @throws `TypeError` if a member is invalid.
   */
  addServiceAccount(account: EmulatorServiceAccount): ServiceAccountHandle;
  /** Deletes a service account, by e-mail address or numeric ID, and expires its access tokens. */
  removeServiceAccount(emailOrId: string): void;
  /** The metadata server. */
  readonly metadata: EmulatorMetadata;
  /**
   * Signs a token of a workload outside Google Cloud, with `claims` in place of the default claims. The provider with
   * the given `audience` accepts it; default: the first provider.
   *
   * @throws `TypeError` if no provider has this audience.
   *
   * @example
   * ```ts
   * const valid = google.subjectToken({ sub: "repo:acme/app" });
   * const forged = google.subjectToken({}, { alg: "none" });
   * ```
   */
  subjectToken(claims?: JsonObject, options?: SignOptions & { readonly audience?: string }): string;
  /**
   * Returns a credential configuration of type `external_account` with the addresses of the emulator.
   *
   * @throws `TypeError` if no provider has this audience.
   *
   * @example
   * ```ts
   * await writeFile("credentials.json", JSON.stringify(google.externalAccount({ impersonate: robot.email })));
   * ```
   */
  externalAccount(options?: ExternalAccountOptions): ExternalAccountFile;
  /** The requests that the emulator received. */
  readonly requests: RequestLog;
  /** The failures that the emulator produces on purpose. */
  readonly faults: Faults;
  /** The clock by which codes and tokens expire. */
  readonly clock: EmulatorClock;
  /**
   * Signs ID tokens with a new key from now on. The previous key stays published, unless `keepOld` is false: then ID
   * tokens that it signed can no longer be verified.
   */
  rotateKeys(options?: { readonly keepOld?: boolean }): void;
  /** Revokes all grants of a user, by `sub` or e-mail address, as if the user removed the apps from the account. */
  revokeUser(user: string): void;
  /**
   * Expires the access tokens of one user, by `sub` or e-mail address, or of one service account, by e-mail address or
   * numeric ID. Default: all access tokens. Refresh tokens stay valid.
   */
  expireAccessTokens(account?: string): void;
  /**
   * Rejects refresh requests for this user with `invalid_grant` and `invalid_rapt`, as Google's session control does,
   * until the user signs in again.
   */
  requireReauth(user: string): void;
  /**
   * Signs exactly these claims with the emulator's key, or forges the signature as `options` say.
   *
   * @example
   * ```ts
   * const forged = google.signIdToken({ iss: google.issuer, aud: "app", sub: "1001" }, { alg: "none" });
   * ```
   */
  signIdToken(claims: JsonObject, options?: SignOptions): string;
  /** Returns the grants of a user, by `sub` or e-mail address, one for each project. */
  grants(user: string): GrantSummary[];
  /**
   * Signs in without a browser: requests the sign-in pages over HTTP and submits their forms, as {@link
   * EmulatorBrowser.approve} does in a new browser.
   *
   * @returns The address that Google would redirect the user's browser to: the callback with `code` and `state`, or
   * with an error.
   * @throws {@link AuthorizationPageError} if the emulator shows an error page.
   * @throws `TypeError` if the URL belongs to another server, the account does not exist, or there is no page to deny.
   *
   * @example
   * ```ts
   * const callback = await google.approve(authorizationUrl, { user: "ada@example.com", scopes: "all" });
   * ```
   */
  approve(authorizationUrl: string | URL, options?: ApproveOptions): Promise<string>;
  /** Creates a browser that stays signed in, for tests with `prompt=none` or several accounts. */
  createBrowser(): EmulatorBrowser;
  /**
   * Forgets grants, tokens, sign-ins, faults, requests and changes of the clock, and restores the clients, users and
   * service accounts of the start. Keys stay the same.
   *
   * @example
   * ```ts
   * beforeEach(() => google.reset());
   * ```
   */
  reset(): void;
  /** Stops listening and closes every connection. */
  stop(): Promise<void>;
}
