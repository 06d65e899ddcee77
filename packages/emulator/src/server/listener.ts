import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { type Exchange, isForm } from "../http/exchange.ts";
import { type Answer, json } from "../http/responses.ts";
import type { Endpoint } from "../protocol/endpoint.ts";
import type { FaultList } from "./faults.ts";
import type { RequestRecorder } from "./request-log.ts";
import { send } from "./send.ts";
import { preventsAnswer, type Sign, spoil } from "./spoil.ts";

const largestBody = 65_536;

/** What a server serves, and what the emulator's servers share. */
export interface Service {
  readonly endpointOf: (path: string) => Endpoint;
  /** The correct answer to a request. */
  readonly handle: (exchange: Exchange) => Answer;
  readonly requests: RequestRecorder;
  readonly faults: FaultList;
  /** The emulator's time. */
  readonly now: () => number;
  /** Signs the ID tokens that a fault forges. */
  readonly sign: Sign;
}

/** The way of a request: read, logged, struck by a fault perhaps, handled, answered. */
export function createListener({ endpointOf, handle, requests, faults, now, sign }: Service): RequestListener {
  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A client that went away is no defect; anything else would be one of the emulator's own.
      if (response.headersSent || response.destroyed) return void response.destroy();
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return send(response, json(500, { error: "emulator_defect", error_description: message }));
    });
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (body === undefined) {
      return send(response, json(413, { error: "request_too_large" }));
    }
    const exchange = toExchange(request, body, endpointOf);
    const noteStatus = requests.record(exchange, now());
    const fault = faults.take(exchange);
    if (!fault) {
      const correct = handle(exchange);
      noteStatus(correct.status);
      return send(response, correct);
    }
    const { after = false, delay } = fault;
    if (delay !== undefined && !after) await wait(delay, undefined, { ref: false });
    const correct = after || !preventsAnswer(fault) ? handle(exchange) : undefined;
    if (delay !== undefined && after) await wait(delay, undefined, { ref: false });
    if (fault.hang) return;
    if (fault.reset) {
      request.socket.resetAndDestroy();
      return;
    }
    const spoiled = spoil(correct, fault, sign);
    noteStatus(spoiled.status);
    return send(response, spoiled, fault);
  }
}

function toExchange(request: IncomingMessage, body: string, endpointOf: Service["endpointOf"]): Exchange {
  const [path = "/", ...query] = (request.url ?? "/").split("?");
  const { headers, method = "GET" } = request;
  return {
    endpoint: endpointOf(path),
    method,
    path,
    headers,
    query: new URLSearchParams(query.join("?")),
    form: new URLSearchParams(isForm({ headers }) ? body : ""),
    body,
  };
}

/** `undefined` for a body larger than any request to Google's endpoints. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read to the end all the same: leaving early would cut the connection before the answer.
    if (size <= largestBody) chunks.push(chunk);
  }
  return size > largestBody ? undefined : Buffer.concat(chunks).toString("utf8");
}
