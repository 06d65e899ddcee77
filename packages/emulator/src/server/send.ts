import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { Answer } from "../http/responses.ts";
import type { Fault } from "./faults.ts";

/** Sends an answer, the way the fault wants it sent. */
export async function send(
  response: ServerResponse,
  answer: Answer,
  { truncate, drip }: Pick<Fault, "truncate" | "drip"> = {},
): Promise<void> {
  // The client may have given up while the answer was held back.
  if (response.destroyed) return;
  const body = Buffer.from(answer.body, "utf8");
  response.writeHead(answer.status, { ...answer.headers, "content-length": body.length });
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
