import { isProduction } from "../util/production.ts";
import type { Environment, OAuthClient } from "./client-config.ts";
import { isLoopback } from "./endpoints.ts";
import { checkRedirectUri, quoteUri, type RedirectUriRules } from "./redirect-uri-rules.ts";

/**
 * Resolves the `redirectUri` option: one URI, or a list for an app on several hosts. Without the option the environment
 * variable `GOOGLE_REDIRECT_URI` applies, and without that the only entry of the client file's `redirect_uris`.
 *
 * @returns at least one URI, exactly as written, frozen. All have the same path, because the app has one callback route.
 *   Each has its own host, because the host of a request selects one of them.
 * @throws TypeError if there is no URI, if one breaks a rule, or if they do not fit together. In production, https and
 *   loopback addresses do not
 */
export function resolveRedirectUris(
  option: string | readonly string[] | undefined,
  client: Pick<OAuthClient, "redirectUris">,
  env: Environment,
  rules: RedirectUriRules & {
    /** Whether the app sets the path of its callback route elsewhere, because a proxy changes paths. */
    readonly hasOwnCallbackPath?: boolean;
  },
): readonly string[] {
  const found = findRedirectUris(option, client, env);
  const urls = found.map(([name, uri]) => {
    const url = checkRedirectUri(uri, rules, name);
    if (rules.hasOwnCallbackPath !== true) checkPath(url, name, uri);
    return url;
  });
  const hosts = new Set<string>();
  for (const url of urls) {
    if (hosts.has(url.host)) {
      throw new TypeError(
        `redirectUri has more than one URI on the host ${url.host}. Keep one for each host: the host of a request ` +
          "selects the URI.",
      );
    }
    hosts.add(url.host);
  }
  if (isProduction(env)) checkStrength(urls);
  const paths = new Set(urls.map((url) => url.pathname));
  if (paths.size > 1) {
    throw new TypeError(
      `redirectUri has several paths (${[...paths].join(", ")}). Use the same path in all of them: the app has one ` +
        "callback route.",
    );
  }
  return Object.freeze(found.map(([, uri]) => uri));
}

/** Google accepts a URI without a path, but the callback route would then respond to each visit of the app's home page. */
function checkPath(url: URL, name: string, uri: string): void {
  if (url.pathname !== "/") return;
  throw new TypeError(
    `${name} ${quoteUri(uri)} has no path, so the callback would take the place of the app's home page. Register a ` +
      `redirect URI with a path for the OAuth client at Google, such as "${url.origin}/oauth2callback", and use it here.`,
  );
}

/**
 * In production, the `Host` header must not choose between an address that browsers protect and one that they do not: on
 * plain http, cookies can be planted, and on a loopback address any program of the user's machine may listen.
 */
function checkStrength(urls: readonly URL[]): void {
  const isWeak = (url: URL) => url.protocol !== "https:" || isLoopback(url.hostname);
  const weak = urls.find(isWeak);
  const strong = urls.find((url) => !isWeak(url));
  if (weak === undefined || strong === undefined) return;
  throw new TypeError(
    `redirectUri mixes ${strong.origin} with ${weak.origin}, and NODE_ENV is production. Leave out the URIs that are on ` +
      "plain http or on a loopback address: choose the list by environment, such as with GOOGLE_REDIRECT_URI.",
  );
}

function findRedirectUris(
  option: string | readonly string[] | undefined,
  client: Pick<OAuthClient, "redirectUris">,
  env: Environment,
): (readonly [name: string, uri: string])[] {
  if (Array.isArray(option)) {
    if (option.length === 0) {
      throw new TypeError("redirectUri is an empty list. Name at least one URI, or leave the option out.");
    }
    return (option as readonly string[]).map((uri, index) => [`redirectUri[${index}]`, uri]);
  }
  if (option !== undefined) return [["redirectUri", option as string]];
  const variable = env["GOOGLE_REDIRECT_URI"];
  if (variable) return [["redirectUri (from GOOGLE_REDIRECT_URI)", variable]];
  const [only, ...others] = client.redirectUris;
  if (only === undefined) {
    throw new TypeError(
      "redirectUri is not configured. Set the option redirectUri or the environment variable GOOGLE_REDIRECT_URI, or use " +
        "a client file with exactly one entry in redirect_uris. The value is a redirect URI that is registered for the " +
        'OAuth client, such as "https://app.example.com/oauth2callback".',
    );
  }
  if (others.length > 0) {
    const listed = client.redirectUris.map(quoteUri).join(", ");
    throw new TypeError(
      `redirectUri is not set, and the client file lists several redirect_uris (${listed}). Choose one with the option ` +
        "redirectUri or the environment variable GOOGLE_REDIRECT_URI.",
    );
  }
  return [["redirectUri (from the client file's redirect_uris)", only]];
}
