import type { ServerResponse } from "node:http";
import { withCookie } from "./set-cookie.ts";

/** Headers that a handler may have set for a body that it then did not send. A wrong length would leave the client waiting. */
const BODY_HEADERS = ["Content-Length", "Content-Encoding", "Content-Range", "ETag", "Last-Modified"];

/**
 * Whether a response takes headers. On the sockets of socket.io and in hand-written code for upgrades, middleware gets
 * another object, or nothing. It counts as a response whose head has left.
 */
export function takesHeaders(target: Partial<ServerResponse> | undefined): boolean {
  return typeof target?.appendHeader === "function";
}

/**
 * Sends a `Response` on a `node:http` response that may have headers already; for HEAD without the body. Cookies are
 * added to the present ones, and every other header replaces the present one.
 * @throws TypeError if the target takes no headers
 */
export async function sendNodeResponse(target: ServerResponse, response: Response, method: string): Promise<void> {
  if (!takesHeaders(target)) {
    throw new TypeError(
      `The response with HTTP ${response.status} cannot be sent, because the \`res\` of this request takes no headers, as when a WebSocket opens. ` +
        "Refuse the connection for this error.",
    );
  }
  const body = method === "HEAD" ? "" : await response.text();
  target.statusCode = response.status;
  for (const name of BODY_HEADERS) if (target.hasHeader(name)) target.removeHeader(name);
  for (const [name, value] of response.headers) {
    if (name === "set-cookie") appendNodeHeader(target, name, value);
    else target.setHeader(name, value);
  }
  target.end(body);
}

/**
 * Sends the response of a promise, or passes the request on if there is none.
 * @param pass - called if there is no response
 * @param fail - called with the reason of a rejection, and with an error that `pass` throws. Default `pass`, as
 *   connect-style `next(error)` takes it
 */
export function sendOrPass(
  outcome: Promise<Response | undefined>,
  target: ServerResponse,
  method: string,
  pass: (error?: unknown) => void,
  fail = pass,
): void {
  outcome
    .then((response) => (response === undefined ? pass() : sendNodeResponse(target, response, method)))
    .catch(fail);
}

/** Adds a header to a `node:http` response. A cookie replaces one of the same name (RFC 6265 section 4.1.1). */
export function appendNodeHeader(target: ServerResponse, name: string, value: string): void {
  const present = target.getHeader(name);
  if (present !== undefined && name.toLowerCase() === "set-cookie") {
    target.setHeader(name, withCookie([present].flat().map(String), value));
  } else target.appendHeader(name, value);
}
