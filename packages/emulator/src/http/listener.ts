import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { Google } from "../google.ts";
import { type Answer, type Endpoint, type Exchange, isForm, json } from "./exchange.ts";
import type { FaultList } from "./faults.ts";
import type { RequestRecorder } from "./request-log.ts";
import { send } from "./send.ts";
import { preventsAnswer, spoil } from "./spoil.ts";

const largestBody = 65_536;

/** What a server serves. */
export interface Service {
  readonly endpointOf: (path: string) => Endpoint;
  /** The correct answer to a request. */
  readonly handle: (exchange: Exchange) => Answer;
}

/** The way of a request: read, logged, struck by a fault perhaps, handled, answered. */
export function createListener(
  google: Google,
  requests: RequestRecorder,
  faults: FaultList,
  { endpointOf, handle }: Service,
): RequestListener {
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
    const noteStatus = requests.record(exchange, google.clock.now());
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
    const spoiled = spoil(correct, fault, (claims, options) => google.keys.sign(claims, options));
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
