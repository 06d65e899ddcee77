import { defaultClients, type EmulatorClient } from "./client.ts";
import type { EmulatorInstance } from "./instance.ts";
import { defaultServiceAccounts, type EmulatorServiceAccount } from "./service-account.ts";
import { defaultUsers, type EmulatorUser } from "./user.ts";
import { checkProviders, defaultProviders, type EmulatorWorkloadProvider } from "./workload-provider.ts";

/** Which of Google's extra parameters the callback carries beside `code` and `state`. */
export interface CallbackExtras {
  /** The issuer (RFC 9207), which Google does not send everywhere yet. */
  readonly iss?: boolean;
  /** The account's position among those the browser is signed in to. */
  readonly authuser?: boolean;
  /** The granted scopes. */
  readonly scope?: boolean;
  /** `consent` or `none`: whether the user was asked. */
  readonly prompt?: boolean;
  /** The account's Workspace domain, where it has one. */
  readonly hd?: boolean;
}

/** Options of {@link startEmulator}. */
export interface EmulatorOptions {
  /** Default 0: a free port. */
  readonly port?: number;
  /** `"127.0.0.1"` (default), `"::1"` or `"localhost"`: the emulator serves this machine only. */
  readonly host?: string;
  /** Default: one client, `scopegate-local.apps.googleusercontent.com`. */
  readonly clients?: readonly EmulatorClient[];
  /** Default: Ada, Grace (of the Workspace domain `workspace.example`) and Katherine. */
  readonly users?: readonly EmulatorUser[];
  /** Default: one, `robot@scopegate-local.iam.gserviceaccount.com`, with nothing delegated to it. */
  readonly serviceAccounts?: readonly EmulatorServiceAccount[];
  /** The machine that the metadata server tells about. Default: one that the first service account is attached to. */
  readonly instance?: EmulatorInstance;
  /** Whose tokens the Security Token Service exchanges. Default: one provider, of tokens that `subjectToken()` signs. */
  readonly workloadProviders?: readonly EmulatorWorkloadProvider[];
  /** All on by default. */
  readonly callbackExtras?: CallbackExtras;
  /** Seconds. Default 3599, as Google's. */
  readonly accessTokenLifetime?: number;
  /** The clock's source, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

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

export function resolveOptions(options: EmulatorOptions): Settings {
  const { port = 0, host = "127.0.0.1", accessTokenLifetime = 3599 } = options;
  requirePort("port", port);
  requirePort("instance.port", options.instance?.port ?? 0);
  if (!loopbackHosts.includes(host)) {
    throw new TypeError(`"host" must be a loopback address (${loopbackHosts.join(", ")}), not "${host}"`);
  }
  if (!Number.isInteger(accessTokenLifetime) || accessTokenLifetime <= 0) {
    throw new TypeError('"accessTokenLifetime" must be a positive number of seconds');
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
    now: options.now ?? Date.now,
  });
}

function requirePort(name: string, port: number): void {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new TypeError(`"${name}" must be an integer from 0 to 65535, not ${String(port)}`);
  }
}
