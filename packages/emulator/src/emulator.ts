import { apisAt, type EmulatorApis, type EmulatorEndpoints, endpointsAt } from "./addresses.ts";
import { type ApproveOptions, createEmulatorBrowser, type EmulatorBrowser } from "./approve.ts";
import { createClock, type EmulatorClock } from "./clock.ts";
import { Directory, type EmulatorClient, type EmulatorUser } from "./directory.ts";
import type { Google } from "./google.ts";
import { GrantLedger, type GrantSummary } from "./grants.ts";
import { FaultList, type Faults } from "./http/faults.ts";
import { listen } from "./http/listen.ts";
import { createListener, type Service } from "./http/listener.ts";
import { RequestRecorder, type RequestLog } from "./http/request-log.ts";
import type { JsonObject, SignOptions } from "./jwt.ts";
import { KeyRing } from "./keys.ts";
import { answerMetadata } from "./metadata/answer.ts";
import { Instance } from "./metadata/instance.ts";
import { type EmulatorOptions, resolveOptions } from "./options.ts";
import { endpointOf, handle } from "./routes.ts";
import type { EmulatorServiceAccount } from "./service/account.ts";
import { ServiceAccounts } from "./service/accounts.ts";
import { createHandle, type ServiceAccountHandle } from "./service/handle.ts";
import { Browsers } from "./signin/browsers.ts";
import {
  describeExternalAccount,
  type ExternalAccountFile,
  type ExternalAccountOptions,
  requireAudience,
} from "./sts/external-account.ts";
import { subjectTokenClaims } from "./sts/subject-token.ts";

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

/**
 * Starts Google's OAuth 2.0 and OpenID Connect endpoints on this machine.
 *
 * @throws `TypeError` for an invalid option; the error of `listen()` where the port is taken.
 *
 * @example
 * ```ts
 * const google = await startEmulator({ clients: [client] });
 * const auth = googleOAuth({ client, redirectUri, endpoints: google.endpoints });
 * const callback = await google.approve(authorizationUrl, { user: "ada@example.com" });
 * await google.stop();
 * ```
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const settings = resolveOptions(options);
  const clock = createClock(settings.now);
  const directory = new Directory(settings.clients, settings.users);
  const serviceAccounts = new ServiceAccounts(settings.serviceAccounts);
  if (typeof settings.instance.serviceAccount === "string") serviceAccounts.require(settings.instance.serviceAccount);
  const keys = await KeyRing.create();
  const server = await listen(settings);
  const metadataServer = await listen({ host: settings.host, port: settings.instance.port ?? 0 }).catch(
    async (error: unknown) => {
      await server.stop();
      throw error;
    },
  );
  const url = `http://${server.host}`;
  const endpoints = endpointsAt(url);
  const grants = new GrantLedger(() => clock.now());
  const browsers = new Browsers();
  const google: Google = { url, settings, clock, directory, serviceAccounts, grants, keys, browsers };
  const requests = new RequestRecorder();
  const faults = new FaultList();
  const instance = new Instance(google, settings.instance);
  const listenerOf = (service: Service) => createListener(google, requests, faults, service);
  server.answerWith(listenerOf({ endpointOf, handle: (exchange) => handle(google, exchange) }));
  metadataServer.answerWith(
    listenerOf({ endpointOf: () => "metadata", handle: (exchange) => answerMetadata(google, instance, exchange) }),
  );

  const userOf = (subOrEmail: string) => {
    const user = directory.findUser(subOrEmail);
    if (!user) throw new TypeError(`The emulator has no account "${subOrEmail}"`);
    return user.sub;
  };
  const ownerOf = (account: string) => serviceAccounts.find(account)?.clientId ?? userOf(account);
  const createBrowser = () => createEmulatorBrowser(google);
  const stop = async () => {
    await Promise.all([server.stop(), metadataServer.stop()]);
  };

  return {
    url,
    issuer: url,
    endpoints,
    apis: apisAt(url),
    get clients() {
      return directory.clients;
    },
    get users() {
      return directory.users;
    },
    addClient: (client) => directory.addClient(client),
    addUser: (user) => directory.addUser(user),
    removeUser: (user) => {
      const sub = userOf(user);
      grants.revoke(sub);
      directory.removeUser(sub);
    },
    get serviceAccounts() {
      return serviceAccounts.all.map(({ email }) => createHandle(google, email));
    },
    serviceAccount: (emailOrId) => createHandle(google, serviceAccounts.require(emailOrId).email),
    addServiceAccount: (account) => createHandle(google, serviceAccounts.add(account).email),
    removeServiceAccount: (emailOrId) => {
      const { email, clientId } = serviceAccounts.require(emailOrId);
      serviceAccounts.remove(email);
      grants.expireAccessTokens(clientId);
    },
    subjectToken: (claims = {}, { audience, ...signing } = {}) =>
      keys.sign(subjectTokenClaims(google, requireAudience(google, audience), claims), signing),
    externalAccount: (account = {}) => describeExternalAccount(google, endpoints, account),
    metadata: { host: metadataServer.host, attach: (account) => instance.attach(account) },
    requests,
    faults,
    clock,
    rotateKeys: ({ keepOld = true } = {}) => keys.rotate(keepOld),
    revokeUser: (user) => grants.revoke(userOf(user)),
    expireAccessTokens: (account) => grants.expireAccessTokens(account === undefined ? undefined : ownerOf(account)),
    requireReauth: (user) => grants.requireReauth(userOf(user)),
    signIdToken: (claims, signOptions) => keys.sign(claims, signOptions),
    grants: (user) => grants.summary(userOf(user)),
    approve: (authorizationUrl, approval) => createBrowser().approve(authorizationUrl, approval),
    createBrowser,
    reset: () => {
      directory.reset();
      serviceAccounts.reset();
      instance.reset();
      grants.reset();
      browsers.reset();
      faults.clear();
      requests.clear();
      clock.reset();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
