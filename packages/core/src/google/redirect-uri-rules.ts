import { isIP } from "node:net";
import { isLoopback } from "./endpoints.ts";
import { isPublicSuffix } from "./public-suffixes.ts";

/** Which rules apply to a redirect URI. */
export interface RedirectUriRules {
  /** Whether the issuer is Google. Other issuers do not require HTTPS and a public suffix. */
  readonly google: boolean;
}

interface Rule<T> {
  readonly isBroken: (subject: T) => boolean;
  /** Follows the name and the URI in the error: what is wrong, then what to do. */
  readonly message: string;
}

/** Domains of common URL shorteners. Google does not publish its own list. */
const SHORTENERS =
  "bit.ly buff.ly cutt.ly goo.gl is.gd ow.ly rb.gy rebrand.ly shorturl.at t.co t.ly tiny.cc tinyurl.com v.gd";

// Google's rules: https://developers.google.com/identity/protocols/oauth2/web-server#uri-validation

/** Rules that look at the text as written, because parsing would hide the parts that they forbid. */
const TEXT_RULES: readonly Rule<string>[] = [
  {
    isBroken: (uri) => uri === "",
    message: "is empty. Set it to a redirect URI that is registered for the OAuth client.",
  },
  { isBroken: (uri) => /\s/.test(uri), message: "contains whitespace. Remove it." },
  {
    // Google forbids characters that are not printable. RFC 3986 section 2 forbids everything outside ASCII.
    isBroken: (uri) => /[^\x21-\x7e]/.test(uri),
    message:
      'contains a character that is not printable ASCII. Write an international host name in Punycode ("xn--…"), and ' +
      "percent-encode other characters.",
  },
  {
    isBroken: (uri) => uri.includes("*"),
    message: 'contains a wildcard "*". Google compares redirect URIs exactly: list each URI instead.',
  },
  {
    isBroken: (uri) => /%(?![\da-f]{2})/i.test(uri),
    message:
      'has an invalid percent-encoding. Two hexadecimal digits must follow each "%"; write "%25" for a "%" itself.',
  },
  {
    isBroken: (uri) => /%00|%c0%80/i.test(uri),
    message: "contains an encoded NUL character (%00 or %C0%80). Remove it.",
  },
  { isBroken: (uri) => uri.includes("#"), message: 'has a fragment. Remove "#" and everything after it.' },
  {
    isBroken: (uri) => /[\\/]\.\./.test(decodeDotsAndSlashes(uri.replace(/\?.*/, ""))),
    message: 'contains a path traversal ("/.." or "\\..", plain or percent-encoded). Write the path without "..".',
  },
  {
    // Some URL parsers read a backslash as a slash and others do not, so they disagree about the host.
    isBroken: (uri) => /["<>\\^`{|}]/.test(uri),
    message: "contains a character that is not allowed in a URI (RFC 3986 section 2). Percent-encode it.",
  },
  {
    isBroken: (uri) => !/^https?:\/\/[^/?]/i.test(uri),
    message:
      "is not an absolute URL such as https://app.example.com/oauth2callback. Custom schemes and out-of-band URIs " +
      "(urn:…) do not work for web apps.",
  },
  {
    isBroken: (uri) => authorityOf(uri).includes("@"),
    message: 'has a user name or password before the host. Remove everything from "//" up to "@".',
  },
  { isBroken: (uri) => !URL.canParse(uri), message: "is not a valid URL. Check its host and port." },
];

/** Rules that look at the parsed URL. */
const URL_RULES: readonly Rule<{ uri: string; url: URL; google: boolean }>[] = [
  {
    // Browsers take `0x7f.1` for 127.0.0.1 and `ex%61mple.com` for example.com; a comparison of texts does not.
    isBroken: ({ uri, url }) => authorityOf(uri).replace(/:\d*$/, "").toLowerCase() !== url.hostname,
    message:
      "has a host that browsers read as another host. Write the host plainly: without percent-encoding, and an IP " +
      "address in full.",
  },
  {
    isBroken: ({ url, google }) => google && url.protocol !== "https:" && !isLoopback(url.hostname),
    message: "uses plain http. Use https: Google allows plain http for localhost and loopback addresses only.",
  },
  {
    isBroken: ({ url }) => isAddress(url.hostname) && !isLoopback(url.hostname),
    message: "has an IP address as its host. Use a domain name, or a loopback address during development.",
  },
  {
    // Names below `localhost` mean this machine, but they are on no list, and Google is reported to reject them.
    isBroken: ({ url, google }) => google && !isLocal(url.hostname) && !isPublicSuffix(lastLabel(url.hostname)),
    message:
      "has a host whose top-level domain is not on the Public Suffix List, which Google requires. Use a public domain, " +
      "or localhost during development.",
  },
  {
    isBroken: ({ url }) => isBelow(url.hostname, "googleusercontent.com"),
    message: "is on googleusercontent.com, which Google does not allow. Use your own domain.",
  },
  {
    isBroken: ({ url }) => isShortener(url.hostname) && !/\/google-callback(\/|$)/.test(url.pathname),
    message:
      "is on a URL shortener. Use your app's own domain. If the shortener is yours, Google accepts a path that contains " +
      '"/google-callback/" or ends in "/google-callback".',
  },
  {
    isBroken: ({ url }) => [...url.searchParams].flat().some(isElsewhere),
    message: "has a URL in its query, which would be an open redirect. Remove it, and keep such state in your app.",
  },
];

/**
 * Checks a redirect URI by Google's rules, so that a mistake shows at startup and not at the first sign-in.
 *
 * @param uri - sent to Google exactly as given, because Google compares it character by character with the registered one
 * @param name - what the error calls it
 * @returns the parsed URL, for reading its parts
 * @throws TypeError naming the rule that is broken and the remedy
 */
export function checkRedirectUri(uri: string, rules: RedirectUriRules, name = "redirectUri"): URL {
  if (typeof uri !== "string") throw new TypeError(`${name} is not a string. Set it to an absolute URL.`);
  for (const rule of TEXT_RULES) {
    if (rule.isBroken(uri)) throw new TypeError(`${name} ${quoteUri(uri)} ${rule.message}`);
  }
  const url = new URL(uri);
  for (const rule of URL_RULES) {
    if (rule.isBroken({ uri, url, google: rules.google })) {
      throw new TypeError(`${name} ${quoteUri(uri)} ${rule.message}`);
    }
  }
  return url;
}

/** The URI for an error message: control characters escaped, without the parts that may hold a secret (userinfo, query, fragment). */
export function quoteUri(uri: string): string {
  // In a malformed URI it is unclear where a password ends, so an "@" hides everything.
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

/** Whether a host is the domain or a name below it. A trailing dot does not change the meaning of a host name. */
function isBelow(hostname: string, domain: string): boolean {
  return `.${hostname.replace(/\.$/, "")}`.endsWith(`.${domain}`);
}

function isShortener(hostname: string): boolean {
  return SHORTENERS.split(" ").some((domain) => isBelow(hostname, domain));
}

/** Whether a browser that follows this value would leave the origin: an absolute URL, or any disguise of `//host`. */
function isElsewhere(value: string): boolean {
  // Browsers ignore leading control characters and spaces, and tabs and newlines anywhere (WHATWG URL, section 4.4).
  const seen = value.replace(/[\t\n\r]/g, "").replace(/^[\0- ]+/, "");
  return /^(?:https?:|(?:[a-z][a-z\d+.-]*:)?[\\/]{2}|(?:javascript|data):)/i.test(seen);
}
