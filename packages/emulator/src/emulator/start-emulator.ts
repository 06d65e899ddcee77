import { createEmulatorBrowser } from "../browser/emulator-browser.ts";
import {
  expireAccessTokens,
  removeServiceAccount,
  removeUser,
  requireReauth,
  revokeUser,
  summarizeGrants,
} from "../control/accounts.ts";
import { describeExternalAccount, signSubjectToken } from "../control/external-account.ts";
import { createHandle } from "../control/service-account-handle.ts";
import { Instance } from "../metadata/instance.ts";
import { handleMetadata } from "../metadata/metadata-server.ts";
import { type EmulatorOptions, resolveOptions, type Settings } from "../options/options.ts";
import { apisAt, endpointsAt } from "../protocol/addresses.ts";
import { FaultList } from "../server/faults.ts";
import { listen } from "../server/listen.ts";
import { createListener, type Service } from "../server/listener.ts";
import { RequestRecorder } from "../server/request-log.ts";
import { isLoopbackHost, isMetadataHost } from "../server/served-hosts.ts";
import { createState, type Google, resetState } from "../state/google.ts";
import type { Emulator } from "./emulator.ts";
import { endpointOf, handle } from "./routes.ts";

/**
 * Starts an emulator of Google's OAuth 2.0 and OpenID Connect endpoints on this machine.
 *
 * @throws `TypeError` for an invalid option; the error of Node's `listen()`, such as `EADDRINUSE` for a port in use.
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
  const state = await createState(settings);
  const { directory, serviceAccounts, keys, clock } = state;
  if (typeof settings.instance.serviceAccount === "string") serviceAccounts.require(settings.instance.serviceAccount);
  const { server, metadataServer } = await listenTwice(settings);
  const url = `http://${server.host}`;
  const google: Google = { ...state, url };
  const requests = new RequestRecorder();
  const faults = new FaultList();
  const instance = new Instance(google, settings.instance);
  const shared: Pick<Service, "requests" | "faults" | "now" | "sign"> = {
    requests,
    faults,
    now: () => clock.now(),
    sign: (claims, signing) => keys.sign(claims, signing),
  };
  server.serve(
    createListener({
      ...shared,
      servesHost: isLoopbackHost,
      endpointOf,
      handle: (exchange) => handle(google, exchange),
    }),
  );
  metadataServer.serve(
    createListener({
      ...shared,
      servesHost: isMetadataHost,
      endpointOf: () => "metadata",
      handle: (exchange) => handleMetadata(google, instance, exchange),
    }),
  );

  const endpoints = endpointsAt(url);
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
    removeUser: (user) => removeUser(google, user),
    get serviceAccounts() {
      return serviceAccounts.all.map(({ email }) => createHandle(google, email));
    },
    serviceAccount: (emailOrId) => createHandle(google, serviceAccounts.require(emailOrId).email),
    addServiceAccount: (account) => createHandle(google, serviceAccounts.add(account).email),
    removeServiceAccount: (emailOrId) => removeServiceAccount(google, emailOrId),
    subjectToken: (claims, signing) => signSubjectToken(google, claims, signing),
    externalAccount: (account) => describeExternalAccount(google, endpoints, account),
    metadata: { host: metadataServer.host, attach: (account) => instance.attach(account) },
    requests,
    faults,
    clock,
    rotateKeys: ({ keepOld = true } = {}) => keys.rotate(keepOld),
    revokeUser: (user) => revokeUser(google, user),
    expireAccessTokens: (account) => expireAccessTokens(google, account),
    requireReauth: (user) => requireReauth(google, user),
    signIdToken: (claims, signOptions) => keys.sign(claims, signOptions),
    grants: (user) => summarizeGrants(google, user),
    approve: (authorizationUrl, approval) => createBrowser().approve(authorizationUrl, approval),
    createBrowser,
    reset: () => {
      resetState(google);
      instance.reset();
      faults.clear();
      requests.clear();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Opens the ports of the emulator and of the metadata server. If one fails, the other does not stay open. */
async function listenTwice({ host, port, instance }: Settings) {
  const server = await listen({ host, port });
  try {
    return { server, metadataServer: await listen({ host, port: instance.port ?? 0 }) };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
