import { STATUS_CODES } from "node:http";
import type { ServerResponse } from "node:http";
import { inspect } from "node:util";
import { AuthError } from "@scopegate/core";

/** Ends a response that an error stopped, so that no request hangs; a fault of the server's becomes a warning. */
export function lastAnswer(error: unknown, res: ServerResponse): void {
  const { status, headers } = error instanceof AuthError ? error : { status: 500, headers: {} };
  if (status >= 500)
    process.emitWarning("A request failed", {
      type: "ScopegateWarning",
      code: "SCOPEGATE_HANDLER",
      detail: inspect(error),
    });
  if (res.writableEnded) return;
  // Half an answer must not look like a whole one.
  if (res.headersSent) return void res.destroy();
  // What the handler said of its own answer is untrue of this one.
  for (const name of res.getHeaderNames()) if (name !== "set-cookie") res.removeHeader(name);
  res.writeHead(status, { ...headers, "Content-Type": "text/plain; charset=utf-8" }).end(STATUS_CODES[status]);
}
