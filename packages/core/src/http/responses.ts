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
