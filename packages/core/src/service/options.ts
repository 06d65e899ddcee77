import type { Dispatcher } from "undici";
import { isLoopback } from "../google/endpoints.ts";
import type { HttpClient } from "../google/http-client.ts";
import { createHttpClient } from "../google/http-client.ts";
import { parseExactScopes } from "../google/scopes.ts";

/** Environment variables, as in `process.env`. An empty one counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Addresses of Google's that a local stand-in, such as the emulator, may take the place of. */
export interface ServiceEndpoints {
  /** Where assertions are exchanged. Default the key's `token_uri`, else `https://oauth2.googleapis.com/token`. */
  readonly token?: string;
  /** The Security Token Service. Default `https://sts.googleapis.com/v1/token`. */
  readonly sts?: string;
  /** The IAM Credentials API, down to its version. Default `https://iamcredentials.googleapis.com/v1`. */
  readonly iamCredentials?: string;
}

/** Options that all sources share. */
export interface SourceOptions {
  /** Scopes of access tokens. Not needed for ID tokens. */
  readonly scopes?: string | readonly string[];
  /** The project that quota and bills go to: `x-goog-user-project`. Default what the credentials name. */
  readonly quotaProject?: string;
  /** Domain of the APIs, for a cloud of its own. Default what the credentials say, else `googleapis.com`. */
  readonly universeDomain?: string;
  /**
   * Hosts that `fetch` may send tokens to: exact ones, or `*.` and a domain. Default all below the universe domain, and
   * the hosts of `endpoints`.
   */
  readonly apiHosts?: readonly string[];
  readonly endpoints?: ServiceEndpoints;
  /** The `fetch` for API calls. Default the global one. */
  readonly fetch?: typeof globalThis.fetch;
  /** The undici dispatcher for token requests, such as a `ProxyAgent`. Default undici's own. */
  readonly dispatcher?: Dispatcher;
  /** Milliseconds that one token request may take, 1 to 120,000. Default 10,000. */
  readonly timeout?: number;
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** Options that all sources share, checked. */
export interface Surroundings {
  readonly scopes: readonly string[];
  readonly quotaProject: string | undefined;
  readonly universeDomain: string | undefined;
  readonly apiHosts: readonly string[] | undefined;
  readonly endpoints: ServiceEndpoints;
  readonly endpointHosts: readonly string[];
  readonly fetch: typeof globalThis.fetch;
  readonly request: HttpClient;
  /** For addresses of this machine's own network, which no proxy leads to. */
  readonly direct: HttpClient;
  readonly now: () => number;
  /** The project, where the environment names it. */
  readonly project?: string | undefined;
}

export const GOOGLE_UNIVERSE = "googleapis.com";

const COMMON = ["scopes", "quotaProject", "universeDomain", "apiHosts", "endpoints"] as const;
const MACHINERY = ["fetch", "dispatcher", "timeout", "now"] as const;

/**
 * Checks the options that all sources share, and that there are no others than these and `own`.
 * @throws TypeError naming the function, the option and the remedy
 */
export function resolveSurroundings(caller: string, options: SourceOptions, own: readonly string[] = []): Surroundings {
  const known: readonly string[] = [...own, ...COMMON, ...MACHINERY];
  for (const option of Object.keys(options)) {
    if (!known.includes(option))
      throw new TypeError(`${caller}: unknown option \`${option}\`; there are ${known.join(", ")}`);
  }
  const { quotaProject, universeDomain, apiHosts, endpoints = {}, dispatcher, timeout, now = Date.now } = options;
  for (const [option, value] of Object.entries({ fetch: options.fetch, now })) {
    if (value !== undefined && typeof value !== "function")
      throw new TypeError(`${caller}: \`${option}\` must be a function`);
  }
  const addresses = Object.entries(endpoints).map(([name, url]) => checkUrl(url, `${caller}: \`endpoints.${name}\``));
  if (universeDomain !== undefined && !isDomain(universeDomain))
    throw new TypeError(`${caller}: \`universeDomain\` must be a domain such as "googleapis.com"`);
  checkProject(quotaProject, `${caller}: \`quotaProject\``);
  return Object.freeze({
    scopes: readScopes(options.scopes, `${caller}: \`scopes\``),
    quotaProject,
    universeDomain,
    apiHosts: checkHosts(apiHosts, `${caller}: \`apiHosts\``)?.slice(),
    endpoints: Object.freeze({ ...endpoints }),
    endpointHosts: [...new Set(addresses.map((url) => new URL(url).host))],
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    request: createHttpClient({ dispatcher, timeout, now }),
    direct: createHttpClient({ dispatcher: "direct", timeout, now }),
    now,
  });
}

/** @throws TypeError for what cannot be the ID of a project, nor stand in a header */
export function checkProject(project: string | undefined, name: string): void {
  if (project !== undefined && !/^[\x21-\x7e]+$/.test(project))
    throw new TypeError(`${name} must be the ID of a project`);
}

/** Whether it is a domain such as `googleapis.com`: never a top-level one, under which everybody is. */
export function isDomain(text: unknown): boolean {
  return typeof text === "string" && /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(text);
}

/** Scopes as they were given; none is an empty list. */
export function readScopes(scopes: string | readonly string[] | undefined, name: string): readonly string[] {
  return scopes === undefined || scopes.length === 0 ? [] : parseExactScopes(scopes, name);
}

/**
 * An address that secrets may be sent to: https, or this very machine.
 * @throws TypeError
 */
export function checkUrl(url: unknown, name: string): string {
  if (typeof url !== "string" || !URL.canParse(url)) throw new TypeError(`${name} must be an absolute URL`);
  const { protocol, hostname, username, password } = new URL(url);
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback(hostname)))
    throw new TypeError(`${name} must be an https URL; http is for localhost and loopback addresses only`);
  if (username !== "" || password !== "") throw new TypeError(`${name} must not carry a user name or password`);
  return url;
}

/** Hosts by name, with their ports: what a configuration may point to beside Google. */
export function checkExactHosts(hosts: readonly string[], name: string): readonly string[] {
  checkHosts(hosts, name);
  if (hosts.some((host) => host.startsWith("*")))
    throw new TypeError(`${name} must name each host; "*" would allow those that nobody thought of`);
  return hosts;
}

/** Hosts in the form that a list of allowed ones has. */
function checkHosts<T extends readonly string[] | undefined>(hosts: T, name: string): T {
  const list: unknown = hosts ?? [];
  if (!Array.isArray(list)) throw new TypeError(`${name} must be an array of hosts`);
  for (const host of list as unknown[]) {
    if (typeof host !== "string" || !/^(\*\.[a-z0-9-]+\.[a-z0-9.-]+|[a-z0-9.-]+|\[[0-9a-f:]+\])(:\d+)?$/.test(host))
      throw new TypeError(
        `${name} must hold hosts such as "*.googleapis.com" or "127.0.0.1:4000" (lower case, no scheme, no path), not ${JSON.stringify(host)}`,
      );
  }
  return hosts;
}
