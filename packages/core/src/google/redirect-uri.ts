import { isIP } from "node:net";
import type { Environment, OAuthClient } from "./client-config.ts";
import { isLoopback } from "./endpoints.ts";
import { isPublicSuffix } from "./public-suffixes.ts";

/** Which rules a redirect URI must keep. */
export interface RedirectUriRules {
  /** Whether Google will judge it; another issuer is spared the rules of HTTPS and of the public suffix. */
  readonly google: boolean;
}

interface Rule<T> {
  readonly broken: (subject: T) => boolean;
  /** What is wrong and what to do, after the URI's name. */
  readonly says: string;
}

/**
 * Domains of public URL shorteners. Google publishes no list of those that it knows: these are the common ones.
 */
const SHORTENERS =
  "bit.ly buff.ly cutt.ly goo.gl is.gd ow.ly rb.gy rebrand.ly shorturl.at t.co t.ly tiny.cc tinyurl.com v.gd";

// Google's rules are at https://developers.google.com/identity/protocols/oauth2/web-server#uri-validation.

/** Rules of the text as it stands, because parsing it would hide what they forbid. */
const TEXT_RULES: readonly Rule<string>[] = [
  { broken: (uri) => uri === "", says: "is empty; give the URI registered for the client" },
  { broken: (uri) => /\s/.test(uri), says: "contains whitespace; remove it" },
  {
    // Google forbids what is not printable; RFC 3986 section 2 allows nothing outside ASCII either.
    broken: (uri) => /[^\x21-\x7e]/.test(uri),
    says: "has a character outside printable ASCII; write hosts in punycode, and percent-encode the rest",
  },
  { broken: (uri) => uri.includes("*"), says: 'has a wildcard "*"; Google matches exactly, so list each URI' },
  {
    broken: (uri) => /%(?![\da-f]{2})/i.test(uri),
    says: 'has an invalid percent-encoding; two hexadecimal digits follow a "%" (itself "%25")',
  },
  { broken: (uri) => /%00|%c0%80/i.test(uri), says: "has an encoded NUL (%00 or %C0%80); remove it" },
  { broken: (uri) => uri.includes("#"), says: 'has a fragment; remove "#" and what follows' },
  {
    broken: (uri) => /[\\/]\.\./.test(decodeDotsAndSlashes(uri.replace(/\?.*/, ""))),
    says: 'has a path traversal ("/..", "\\..", or either encoded); write the path that it leads to',
  },
  {
    // URL parsers take a backslash for a slash, or not, and so disagree about the host.
    broken: (uri) => /["<>\\^`{|}]/.test(uri),
    says: "has a character that no URI may contain (RFC 3986 section 2); percent-encode it",
  },
  {
    broken: (uri) => !/^https?:\/\/[^/?]/i.test(uri),
    says: "is not an absolute URL with https:// and a host; out-of-band and custom-scheme URIs are not for web apps",
  },
  {
    broken: (uri) => authorityOf(uri).includes("@"),
    says: 'has userinfo before the host; remove everything up to "@"',
  },
  { broken: (uri) => !URL.canParse(uri), says: "is not a valid URL; check its host and port" },
];

/** Rules of what the text means. */
const URL_RULES: readonly Rule<{ uri: string; url: URL; google: boolean }>[] = [
  {
    // `0x7f.1`, `ex%61mple.com`: whoever compares the text sees another host than whoever follows it.
    broken: ({ uri, url }) => authorityOf(uri).replace(/:\d*$/, "").toLowerCase() !== url.hostname,
    says: "has a host that means another than it says; write it plainly (no percent-encoding, IP addresses in full)",
  },
  {
    broken: ({ url, google }) => google && url.protocol !== "https:" && !isLoopback(url.hostname),
    says: "must use https; plain http is for localhost and loopback addresses only",
  },
  {
    broken: ({ url }) => isAddress(url.hostname) && !isLoopback(url.hostname),
    says: "has an IP address for its host; use a domain name, or a loopback address for development",
  },
  {
    // Names below `localhost` mean this machine, but are on no list: Google is reported to refuse them.
    broken: ({ url, google }) => google && !isLocal(url.hostname) && !isPublicSuffix(lastLabel(url.hostname)),
    says: "has a host whose top-level domain is not on the public suffix list; use a public domain, or localhost",
  },
  {
    broken: ({ url }) => isBelow(url.hostname, "googleusercontent.com"),
    says: "is on googleusercontent.com, which Google does not allow; use a domain of yours",
  },
  {
    broken: ({ url }) => isShortener(url.hostname) && !/\/google-callback(\/|$)/.test(url.pathname),
    says:
      "is on a URL shortener; use the app's own domain (whoever owns the shortener: a path that " +
      'contains "/google-callback/" or ends in "/google-callback")',
  },
  {
    broken: ({ url }) => [...url.searchParams].flat().some(isElsewhere),
    says: "has a URL in its query, which makes an open redirect; remove it, and keep such state in the app",
  },
];

/**
 * Checks a redirect URI by Google's rules, before Google does. It is sent exactly as given, since Google
 * compares it letter for letter with the registered one; the URL returned is for reading its parts.
 *
 * @param name - what the error calls it
 * @throws TypeError naming the rule that is broken and the remedy
 */
export function checkRedirectUri(uri: string, rules: RedirectUriRules, name = "redirectUri"): URL {
  if (typeof uri !== "string") throw new TypeError(`${name} is not a string; give an absolute URL`);
  for (const rule of TEXT_RULES) {
    if (rule.broken(uri)) throw new TypeError(`${name} ${show(uri)} ${rule.says}`);
  }
  const url = new URL(uri);
  for (const rule of URL_RULES) {
    if (rule.broken({ uri, url, google: rules.google })) throw new TypeError(`${name} ${show(uri)} ${rule.says}`);
  }
  return url;
}

/**
 * Resolves the `redirectUri` option: one URI, or a list for an app on several hosts. Without it,
 * `GOOGLE_REDIRECT_URI`; else the only one of the client file.
 *
 * @returns at least one, exactly as written, frozen; all with one path, since the callback route is one, and
 * each with a host of its own, since a request's host picks among them
 * @throws TypeError when there is none, when one breaks a rule, or when they do not go together
 */
export function resolveRedirectUris(
  option: string | readonly string[] | undefined,
  client: Pick<OAuthClient, "redirectUris">,
  env: Environment,
  rules: RedirectUriRules,
): readonly string[] {
  const named = findRedirectUris(option, client, env);
  const urls = named.map(([name, uri]) => checkRedirectUri(uri, rules, name));
  const hosts = new Set<string>();
  for (const url of urls) {
    if (hosts.has(url.host)) {
      throw new TypeError(`redirectUri has more than one URI on the host ${url.host}; keep one for each host`);
    }
    hosts.add(url.host);
  }
  const paths = new Set(urls.map((url) => url.pathname));
  if (paths.size > 1) {
    throw new TypeError(
      `redirectUri has several paths (${[...paths].join(", ")}); there is one callback route: use one`,
    );
  }
  return Object.freeze(named.map(([, uri]) => uri));
}

function findRedirectUris(
  option: string | readonly string[] | undefined,
  client: Pick<OAuthClient, "redirectUris">,
  env: Environment,
): (readonly [name: string, uri: string])[] {
  if (Array.isArray(option)) {
    if (option.length === 0)
      throw new TypeError("redirectUri is an empty list; name at least one URI, or leave it out");
    return (option as readonly string[]).map((uri, index) => [`redirectUri[${index}]`, uri]);
  }
  if (option !== undefined) return [["redirectUri", option as string]];
  const variable = env["GOOGLE_REDIRECT_URI"];
  if (variable) return [["redirectUri (from GOOGLE_REDIRECT_URI)", variable]];
  const [only, ...others] = client.redirectUris;
  if (only === undefined) {
    throw new TypeError(
      "redirectUri is not configured. Give the option redirectUri, set GOOGLE_REDIRECT_URI, or use a client file with " +
        'one entry in redirect_uris. It is a URI registered for the client, such as "https://app.example.com/oauth2callback".',
    );
  }
  if (others.length > 0) {
    const listed = client.redirectUris.map(show).join(", ");
    throw new TypeError(
      `redirectUri is not given, and the client file has several (${listed}); name the one to use here or in GOOGLE_REDIRECT_URI`,
    );
  }
  return [["redirectUri (from the client file's redirect_uris)", only]];
}

/** The URI for an error message, control characters escaped; without what may hold a secret: userinfo, query, fragment. */
function show(uri: string): string {
  // Where a password ends is unclear in a malformed URI, so an "@" hides everything.
  const shown = uri.includes("@") ? "…@…" : uri.replace(/(?<=[?#]).*/s, "…");
  return JSON.stringify(shown.slice(0, 200));
}

function authorityOf(uri: string): string {
  return /^[^/?]*\/\/([^/?]*)/.exec(uri)?.[1] ?? "";
}

function decodeDotsAndSlashes(text: string): string {
  return text.replace(/%2e/gi, ".").replace(/%2f/gi, "/").replace(/%5c/gi, "\\");
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || isIP(hostname) !== 0;
}

function isLocal(hostname: string): boolean {
  return hostname === "localhost" || (isAddress(hostname) && isLoopback(hostname));
}

function lastLabel(hostname: string): string {
  return hostname.slice(hostname.lastIndexOf(".") + 1);
}

/** Whether a host is the domain or below it; a final dot changes nothing of what a name means. */
function isBelow(hostname: string, domain: string): boolean {
  return `.${hostname.replace(/\.$/, "")}`.endsWith(`.${domain}`);
}

function isShortener(hostname: string): boolean {
  return SHORTENERS.split(" ").some((domain) => isBelow(hostname, domain));
}

/** Whether a browser that is sent there would leave this origin: an absolute URL, or `//host` in any disguise. */
function isElsewhere(value: string): boolean {
  // Browsers skip control characters and spaces in front, and tabs and newlines anywhere (WHATWG URL, 4.4).
  const seen = value.replace(/[\t\n\r]/g, "").replace(/^[\0- ]+/, "");
  return /^(?:https?:|(?:[a-z][a-z\d+.-]*:)?[\\/]{2}|(?:javascript|data):)/i.test(seen);
}
