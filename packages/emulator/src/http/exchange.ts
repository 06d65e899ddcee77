import type { IncomingHttpHeaders } from "node:http";
import type { Endpoint } from "../protocol/endpoint.ts";

/** A request whose body has been read completely. Handlers and {@link Fault.match} get it. */
export interface Exchange {
  readonly endpoint: Endpoint;
  readonly method: string;
  /** The path without the query, not decoded. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  /** The fields of a form-encoded body; empty for any other body. */
  readonly form: URLSearchParams;
  /** The body as text. */
  readonly body: string;
}

export function isForm(exchange: Pick<Exchange, "headers">): boolean {
  const type = exchange.headers["content-type"] ?? "";
  return type.split(";")[0]!.trim().toLowerCase() === "application/x-www-form-urlencoded";
}
