import type { Exchange } from "../http/exchange.ts";
import type { Endpoint } from "../protocol/endpoint.ts";
import type { JsonObject, SignOptions } from "../signing/jwt.ts";

/** A forged ID token: other claims, and how to sign them. */
export interface ForgedIdToken extends SignOptions {
  readonly claims?: JsonObject;
}

/**
 * Something that goes wrong, on purpose. The members combine: `delay` with `status`, `status` with
 * `headers`, and so on.
 */
export interface Fault {
  /** Where; `"api"` is Drive, Calendar, Cloud SQL Admin and Cloud Storage, `"any"` is everywhere. */
  readonly endpoint: Endpoint | "api" | "any";
  /** How many requests it strikes. Default 1; `Infinity` for all. */
  readonly times?: number;
  /** Strikes only the requests this accepts. */
  readonly match?: (request: Exchange) => boolean;
  /**
   * Google handles the request first (a code is spent, a grant revoked), and the fault strikes its
   * answer. Without it `delay`, `hang`, `reset`, `status` and `body` come before the request has any
   * effect.
   */
  readonly after?: boolean;
  /** Milliseconds to wait, in real time. */
  readonly delay?: number;
  /** Never answers. */
  readonly hang?: boolean;
  /** Resets the connection in place of an answer. */
  readonly reset?: boolean;
  /** Answers with this status in place of the correct answer. */
  readonly status?: number;
  /** Answers with this body in place of the correct answer: text as it is, anything else as JSON. */
  readonly body?: unknown;
  /** Adds headers to the answer, or replaces them; `undefined` removes one. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Changes a correct JSON answer: return the new one, or change the one passed in. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test knows the shape it is changing
  readonly transform?: (answer: any) => unknown;
  /** Replaces the ID token of a correct token answer. What it leaves out stays as it was. */
  readonly idToken?: (claims: JsonObject, header: JsonObject) => ForgedIdToken;
  /** Changes where a correct answer sends the user back to: return the new address, or change the one passed in. */
  readonly redirect?: (location: URL) => URL | string | void;
  /** Announces the whole body, sends so many bytes (`true`: half of them), then cuts the connection. */
  readonly truncate?: boolean | number;
  /** Sends the body in pieces of `bytes` (default 1), one every `everyMs` milliseconds. */
  readonly drip?: { readonly bytes?: number; readonly everyMs: number };
}

/** A fault in place. */
export interface FaultHandle {
  /** How many requests it has struck so far. */
  readonly hits: number;
  remove(): void;
}

/** The faults in place. The first one added that fits a request strikes it; one fault per request. */
export interface Faults {
  add(fault: Fault): FaultHandle;
  /** Removes them all. A request that hangs keeps hanging. */
  clear(): void;
}

interface PlacedFault {
  readonly fault: Fault;
  left: number;
  hits: number;
}

export class FaultList implements Faults {
  #placed: PlacedFault[] = [];

  add(fault: Fault): FaultHandle {
    const placed = { fault, left: fault.times ?? 1, hits: 0 };
    this.#placed.push(placed);
    return {
      get hits() {
        return placed.hits;
      },
      remove: () => {
        this.#placed = this.#placed.filter((other) => other !== placed);
      },
    };
  }

  clear(): void {
    this.#placed = [];
  }

  /** The fault that strikes this request, counted. */
  take(exchange: Exchange): Fault | undefined {
    const placed = this.#placed.find(({ fault, left }) => left > 0 && strikes(fault, exchange));
    if (!placed) return undefined;
    placed.left -= 1;
    placed.hits += 1;
    return placed.fault;
  }
}

function strikes({ endpoint, match }: Fault, exchange: Exchange): boolean {
  const isApi = ["drive", "calendar", "sqladmin", "storage"].includes(exchange.endpoint);
  const fits = endpoint === "any" || endpoint === exchange.endpoint || (endpoint === "api" && isApi);
  return fits && (match?.(exchange) ?? true);
}
