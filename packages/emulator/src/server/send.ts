import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { HttpResponse } from "../http/responses.ts";
import type { Fault } from "./faults.ts";

/** Sends a response: at once, truncated, or slowly, as the fault demands. */
export async function send(
  response: ServerResponse,
  { status, headers, body: text }: HttpResponse,
  { truncate, drip }: Pick<Fault, "truncate" | "drip"> = {},
): Promise<void> {
  // The client may have given up during a delay.
  if (response.destroyed) return;
  const body = Buffer.from(text, "utf8");
  response.writeHead(status, { ...headers, "content-length": body.length });
  if (truncate !== undefined && truncate !== false) {
    const bytes = truncate === true ? body.length >> 1 : truncate;
    response.write(body.subarray(0, bytes), () => response.destroy());
    return;
  }
  if (drip) return sendSlowly(response, body, drip);
  response.end(body);
}

async function sendSlowly(
  response: ServerResponse,
  body: Buffer,
  { bytes = 1, everyMs }: NonNullable<Fault["drip"]>,
): Promise<void> {
  for (let at = 0; at < body.length && !response.destroyed; at += bytes) {
    response.write(body.subarray(at, at + bytes));
    await wait(everyMs, undefined, { ref: false });
  }
  if (!response.destroyed) response.end();
}
