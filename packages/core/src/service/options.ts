import type { Dispatcher } from "undici";
import type { HttpClient } from "../google/http-client.ts";
import { createHttpClient } from "../google/http-client.ts";
import { checkFunction, checkHosts, checkProject, checkUrl, isDomain, readScopes } from "./checks.ts";

/** Environment variables, as in `process.env`. An empty variable counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Addresses that replace Google's, for example those of the emulator. Each must be an https URL, or an http URL of
 * localhost or a loopback address.
 */
export interface ServiceEndpoints {
  /**
   * Address where signed assertions and refresh tokens are exchanged (RFC 6749 section 3.2). Default: the `token_uri` of
   * the credentials, else `https://oauth2.googleapis.com/token`.
   */
  readonly token?: string;
  /**
   * Address of the Security Token Service. Default: the `token_url` of the configuration, else
   * `https://sts.googleapis.com/v1/token` (https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token).
   */
  readonly sts?: string;
  /**
   * Address of the IAM Credentials API, including its version. Default `https://iamcredentials.googleapis.com/v1`
   * (https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts).
   */
  readonly iamCredentials?: string;
}

/** Options that all sources share. All of them are checked when the source is created. */
export interface SourceOptions {
  /**
   * Scopes of access tokens: an array, or one string with spaces between the scopes. ID tokens need no scopes. Default:
   * none; `withScopes` can add them later.
   */
  readonly scopes?: string | readonly string[];
  /**
   * ID of the project that quota and costs are charged to. `fetch` sends it as the header `x-goog-user-project`.
   * Default: the project that the credentials name for it, else none.
   */
  readonly quotaProject?: string;
  /**
   * Domain of the APIs, for a cloud that is separate from Google's public one. Default: the domain that the key or the
   * metadata server names, else `googleapis.com`.
   */
  readonly universeDomain?: string;
  /**
   * Hosts that `fetch` may send tokens to: exact hosts with their ports, or `*.` and a domain for all hosts below it. A
   * list replaces the default. Default: all hosts below the universe domain, and the hosts of `endpoints`.
   */
  readonly apiHosts?: readonly string[];
  /** Addresses that replace Google's. Default: none. */
  readonly endpoints?: ServiceEndpoints;
  /** The `fetch` that calls the APIs, with its own proxy and timeout settings. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * The undici dispatcher of token requests, for example a `ProxyAgent`. Requests to a metadata server, and to a
   * `credential_source.url` on this machine or its link, do not use it. Default: undici's global dispatcher.
   */
  readonly dispatcher?: Dispatcher;
  /** Milliseconds that one attempt of a token request may take, a whole number from 1 to 120,000. Default 10,000. */
  readonly timeout?: number;
  /** Returns the current time in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** The shared options of a source, checked and completed. */
export interface SourceSettings {
  /** Name of the function that created the source, for error messages. */
  readonly caller: string;
  readonly scopes: readonly string[];
  readonly quotaProject: string | undefined;
  readonly universeDomain: string | undefined;
  readonly apiHosts: readonly string[] | undefined;
  readonly endpoints: ServiceEndpoints;
  readonly endpointHosts: readonly string[];
  readonly fetch: typeof globalThis.fetch;
  readonly request: HttpClient;
  /** The HTTP client for addresses in this machine's own network. It uses no proxy: no proxy leads there. */
  readonly requestDirectly: HttpClient;
  readonly now: () => number;
  /** ID of the project that the environment names. */
  readonly project?: string | undefined;
}

/** The domain of Google's public cloud. */
export const GOOGLE_UNIVERSE = "googleapis.com";

/** Names of options. The type makes a missing name a compile error. */
type OptionNames<T> = Readonly<Record<keyof T, true>>;

const SHARED_OPTIONS: OptionNames<SourceOptions> = {
  scopes: true,
  quotaProject: true,
  universeDomain: true,
  apiHosts: true,
  endpoints: true,
  fetch: true,
  dispatcher: true,
  timeout: true,
  now: true,
};

/**
 * Checks the options that all sources share, and rejects options other than these and `ownOptions`.
 * @throws TypeError that names the function and the option
 */
export function resolveSettings<T extends SourceOptions>(
  caller: string,
  options: T,
  ownOptions: OptionNames<Omit<T, keyof SourceOptions>>,
): SourceSettings {
  checkOptionNames(caller, options, [...Object.keys(ownOptions), ...Object.keys(SHARED_OPTIONS)]);
  const {
    quotaProject,
    universeDomain,
    apiHosts,
    endpoints = {},
    dispatcher,
    timeout,
    now = () => Date.now(),
  } = options;
  checkFunction(options.fetch, `${caller}: \`fetch\``);
  checkFunction(now, `${caller}: \`now\``);
  const addresses = Object.entries(endpoints).map(([name, url]) => checkUrl(url, `${caller}: \`endpoints.${name}\``));
  if (universeDomain !== undefined && !isDomain(universeDomain))
    throw new TypeError(`${caller}: \`universeDomain\` must be a domain such as "googleapis.com"`);
  checkProject(quotaProject, `${caller}: \`quotaProject\``);
  return Object.freeze({
    caller,
    scopes: readScopes(options.scopes, `${caller}: \`scopes\``),
    quotaProject,
    universeDomain,
    apiHosts: checkHosts(apiHosts, `${caller}: \`apiHosts\``)?.slice(),
    endpoints: Object.freeze({ ...endpoints }),
    endpointHosts: [...new Set(addresses.map((url) => new URL(url).host))],
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    request: createHttpClient({ dispatcher, timeout, now }),
    requestDirectly: createHttpClient({ dispatcher: "direct", timeout, now }),
    now,
  });
}

function checkOptionNames(caller: string, options: SourceOptions, known: readonly string[]): void {
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue;
    const names = known.map((name) => `\`${name}\``).join(", ");
    throw new TypeError(`${caller}: unknown option \`${option}\`; the options are ${names}`);
  }
}
