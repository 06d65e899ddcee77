import type { ServerResponse } from "node:http";

/** What a handler may have said of a body that it then did not send. A wrong length would leave the client waiting. */
const OF_ANOTHER_BODY = ["Content-Length", "Content-Encoding", "Content-Range", "ETag", "Last-Modified"];

/**
 * Sends one of our answers on a `node:http` response, which may have headers already; to HEAD without the body.
 * Cookies are added to those that are there, every other header replaces its namesake.
 */
export async function sendNodeResponse(target: ServerResponse, answer: Response, method: string): Promise<void> {
  const body = method === "HEAD" ? "" : await answer.text();
  target.statusCode = answer.status;
  for (const name of OF_ANOTHER_BODY) if (target.hasHeader(name)) target.removeHeader(name);
  for (const [name, value] of answer.headers) {
    if (name === "set-cookie") appendNodeHeader(target, name, value);
    else target.setHeader(name, value);
  }
  target.end(body);
}

/** Adds a header to a `node:http` response; a cookie takes the place of its namesake there (RFC 6265 section 4.1.1). */
export function appendNodeHeader(target: ServerResponse, name: string, value: string): void {
  const present = target.getHeader(name);
  if (present !== undefined && name.toLowerCase() === "set-cookie") {
    target.setHeader(name, withCookie([present].flat().map(String), value));
  } else target.appendHeader(name, value);
}

/** Lines of `Set-Cookie` with one more, in place of the one of its name. */
export function withCookie(lines: readonly string[], line: string): string[] {
  const start = line.slice(0, line.indexOf("=") + 1);
  return [...lines.filter((present) => !present.startsWith(start)), line];
}
