import { isGoogle, isLoopback } from "../google/endpoints.ts";
import type { Endpoints } from "../google/endpoints.ts";
import type { TokenSource } from "../google/token-source.ts";
import { isScopegateSession } from "../session/own/own-session.ts";
import type { ScopegateSession } from "../session/own/own-session.ts";
import { HOOK_NAMES } from "./hooks.ts";
import type { Hooks } from "./hooks.ts";

const MAX_TIMEOUT = 120_000;

export function checkList<T>(value: readonly T[], option: string): readonly T[] {
  const isList: boolean = Array.isArray(value);
  if (!isList) throw new TypeError(`googleOAuth: \`${option}\` must be an array.`);
  return value;
}

export function checkOneOf<T extends string>(value: T, option: string, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  const list = allowed.map((item) => `"${item}"`).join(" or ");
  throw new TypeError(`googleOAuth: \`${option}\` must be ${list}, not ${JSON.stringify(value)}.`);
}

export function checkBoolean(value: boolean, option: string): boolean {
  if (typeof value !== "boolean") throw new TypeError(`googleOAuth: \`${option}\` must be true or false.`);
  return value;
}

export function checkFunction<T>(value: T, option: string): T {
  if (value !== undefined && typeof value !== "function") {
    throw new TypeError(`googleOAuth: \`${option}\` must be a function.`);
  }
  return value;
}

export function checkSession(session: ScopegateSession | undefined): ScopegateSession | undefined {
  if (session === undefined || isScopegateSession(session)) return session;
  throw new TypeError(
    "googleOAuth: `session` must be the result of scopegateSession({ keys }). To use session middleware instead, leave `session` out and mount the middleware before googleOAuth().",
  );
}

export function checkService(service: TokenSource | undefined): TokenSource | undefined {
  const { getAccessToken, withScopes } = (service ?? {}) as Partial<Record<keyof TokenSource, unknown>>;
  if (service !== undefined && (typeof getAccessToken !== "function" || typeof withScopes !== "function")) {
    throw new TypeError(
      "googleOAuth: `service` must be a token source, such as the result of applicationDefault({ scopes }) from @scopegate/core/service.",
    );
  }
  return service;
}

export function checkStore<T extends object>(store: T): T {
  const { kind, bind, get, put } = store as { kind?: unknown; bind?: unknown; get?: unknown; put?: unknown };
  const isSessionStore = kind === "session" && typeof bind === "function";
  if (!isSessionStore && (typeof get !== "function" || typeof put !== "function" || !("capabilities" in store))) {
    throw new TypeError(
      "googleOAuth: `store` must be a token store, such as the result of memoryTokenStore() or redisTokenStore({ client }).",
    );
  }
  return store;
}

export function checkDispatcher<T>(dispatcher: T): T {
  if (dispatcher !== undefined && typeof (dispatcher as { dispatch?: unknown } | null)?.dispatch !== "function") {
    throw new TypeError("googleOAuth: `dispatcher` must be an undici dispatcher, such as `new ProxyAgent(url)`.");
  }
  return dispatcher;
}

export function checkHostedDomain(domain: string | undefined): string | undefined {
  if (domain !== undefined && domain !== "*" && !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(domain)) {
    throw new TypeError(
      `googleOAuth: \`hostedDomain\` must be a domain such as "example.com", or "*" for any Workspace domain, not ${JSON.stringify(domain)}.`,
    );
  }
  return domain;
}

export function checkOrigin(origin: string): string {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (url === undefined || url.origin !== origin || (url.protocol !== "https:" && !isLoopback(url.hostname))) {
    throw new TypeError(
      `googleOAuth: \`returnOrigins\` must list origins such as "https://app.example.com" (https, without a path and without a slash at the end), not ${JSON.stringify(origin)}.`,
    );
  }
  return origin;
}

/** The hosts that access tokens may be sent to. Default: Google's APIs, or the hosts of another issuer. */
export function resolveApiHosts(hosts: readonly string[] | undefined, endpoints: Endpoints): readonly string[] {
  if (hosts === undefined) {
    return isGoogle(endpoints)
      ? ["*.googleapis.com"]
      : [...new Set([endpoints.userinfo, endpoints.issuer].map((url) => new URL(url).host))];
  }
  for (const host of checkList(hosts, "apiHosts")) {
    if (!/^(\*\.)?[a-z0-9.-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/.test(host) || /^\*\.[^.]+$/.test(host)) {
      throw new TypeError(
        `googleOAuth: \`apiHosts\` must list hosts such as "*.googleapis.com" or "127.0.0.1:4000" (lower case, without scheme and path), not ${JSON.stringify(host)}.`,
      );
    }
  }
  return hosts;
}

export function checkHooks<Request>(on: Hooks<Request> = {}): Hooks<Request> {
  for (const [name, hook] of Object.entries(on)) {
    if (!HOOK_NAMES.includes(name)) {
      throw new TypeError(`googleOAuth: unknown hook \`on.${name}\`. The hooks are ${HOOK_NAMES.join(", ")}.`);
    }
    checkFunction(hook as unknown, `on.${name}`);
  }
  return on;
}

export function checkName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,40}$/.test(name)) {
    throw new TypeError(
      `googleOAuth: \`name\` must be a JavaScript identifier such as "adminGoogle", not ${JSON.stringify(name)}.`,
    );
  }
  return name;
}

export function checkTimeout(timeout: number): number {
  if (!Number.isInteger(timeout) || timeout < 1 || timeout > MAX_TIMEOUT) {
    throw new TypeError(
      `googleOAuth: \`timeout\` must be a whole number of milliseconds from 1 to ${MAX_TIMEOUT}, not ${String(timeout)}.`,
    );
  }
  return timeout;
}
