import type { Exchange } from "../http/exchange.ts";
import type { Endpoint } from "../protocol/endpoint.ts";
import type { JsonObject, SignOptions } from "../signing/jwt.ts";

/** A forged ID token: its claims, and how to sign them. */
export interface ForgedIdToken extends SignOptions {
  /** Default: the claims of the correct token. */
  readonly claims?: JsonObject;
}

/**
 * A failure that the emulator produces on purpose. The members can be combined, for example `delay` with `status`.
 *
 * @example
 * ```ts
 * google.faults.add({ endpoint: "token", status: 503, headers: { "retry-after": "1" }, times: 2 });
 * google.faults.add({ endpoint: "token", reset: true, after: true }); // the code is spent, and the response is lost
 * ```
 */
export interface Fault {
  /** The endpoint. `"api"` means Drive, Calendar, Cloud SQL Admin and Cloud Storage; `"any"` means every endpoint. */
  readonly endpoint: Endpoint | "api" | "any";
  /** The number of requests that the fault applies to. Default 1. Use `Infinity` for all requests. */
  readonly times?: number;
  /** Limits the fault to requests for which this function returns `true`. */
  readonly match?: (request: Exchange) => boolean;
  /**
   * Whether the emulator handles the request first, so that a code is spent or a grant revoked. Default `false`: with
   * `delay`, `hang`, `reset`, `status` or `body`, the fault comes before the request has any effect.
   */
  readonly after?: boolean;
  /** Waits before the response, in milliseconds of real time. */
  readonly delay?: number;
  /** Never responds. */
  readonly hang?: boolean;
  /** Resets the connection and does not respond. */
  readonly reset?: boolean;
  /** Responds with this status in place of the correct response. */
  readonly status?: number;
  /** Responds with this body in place of the correct one. Text is sent unchanged, any other value as JSON. */
  readonly body?: unknown;
  /** Adds or replaces headers of the response. A header that is `undefined` is removed. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Changes a correct JSON response. Return the new value, or change the given one. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test knows the shape that it changes
  readonly transform?: (response: any) => unknown;
  /** Replaces the ID token of a correct token response. Members that the function leaves out stay correct. */
  readonly idToken?: (claims: JsonObject, header: JsonObject) => ForgedIdToken;
  /** Changes the address of a correct redirect to the client. Return the new address, or change the given one. */
  readonly redirect?: (location: URL) => URL | string | void;
  /** Announces the whole body, sends this number of bytes (`true`: half of the body), and cuts the connection. */
  readonly truncate?: boolean | number;
  /** Sends the body slowly: pieces of `bytes` (default 1), one every `everyMs` milliseconds. */
  readonly drip?: { readonly bytes?: number; readonly everyMs: number };
}

/** A fault that was added. */
export interface FaultHandle {
  /** The number of requests that the fault has been applied to. */
  readonly hits: number;
  /** Removes the fault. */
  remove(): void;
}

/** The faults of an emulator. At most one fault applies to a request: the first one added that matches it. */
export interface Faults {
  /**
   * Adds a fault.
   *
   * @example
   * ```ts
   * const fault = google.faults.add({ endpoint: "token", status: 503 });
   * // … let the app refresh its token
   * expect(fault.hits).toBe(1);
   * ```
   */
  add(fault: Fault): FaultHandle;
  /** Removes all faults. A request that hangs already keeps hanging. */
  clear(): void;
}

interface AddedFault {
  readonly fault: Fault;
  left: number;
  hits: number;
}

export class FaultList implements Faults {
  #added: AddedFault[] = [];

  add(fault: Fault): FaultHandle {
    const added = { fault, left: fault.times ?? 1, hits: 0 };
    this.#added.push(added);
    return {
      get hits() {
        return added.hits;
      },
      remove: () => {
        this.#added = this.#added.filter((other) => other !== added);
      },
    };
  }

  clear(): void {
    this.#added = [];
  }

  /** Returns the fault for this request and counts it. */
  take(exchange: Exchange): Fault | undefined {
    const added = this.#added.find(({ fault, left }) => left > 0 && matches(fault, exchange));
    if (!added) return undefined;
    added.left -= 1;
    added.hits += 1;
    return added.fault;
  }
}

function matches({ endpoint, match }: Fault, exchange: Exchange): boolean {
  const isApi = ["drive", "calendar", "sqladmin", "storage"].includes(exchange.endpoint);
  const isHere = endpoint === "any" || endpoint === exchange.endpoint || (endpoint === "api" && isApi);
  return isHere && (match?.(exchange) ?? true);
}
