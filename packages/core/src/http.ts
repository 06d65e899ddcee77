import type { SessionHandle } from "./session.ts";

/**
 * What an adapter shows of a request: the only thing that core knows of a framework.
 *
 * Everything is read lazily; an implementation computes in its accessors and keeps nothing.
 */
export interface RequestView {
  /** Upper case, as in HTTP. */
  readonly method: string;
  /** Path and query as the client sent them, before any router changed them (`originalUrl`). */
  readonly url: string;
  /** The path that this middleware is mounted under, `""` at the root. */
  readonly mountPath: string;
  /** The value of a header by its lower-case name; several lines joined as Node.js joins them. */
  header(name: string): string | undefined;
  /** The app's session; `undefined` where there is none on this request. */
  readonly session: SessionHandle | undefined;
  /** The app's own name for its user, by the `userId` option. */
  readonly userId: string | undefined;
  /** The framework's own request, for hooks of the app (`loginHint`, `admit`, `on`). */
  readonly raw: unknown;
  /** The body as text, at most `limit` bytes; tolerates a body that the app has parsed already. */
  body(limit: number): Promise<string>;
  /** Adds a header to the response that is being prepared; a cookie takes the place of its namesake there. */
  appendHeader(name: string, value: string): void;
  /** Whether the response's head has left. */
  readonly headersSent: boolean;
}

/** What a cookie's name may consist of (RFC 6265 section 4.1.1, RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Cookies of the request by name; the first of a name wins (RFC 6265 section 5.4 puts the most specific first). */
export function parseCookies(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  if (header === undefined) return cookies;
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    const name = trimBlanks(pair.slice(0, Math.max(equals, 0)));
    if (TOKEN.test(name) && !cookies.has(name)) cookies.set(name, trimBlanks(pair.slice(equals + 1)));
  }
  return cookies;
}

/**
 * One cookie of a header, as {@link parseCookies} reads it, without reading the others: what each request needs. It
 * takes no white space before the `=`, where browsers send none.
 */
export function findCookie(header: string, name: string): string | undefined {
  for (let start = 0, end = 0; start < header.length; start = end + 1) {
    end = header.indexOf(";", start);
    if (end === -1) end = header.length;
    while (isBlank(header[start])) start++;
    if (!header.startsWith(name, start) || header[start + name.length] !== "=") continue;
    return trimBlanks(header.slice(start + name.length + 1, end));
  }
  return undefined;
}

/**
 * Without white space around it, as RFC 6265 section 5.2 has it, and no other: a browser lets any host set a cookie whose
 * name is a no-break space and `__Host-…`, which a generous `trim()` would take for the real one. No regular expression:
 * one that looks for blanks at the end takes time by the square of those that are not.
 */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

/**
 * Whether a browser is about to show the answer as a page. Fetch Metadata decides where the browser sends it;
 * a prefetch, a frame and a bare `Accept: *​/*` are not navigations.
 */
export function isNavigation(request: RequestView): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  if (/prefetch|prerender/.test(request.header("sec-purpose") ?? request.header("purpose") ?? "")) return false;
  const mode = request.header("sec-fetch-mode");
  if (mode !== undefined) {
    return mode === "navigate" && (request.header("sec-fetch-dest") ?? "document") === "document";
  }
  return wantsHtml(request) && request.header("x-requested-with") === undefined;
}

/** Whether a page, and not JSON, is the right form for an answer. */
export function wantsHtml(request: RequestView): boolean {
  return (request.header("accept") ?? "").includes("text/html");
}

/** Headers of every answer of ours: never stored, never sniffed, and its address told to nobody. */
export const PRIVATE_HEADERS = {
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
} as const;

/** A redirect of ours. `303` after a POST, so that the browser follows with GET. */
export function redirect(location: string, status: 302 | 303 = 302): Response {
  return new Response(null, { status, headers: { ...PRIVATE_HEADERS, Location: location } });
}

/** A JSON answer of ours. */
export function json(body: unknown, status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...PRIVATE_HEADERS, "Content-Type": "application/json; charset=utf-8", ...headers },
  });
}
