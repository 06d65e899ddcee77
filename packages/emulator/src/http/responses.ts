/** The response of a handler. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The headers with which Google forbids storing a response. */
export const noStore = {
  "cache-control": "no-cache, no-store, max-age=0, must-revalidate",
  pragma: "no-cache",
  expires: "Mon, 01 Jan 1990 00:00:00 GMT",
} as const;

/** A JSON response as Google formats it: indented by two spaces, with a charset. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = noStore): HttpResponse {
  return {
    status,
    headers: { ...headers, "content-type": "application/json; charset=utf-8" },
    body: `${JSON.stringify(body, null, 2)}\n`,
  };
}

export function redirect(location: string): HttpResponse {
  return {
    status: 302,
    headers: { ...noStore, location, "referrer-policy": "no-referrer" },
    body: "",
  };
}
