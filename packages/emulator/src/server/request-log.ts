import type { IncomingHttpHeaders } from "node:http";
import type { Exchange } from "../http/exchange.ts";
import type { Endpoint } from "../protocol/endpoint.ts";

/** A request that the emulator received. */
export interface LoggedRequest {
  readonly endpoint: Endpoint;
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The query parameters; of a repeated parameter, the last value. */
  readonly query: Readonly<Record<string, string>>;
  /** The fields of a form-encoded body; of a repeated field, the last value. */
  readonly form: Readonly<Record<string, string>>;
  /** The body as text. */
  readonly body: string;
  /** The status of the response. `undefined` if there is none yet, or a fault left the request without a response. */
  readonly status: number | undefined;
  /** The time of arrival by the emulator's clock, in milliseconds since the epoch. */
  readonly at: number;
}

/**
 * The requests that the emulator received, oldest first. It keeps the last 10,000.
 *
 * @example
 * ```ts
 * expect(google.requests.of("token")).toMatchObject([{ form: { grant_type: "refresh_token" }, status: 200 }]);
 * ```
 */
export interface RequestLog extends ReadonlyArray<LoggedRequest> {
  /** Returns the requests to one endpoint. */
  of(endpoint: Endpoint): LoggedRequest[];
  /** Forgets all requests. */
  clear(): void;
}

const kept = 10_000;

/** The request log that the listeners write to. */
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

  /** Logs a request. The returned function adds the status of its response. */
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
