/** The headers of every response that Scopegate makes: it is never cached or sniffed, and its URL is never sent as a referrer. */
export const PRIVATE_HEADERS = {
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
} as const;

/**
 * A redirect.
 * @param status - `303` after a POST, so that the browser follows with GET (RFC 9110 section 15.4.4)
 */
export function redirect(location: string, status: 302 | 303 = 302): Response {
  return new Response(null, { status, headers: { ...PRIVATE_HEADERS, Location: location } });
}

/** A JSON response. */
export function json(body: unknown, status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...PRIVATE_HEADERS, "Content-Type": "application/json; charset=utf-8", ...headers },
  });
}
