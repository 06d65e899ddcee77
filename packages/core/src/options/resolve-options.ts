import { resolveClient } from "../google/client-config.ts";
import type { Endpoints } from "../google/endpoints.ts";
import { isGoogle, isLoopback, resolveEndpoints } from "../google/endpoints.ts";
import { checkPrompt } from "../google/prompt.ts";
import { resolveRedirectUris } from "../google/redirect-uri.ts";
import { parseScopes } from "../google/scopes.ts";
import type { TokenSource } from "../google/token-source.ts";
import { isScopegateSession } from "../session/own/own-session.ts";
import type { ScopegateSession } from "../session/own/own-session.ts";
import { storePlainText } from "../store/plain-text.ts";
import { sessionTokenStore } from "../store/session.ts";
import { resolveEncryptionKeys } from "./encryption-keys.ts";
import type { Hooks, ResolvedOptions, ScopegateOptions } from "./options.ts";
import { resolveRoutes } from "./route-paths.ts";

const KNOWN = new Set<string>([
  "client",
  "redirectUri",
  "scopes",
  "incrementalScopes",
  "accessType",
  "includeGrantedScopes",
  "prompt",
  "loginHint",
  "hostedDomain",
  "routes",
  "basePath",
  "returnOrigins",
  "session",
  "store",
  "encryptionKeys",
  "userId",
  "admit",
  "endpoints",
  "apiHosts",
  "service",
  "on",
  "pages",
  "name",
  "fetch",
  "dispatcher",
  "timeout",
  "now",
] satisfies (keyof ScopegateOptions)[]);

const DEFAULT_SCOPES = ["openid", "email", "profile"];
const DEFAULT_TIMEOUT = 10_000;
const MAX_TIMEOUT = 120_000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Checks the options once, at construction.
 * @throws TypeError that names the option, what is wrong with it, and what to do
 */
export function resolveOptions<Request>(
  options: ScopegateOptions<Request>,
  env: Environment,
): { readonly options: ResolvedOptions; readonly masters: readonly Uint8Array[]; readonly isPlainText: boolean } {
  for (const option of Object.keys(options)) {
    if (!KNOWN.has(option)) throw new TypeError(`googleOAuth: unknown option \`${option}\`${suggestion(option)}`);
  }
  const endpoints = resolveEndpoints(options.endpoints);
  const client = resolveClient(options.client, env);
  const redirectUris = resolveRedirectUris(options.redirectUri, client, env, { google: isGoogle(endpoints) });
  const store = checkStore(options.store ?? sessionTokenStore());
  const resolved: ResolvedOptions = {
    client,
    redirectUris,
    ownOrigins: [...new Set(redirectUris.map((uri) => new URL(uri).origin))],
    scopes: [...new Set(["openid", ...parseScopes(options.scopes ?? DEFAULT_SCOPES, "scopes")])],
    incrementalScopes: isEmpty(options.incrementalScopes)
      ? []
      : parseScopes(options.incrementalScopes!, "incrementalScopes"),
    accessType: oneOf(options.accessType ?? "offline", "accessType", ["offline", "online"]),
    includeGrantedScopes: boolean(options.includeGrantedScopes ?? true, "includeGrantedScopes"),
    prompt: checkPrompt(options.prompt),
    loginHint: callable(options.loginHint, "loginHint") as ResolvedOptions["loginHint"],
    hostedDomain: checkHostedDomain(options.hostedDomain),
    routes: resolveRoutes(options.routes, options.basePath, new URL(redirectUris[0]!).pathname),
    basePath: options.basePath,
    returnOrigins: list(options.returnOrigins ?? [], "returnOrigins").map(checkOrigin),
    session: checkSession(options.session),
    store,
    userId: callable(options.userId, "userId") as ResolvedOptions["userId"],
    admit: callable(options.admit, "admit") as ResolvedOptions["admit"],
    endpoints,
    apiHosts: resolveApiHosts(options.apiHosts, endpoints),
    service: checkService(options.service),
    on: checkHooks(options.on) as Hooks,
    pages: options.pages,
    name: checkName(options.name ?? "googleAuth"),
    fetch: callable(options.fetch, "fetch") ?? ((input, init) => globalThis.fetch(input, init)),
    dispatcher: checkDispatcher(options.dispatcher),
    timeout: checkTimeout(options.timeout ?? DEFAULT_TIMEOUT),
    now: callable(options.now, "now") ?? Date.now,
  };
  const durable = !("kind" in store) && store.capabilities.durable;
  const isPlainText = options.encryptionKeys === storePlainText;
  if (isPlainText && "kind" in store) {
    throw new TypeError(
      "googleOAuth: `encryptionKeys` may be storePlainText with a `store` of the app's only, not with sessions",
    );
  }
  return {
    isPlainText,
    options: Object.freeze(resolved),
    masters: resolveEncryptionKeys(options.encryptionKeys, env, client, durable),
  };
}

function suggestion(option: string): string {
  const close = [...KNOWN].find(
    (known) => known.toLowerCase() === option.toLowerCase() || known.startsWith(option) || option.startsWith(known),
  );
  return close === undefined ? "; see the README for the options there are" : `; did you mean \`${close}\`?`;
}

function list<T>(value: readonly T[], option: string): readonly T[] {
  const isList: boolean = Array.isArray(value);
  if (!isList) throw new TypeError(`googleOAuth: \`${option}\` must be an array`);
  return value;
}

function checkSession(session: ScopegateSession | undefined): ScopegateSession | undefined {
  if (session === undefined || isScopegateSession(session)) return session;
  throw new TypeError(
    "googleOAuth: `session` must be what scopegateSession({ keys }) gives; session middleware is mounted before googleOAuth instead, and found by itself",
  );
}

function checkService(service: TokenSource | undefined): TokenSource | undefined {
  const { getAccessToken, withScopes } = (service ?? {}) as Partial<Record<keyof TokenSource, unknown>>;
  if (service !== undefined && (typeof getAccessToken !== "function" || typeof withScopes !== "function")) {
    throw new TypeError(
      "googleOAuth: `service` must be a source of tokens, such as applicationDefault({ scopes }) of @scopegate/core/service gives",
    );
  }
  return service;
}

function checkStore<T extends object>(store: T): T {
  const { kind, bind, get, put } = store as { kind?: unknown; bind?: unknown; get?: unknown; put?: unknown };
  const isSessionBound = kind === "session" && typeof bind === "function";
  if (!isSessionBound && (typeof get !== "function" || typeof put !== "function" || !("capabilities" in store))) {
    throw new TypeError("googleOAuth: `store` must be a token store, such as memoryTokenStore() gives");
  }
  return store;
}

function checkDispatcher<T>(dispatcher: T): T {
  if (dispatcher !== undefined && typeof (dispatcher as { dispatch?: unknown } | null)?.dispatch !== "function") {
    throw new TypeError("googleOAuth: `dispatcher` must be an undici dispatcher, such as `new ProxyAgent(url)`");
  }
  return dispatcher;
}

function isEmpty(scopes: string | readonly string[] | undefined): boolean {
  return scopes === undefined || scopes.length === 0;
}

function oneOf<T extends string>(value: T, option: string, allowed: readonly T[]): T {
  if (!allowed.includes(value)) {
    throw new TypeError(
      `googleOAuth: \`${option}\` must be ${allowed.map((item) => `"${item}"`).join(" or ")}, not ${JSON.stringify(value)}`,
    );
  }
  return value;
}

function boolean(value: boolean, option: string): boolean {
  if (typeof value !== "boolean") throw new TypeError(`googleOAuth: \`${option}\` must be true or false`);
  return value;
}

function callable<T>(value: T, option: string): T {
  if (value !== undefined && typeof value !== "function")
    throw new TypeError(`googleOAuth: \`${option}\` must be a function`);
  return value;
}

function checkHostedDomain(domain: string | undefined): string | undefined {
  if (domain !== undefined && domain !== "*" && !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(domain)) {
    throw new TypeError(
      `googleOAuth: \`hostedDomain\` must be a domain such as "example.com", or "*", not ${JSON.stringify(domain)}`,
    );
  }
  return domain;
}

function checkOrigin(origin: string): string {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (url === undefined || url.origin !== origin || (url.protocol !== "https:" && !isLoopback(url.hostname))) {
    throw new TypeError(
      `googleOAuth: \`returnOrigins\` must hold origins such as "https://app.example.com" (https, no path, no slash at the end), not ${JSON.stringify(origin)}`,
    );
  }
  return origin;
}

function resolveApiHosts(hosts: readonly string[] | undefined, endpoints: Endpoints): readonly string[] {
  if (hosts === undefined) {
    return isGoogle(endpoints)
      ? ["*.googleapis.com"]
      : [...new Set([endpoints.userinfo, endpoints.issuer].map((url) => new URL(url).host))];
  }
  for (const host of list(hosts, "apiHosts")) {
    if (!/^(\*\.)?[a-z0-9.-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/.test(host) || /^\*\.[^.]+$/.test(host)) {
      throw new TypeError(
        `googleOAuth: \`apiHosts\` must hold hosts such as "*.googleapis.com" or "127.0.0.1:4000" (lower case, no scheme, no path), not ${JSON.stringify(host)}`,
      );
    }
  }
  return hosts;
}

function checkHooks<Request>(on: Hooks<Request> | undefined): Hooks<Request> {
  const known = ["authorized", "refreshed", "denied", "revoked", "signedOut", "failed"];
  for (const [name, hook] of Object.entries(on ?? {})) {
    if (!known.includes(name))
      throw new TypeError(`googleOAuth: unknown hook \`on.${name}\`; there are ${known.join(", ")}`);
    callable(hook as unknown, `on.${name}`);
  }
  return on ?? {};
}

function checkName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,40}$/.test(name)) {
    throw new TypeError(
      `googleOAuth: \`name\` must be an identifier such as "adminGoogle", not ${JSON.stringify(name)}`,
    );
  }
  return name;
}

function checkTimeout(timeout: number): number {
  if (!Number.isInteger(timeout) || timeout < 1 || timeout > MAX_TIMEOUT) {
    throw new TypeError(
      `googleOAuth: \`timeout\` must be a whole number of milliseconds from 1 to ${MAX_TIMEOUT}, not ${String(timeout)}`,
    );
  }
  return timeout;
}
