/** What a handler answers. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** As on every answer of Google that must not be stored. */
export const notStored = {
  "cache-control": "no-cache, no-store, max-age=0, must-revalidate",
  pragma: "no-cache",
  expires: "Mon, 01 Jan 1990 00:00:00 GMT",
} as const;

/** Google writes JSON for people: two spaces, and a charset. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = notStored): Answer {
  return {
    status,
    headers: { ...headers, "content-type": "application/json; charset=utf-8" },
    body: `${JSON.stringify(body, null, 2)}\n`,
  };
}

export function redirect(location: string): Answer {
  return {
    status: 302,
    headers: { ...notStored, location, "referrer-policy": "no-referrer" },
    body: "",
  };
}
