import { defaultClients, type EmulatorClient } from "./client.ts";
import type { EmulatorInstance } from "./instance.ts";
import { defaultServiceAccounts, type EmulatorServiceAccount } from "./service-account.ts";
import { defaultUsers, type EmulatorUser } from "./user.ts";
import { checkProviders, defaultProviders, type EmulatorWorkloadProvider } from "./workload-provider.ts";

/** Which of Google's additional parameters the callback carries, besides `code` and `state`. Each is on by default. */
export interface CallbackExtras {
  /** The issuer (RFC 9207). Google does not send it in every case yet. */
  readonly iss?: boolean;
  /** The position of the account among the accounts that are signed in to the browser. */
  readonly authuser?: boolean;
  /** The granted scopes. */
  readonly scope?: boolean;
  /** `consent` if the user saw the consent page, otherwise `none`. */
  readonly prompt?: boolean;
  /** The Workspace domain of the account, if it has one. */
  readonly hd?: boolean;
}

/** The options of {@link startEmulator}. All of them have defaults. */
export interface EmulatorOptions {
  /** The port to listen on, from 0 to 65535. Default 0: a free port. */
  readonly port?: number;
  /**
   * The address to listen on: `"127.0.0.1"` (default), `"::1"` or `"localhost"`. The emulator accepts no other address,
   * because anyone who can reach it can sign in with any account.
   */
  readonly host?: string;
  /** The OAuth clients. Default: one client, `scopegate-local.apps.googleusercontent.com`. */
  readonly clients?: readonly EmulatorClient[];
  /** The Google accounts. Default: Ada, Grace (of the Workspace domain `workspace.example`) and Katherine. */
  readonly users?: readonly EmulatorUser[];
  /** The service accounts. Default: `robot@scopegate-local.iam.gserviceaccount.com`, without delegated scopes. */
  readonly serviceAccounts?: readonly EmulatorServiceAccount[];
  /** The machine that the metadata server describes. Default: one with the first service account attached. */
  readonly instance?: EmulatorInstance;
  /**
   * The providers whose tokens the Security Token Service exchanges. Default: one provider, which accepts the tokens
   * that `subjectToken()` signs.
   */
  readonly workloadProviders?: readonly EmulatorWorkloadProvider[];
  /** Which additional parameters the callback carries. Default: all of them. */
  readonly callbackExtras?: CallbackExtras;
  /** The lifetime of access tokens, in seconds: a positive integer. Default 3599, as Google's. */
  readonly accessTokenLifetime?: number;
  /**
   * Returns the current time, in milliseconds since the epoch. The emulator's clock starts from it. Default `Date.now`.
   */
  readonly now?: () => number;
}

/** The options with their defaults applied. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly clients: readonly EmulatorClient[];
  readonly users: readonly EmulatorUser[];
  readonly serviceAccounts: readonly EmulatorServiceAccount[];
  readonly instance: EmulatorInstance;
  readonly workloadProviders: readonly EmulatorWorkloadProvider[];
  readonly callbackExtras: Required<CallbackExtras>;
  readonly accessTokenLifetime: number;
  readonly now: () => number;
}

const loopbackHosts = ["127.0.0.1", "::1", "localhost"];

/** @throws `TypeError` that names the invalid option. */
export function resolveOptions(options: EmulatorOptions): Settings {
  const { port = 0, host = "127.0.0.1", accessTokenLifetime = 3599 } = options;
  requirePort("port", port);
  requirePort("instance.port", options.instance?.port ?? 0);
  if (!loopbackHosts.includes(host)) {
    throw new TypeError(
      `"host" must be a loopback address (${loopbackHosts.join(", ")}), not "${host}": anyone who can reach the emulator can sign in with any account`,
    );
  }
  if (!Number.isInteger(accessTokenLifetime) || accessTokenLifetime <= 0) {
    throw new TypeError(
      `"accessTokenLifetime" must be a positive integer, in seconds, not ${String(accessTokenLifetime)}`,
    );
  }
  const extras = { iss: true, authuser: true, scope: true, prompt: true, hd: true };
  return Object.freeze({
    port,
    host,
    accessTokenLifetime,
    clients: options.clients ?? defaultClients,
    users: options.users ?? defaultUsers,
    serviceAccounts: options.serviceAccounts ?? defaultServiceAccounts,
    instance: Object.freeze({ ...options.instance }),
    workloadProviders: checkProviders(options.workloadProviders ?? defaultProviders),
    callbackExtras: Object.freeze({ ...extras, ...options.callbackExtras }),
    now: options.now ?? (() => Date.now()),
  });
}

/** Whether a server can listen on this port. Port 0 means a free port. */
export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535;
}

function requirePort(name: string, port: number): void {
  if (!isPort(port)) {
    throw new TypeError(`"${name}" must be an integer from 0 to 65535, not ${String(port)}`);
  }
}
