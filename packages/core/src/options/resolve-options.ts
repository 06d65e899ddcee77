import type { OAuthClient } from "../google/client-config.ts";
import { resolveClient } from "../google/client-config.ts";
import type { Endpoints } from "../google/endpoints.ts";
import { isGoogle, resolveEndpoints } from "../google/endpoints.ts";
import { checkPrompt } from "../google/prompt.ts";
import { resolveRedirectUris } from "../google/redirect-uri.ts";
import { parseScopes } from "../google/scopes.ts";
import { storePlainText } from "../store/plain-text.ts";
import { sessionTokenStore } from "../store/session-token-store.ts";
import type { SessionBoundStore, TokenStore } from "../store/types.ts";
import {
  checkBoolean,
  checkDispatcher,
  checkFunction,
  checkHooks,
  checkHostedDomain,
  checkList,
  checkName,
  checkOneOf,
  checkOrigin,
  checkService,
  checkSession,
  checkStore,
  checkTimeout,
  resolveApiHosts,
} from "./checks.ts";
import { resolveEncryptionKeys } from "./encryption-keys.ts";
import type { ScopegateOptions } from "./options.ts";
import { resolveRoutes } from "./routes.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The options that others are checked against. They are resolved first. */
interface Foundations {
  readonly client: OAuthClient;
  readonly endpoints: Endpoints;
  readonly redirectUris: readonly string[];
  /** The origins of the redirect URIs. */
  readonly ownOrigins: readonly string[];
  readonly store: TokenStore | SessionBoundStore;
}

/** Marks an option that {@link resolveFoundations}, `routes` or {@link resolveEncryptionKeys} checks. */
const checkedElsewhere = (): void => undefined;

type OptionTable = {
  readonly [Name in keyof Required<ScopegateOptions>]: (
    value: ScopegateOptions[Name],
    foundations: Foundations,
    options: ScopegateOptions,
  ) => unknown;
};

/**
 * One row for each option: its check and its default. The compiler demands a row for each option of
 * {@link ScopegateOptions}, and {@link ResolvedOptions} follows from the rows.
 */
const OPTIONS = {
  client: checkedElsewhere,
  redirectUri: checkedElsewhere,
  endpoints: checkedElsewhere,
  store: checkedElsewhere,
  encryptionKeys: checkedElsewhere,
  basePath: checkedElsewhere,
  scopes: (scopes = ["openid", "email", "profile"]) => [...new Set(["openid", ...parseScopes(scopes, "scopes")])],
  incrementalScopes: (scopes = []) => (scopes.length === 0 ? [] : parseScopes(scopes, "incrementalScopes")),
  accessType: (type = "offline") => checkOneOf(type, "accessType", ["offline", "online"]),
  includeGrantedScopes: (isOn = true) => checkBoolean(isOn, "includeGrantedScopes"),
  prompt: (prompt) => checkPrompt(prompt),
  loginHint: (hint) => checkFunction(hint, "loginHint"),
  hostedDomain: (domain) => checkHostedDomain(domain),
  routes: (routes, { redirectUris }, { basePath }) => resolveRoutes(routes, basePath, redirectUris[0]!),
  returnOrigins: (origins = []) => checkList(origins, "returnOrigins").map(checkOrigin),
  session: (session) => checkSession(session),
  userId: (userId) => checkFunction(userId, "userId"),
  admit: (admit) => checkFunction(admit, "admit"),
  apiHosts: (hosts, { endpoints }) => resolveApiHosts(hosts, endpoints),
  service: (service) => checkService(service),
  on: (hooks) => checkHooks(hooks),
  pages: (pages) => pages,
  name: (name = "googleAuth") => checkName(name),
  fetch: (fetch) =>
    checkFunction(fetch, "fetch") ??
    ((input: string | URL | Request, init?: RequestInit) => globalThis.fetch(input, init)),
  dispatcher: (dispatcher) => checkDispatcher(dispatcher),
  timeout: (timeout = 10_000) => checkTimeout(timeout),
  // As with `fetch`, the global is read when it is needed: the mock timers of tests replace it after the construction.
  now: (now) => checkFunction(now, "now") ?? (() => Date.now()),
} as const satisfies OptionTable;

type Rows = typeof OPTIONS;

/** The options after their check: complete, frozen, and without the encryption keys. */
export type ResolvedOptions = Foundations & {
  readonly [Name in keyof Rows as ReturnType<Rows[Name]> extends void ? never : Name]: ReturnType<Rows[Name]>;
};

/** The result of {@link resolveOptions}. */
export interface Resolved {
  readonly options: ResolvedOptions;
  /** Master keys, newest first. */
  readonly masters: readonly Uint8Array[];
  /** Whether the app chose {@link storePlainText}. */
  readonly isPlainText: boolean;
}

/**
 * Checks all options once, at construction.
 * @throws TypeError that names the option, what is wrong with it, and what to do
 */
export function resolveOptions<Request>(given: ScopegateOptions<Request>, env: Environment): Resolved {
  // Hooks and functions take the framework's request, which core passes on without looking at it.
  const options = withoutNulls(given) as ScopegateOptions;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(OPTIONS, name)) throw new TypeError(`googleOAuth: unknown option \`${name}\`. ${suggest(name)}`);
  }
  const foundations = resolveFoundations(options, env);
  const rows = Object.entries(OPTIONS as OptionTable)
    .filter(([, resolve]) => resolve !== checkedElsewhere)
    .map(([name, resolve]) => [name, resolve(options[name as keyof ScopegateOptions] as never, foundations, options)]);
  const resolved = Object.freeze({ ...Object.fromEntries(rows), ...foundations }) as ResolvedOptions;

  const { store, client } = foundations;
  const isPlainText = options.encryptionKeys === storePlainText;
  if (isPlainText && "kind" in store) {
    throw new TypeError(
      "googleOAuth: `encryptionKeys: storePlainText` needs a `store` of the app's. Grants in sessions are always encrypted.",
    );
  }
  const isDurable = !("kind" in store) && store.capabilities.durable;
  return {
    options: resolved,
    masters: resolveEncryptionKeys(options.encryptionKeys, env, client, isDurable),
    isPlainText,
  };
}

function resolveFoundations(options: ScopegateOptions, env: Environment): Foundations {
  const endpoints = resolveEndpoints(options.endpoints);
  const client = resolveClient(options.client, env);
  const redirectUris = resolveRedirectUris(options.redirectUri, client, env, {
    google: isGoogle(endpoints),
    hasOwnCallbackPath: options.routes?.callback !== undefined,
  });
  return {
    client,
    endpoints,
    redirectUris,
    ownOrigins: [...new Set(redirectUris.map((uri) => new URL(uri).origin))],
    store: checkStore(options.store ?? sessionTokenStore()),
  };
}

/** An option that is `null` counts as missing, as one that is `undefined`: configuration files write both. */
function withoutNulls(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

function suggest(name: string): string {
  const names = Object.keys(OPTIONS);
  const close = names.find(
    (known) => known.toLowerCase() === name.toLowerCase() || known.startsWith(name) || name.startsWith(known),
  );
  return close === undefined ? `The options are ${names.join(", ")}.` : `Did you mean \`${close}\`?`;
}
