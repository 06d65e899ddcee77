import type { ServerResponse } from "node:http";

/**
 * Sends one of our answers on a `node:http` response, which may have headers already; to HEAD without the body.
 * Cookies are added to those that are there, every other header replaces its namesake.
 */
export async function sendNodeResponse(target: ServerResponse, answer: Response, method: string): Promise<void> {
  const body = method === "HEAD" ? "" : await answer.text();
  target.statusCode = answer.status;
  for (const [name, value] of answer.headers) {
    if (name === "set-cookie") target.appendHeader(name, value);
    else target.setHeader(name, value);
  }
  target.end(body);
}
