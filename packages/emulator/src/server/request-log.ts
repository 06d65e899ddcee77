import type { IncomingHttpHeaders } from "node:http";
import type { Exchange } from "../http/exchange.ts";
import type { Endpoint } from "../protocol/endpoint.ts";

/** A request that reached the emulator. */
export interface LoggedRequest {
  readonly endpoint: Endpoint;
  readonly method: string;
  /** The path alone, without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Of a repeated parameter, the last value. */
  readonly query: Readonly<Record<string, string>>;
  /** The fields of a form-encoded body; of a repeated one, the last value. */
  readonly form: Readonly<Record<string, string>>;
  /** The body as it came. */
  readonly body: string;
  /** The answer's status; `undefined` while there is none: on the way, hung or reset. */
  readonly status: number | undefined;
  /** When it arrived, by the emulator's clock, in milliseconds since the epoch. */
  readonly at: number;
}

/** The requests, oldest first. The last 10,000 are kept. */
export interface RequestLog extends ReadonlyArray<LoggedRequest> {
  /** The requests to one endpoint. */
  of(endpoint: Endpoint): LoggedRequest[];
  clear(): void;
}

const kept = 10_000;

/** The log's writing side, which only the listener holds. */
export class RequestRecorder extends Array<LoggedRequest> implements RequestLog {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  of(endpoint: Endpoint): LoggedRequest[] {
    return this.filter((request) => request.endpoint === endpoint);
  }

  clear(): void {
    this.length = 0;
  }

  /** Logs an arrival; the returned function notes the status of its answer. */
  record(exchange: Exchange, at: number): (status: number) => void {
    const { endpoint, method, path, headers, body } = exchange;
    const query = Object.fromEntries(exchange.query);
    const form = Object.fromEntries(exchange.form);
    const entry = { endpoint, method, path, headers, query, form, body, at };
    const request: { -readonly [Key in keyof LoggedRequest]: LoggedRequest[Key] } = {
      ...entry,
      status: undefined,
    };
    this.push(request);
    if (this.length > kept) this.shift();
    return (status) => {
      request.status = status;
    };
  }
}
