import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { type Exchange, isForm } from "../http/exchange.ts";
import { type HttpResponse, json } from "../http/responses.ts";
import type { Endpoint } from "../protocol/endpoint.ts";
import { skipsHandler, type Sign, applyFault } from "./apply-fault.ts";
import type { FaultList } from "./faults.ts";
import type { RequestRecorder } from "./request-log.ts";
import { send } from "./send.ts";
import { refuseHost, type ServesHost } from "./served-hosts.ts";

const largestBody = 65_536;

/** The handlers of a server, and the log, faults and clock that the emulator's servers share. */
export interface Service {
  readonly servesHost: ServesHost;
  readonly endpointOf: (path: string) => Endpoint;
  /** Returns the correct response to a request. */
  readonly handle: (exchange: Exchange) => HttpResponse;
  readonly requests: RequestRecorder;
  readonly faults: FaultList;
  /** Returns the emulator's time. */
  readonly now: () => number;
  /** Signs the ID token that a fault forges. */
  readonly sign: Sign;
}

/**
 * Creates a listener that reads each request, logs it, handles it, and applies a fault if one matches. A request for a host
 * that the service does not serve is refused before all this, and changes nothing.
 */
export function createListener(service: Service): RequestListener {
  const { servesHost, endpointOf, handle, requests, faults, now, sign } = service;
  return (request, response) => {
    respond(request, response).catch((error: unknown) => {
      // The client has gone away, which is not a defect of the emulator.
      if (response.headersSent || response.destroyed) return void response.destroy();
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return send(response, json(500, { error: "emulator_defect", error_description: message }));
    });
  };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host } = request.headers;
    if (!servesHost(host)) return send(response, refuseHost(host));
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
    const correct = after || !skipsHandler(fault) ? handle(exchange) : undefined;
    if (delay !== undefined && after) await wait(delay, undefined, { ref: false });
    if (fault.hang) return;
    if (fault.reset) {
      request.socket.resetAndDestroy();
      return;
    }
    const altered = applyFault(correct, fault, sign);
    noteStatus(altered.status);
    return send(response, altered, fault);
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

/** Returns `undefined` if the body is larger than any valid request to Google's endpoints. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // A body that is too large is read to its end too: otherwise the connection would close before the response.
    if (size <= largestBody) chunks.push(chunk);
  }
  return size > largestBody ? undefined : Buffer.concat(chunks).toString("utf8");
}
