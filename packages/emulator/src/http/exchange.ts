import type { IncomingHttpHeaders } from "node:http";

/** The parts of the emulator that the request log and the faults tell apart. */
export type Endpoint =
  | "home"
  | "discovery"
  | "authorization"
  /** The account chooser. */
  | "accounts"
  /** An account was clicked. */
  | "choice"
  /** The consent page. */
  | "consent"
  /** The consent page was answered. */
  | "decision"
  | "token"
  | "revocation"
  | "tokeninfo"
  | "userinfo"
  | "jwks"
  | "certificates"
  | "serviceKeys"
  | "serviceCertificates"
  | "sts"
  /** What a workload shows elsewhere: see {@link Emulator.externalAccount}. */
  | "subjectToken"
  | "iamCredentials"
  /** The metadata server, on a port of its own. */
  | "metadata"
  | "drive"
  | "calendar"
  | "sqladmin"
  | "storage"
  | "picture"
  | "other";

/** A request as the handlers see it: read completely, parsed once. */
export interface Exchange {
  readonly endpoint: Endpoint;
  readonly method: string;
  /** The path alone, not decoded. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  /** The body's fields where it is form-encoded; empty otherwise. */
  readonly form: URLSearchParams;
  /** The body as text. */
  readonly body: string;
}

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

export function isForm(exchange: Pick<Exchange, "headers">): boolean {
  const type = exchange.headers["content-type"] ?? "";
  return type.split(";")[0]!.trim().toLowerCase() === "application/x-www-form-urlencoded";
}

/** The token of an `Authorization: Bearer` header. */
export function bearerToken(exchange: Exchange): string | undefined {
  return /^Bearer +(\S+)$/i.exec(exchange.headers.authorization ?? "")?.[1];
}
