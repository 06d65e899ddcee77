import type { IncomingHttpHeaders } from "node:http";
import type { Endpoint } from "../protocol/endpoint.ts";

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

export function isForm(exchange: Pick<Exchange, "headers">): boolean {
  const type = exchange.headers["content-type"] ?? "";
  return type.split(";")[0]!.trim().toLowerCase() === "application/x-www-form-urlencoded";
}
