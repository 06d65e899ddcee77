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

/** The metadata server, which listens on a port of its own. */
export interface EmulatorMetadata {
  /** `127.0.0.1:49153`, for the variable `GCE_METADATA_HOST`. */
  readonly host: string;
  /** Attaches another service account to the machine, by e-mail address; `null`: none. */
  attach(serviceAccount: string | null): void;
}

/** A running emulator. */
export interface Emulator extends AsyncDisposable {
  /** The origin, such as `http://127.0.0.1:49152`. */
  readonly url: string;
  /** The `iss` of its ID tokens: the origin. */
  readonly issuer: string;
  readonly endpoints: EmulatorEndpoints;
  readonly apis: EmulatorApis;
  readonly clients: readonly EmulatorClient[];
  readonly users: readonly EmulatorUser[];
  /** Adds a client, or replaces the one of the same ID. */
  addClient(client: EmulatorClient): EmulatorClient;
  /** Adds an account, or replaces the one of the same `sub`. */
  addUser(user: EmulatorUser): EmulatorUser;
  /** Deletes an account, by `sub` or e-mail address: all its tokens die. */
  removeUser(user: string): void;
  readonly serviceAccounts: readonly ServiceAccountHandle[];
  /** By e-mail address or numeric ID. Default: the first one. */
  serviceAccount(emailOrId?: string): ServiceAccountHandle;
  /** Adds a service account, or replaces the one of the same e-mail address. */
  addServiceAccount(account: EmulatorServiceAccount): ServiceAccountHandle;
  /** Deletes a service account, with its keys: its tokens die. */
  removeServiceAccount(emailOrId: string): void;
  readonly metadata: EmulatorMetadata;
  /** A token of a workload elsewhere, which the provider of this audience accepts; with some claims changed. */
  subjectToken(claims?: JsonObject, options?: SignOptions & { readonly audience?: string }): string;
  /** A credential configuration of type `external_account` that leads to the emulator. */
  externalAccount(options?: ExternalAccountOptions): ExternalAccountFile;
  /** Every request that arrived. */
  readonly requests: RequestLog;
  /** What goes wrong, on purpose. */
  readonly faults: Faults;
  readonly clock: EmulatorClock;
  /**
   * Signs with a new key from now on. The one before stays published, unless `keepOld` is false:
   * then ID tokens it signed cannot be verified any more.
   */
  rotateKeys(options?: { readonly keepOld?: boolean }): void;
  /** The user removes the app from their account, by `sub` or e-mail address: all their tokens die. */
  revokeUser(user: string): void;
  /** Every live access token, of one user or service account or of all, is refused from now on. Refresh tokens live. */
  expireAccessTokens(account?: string): void;
  /** Session control: refreshing for this user is `invalid_grant` with `invalid_rapt`, until they sign in again. */
  requireReauth(user: string): void;
  /** Signs any claims with the emulator's key, or wrongly. Nothing is added to them. */
  signIdToken(claims: JsonObject, options?: SignOptions): string;
  /** What an account has granted, by project. */
  grants(user: string): GrantSummary[];
  /**
   * Signs in without a browser: walks the pages over HTTP, as {@link EmulatorBrowser.approve} of a
   * browser that has never been here.
   *
   * @returns The address that the user's browser would be sent to: the callback with `code` and
   * `state`, or with an error.
   * @throws {@link AuthorizationPageError} where Google shows an error page in place of redirecting.
   */
  approve(authorizationUrl: string | URL, options?: ApproveOptions): Promise<string>;
  /** A browser that remembers who signed in, for what `approve()` alone cannot do, such as `prompt=none`. */
  createBrowser(): EmulatorBrowser;
  /** Forgets grants, tokens, sign-ins, faults, requests and clock; clients and users are again those of the start. */
  reset(): void;
  /** Stops listening and cuts every connection. */
  stop(): Promise<void>;
}
