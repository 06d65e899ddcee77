import { STATUS_CODES } from "node:http";
import type { ServerResponse } from "node:http";
import { inspect } from "node:util";
import { AuthError } from "@scopegate/core";

/** Ends the response of a request whose handling failed, so that no client waits for ever. A server fault becomes a warning. */
export function lastResponse(error: unknown, res: ServerResponse): void {
  const { status, headers } = error instanceof AuthError ? error : { status: 500, headers: {} };
  if (status >= 500) {
    process.emitWarning("A request failed", {
      type: "ScopegateWarning",
      code: "SCOPEGATE_HANDLER",
      detail: inspect(error),
    });
  }
  if (res.writableEnded) return;
  // A response that has begun must not look complete.
  if (res.headersSent) return void res.destroy();
  // The handler set these headers for its own response.
  for (const name of res.getHeaderNames()) if (name !== "set-cookie") res.removeHeader(name);
  res.writeHead(status, { ...headers, "Content-Type": "text/plain; charset=utf-8" }).end(STATUS_CODES[status]);
}
