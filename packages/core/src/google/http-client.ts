import { setTimeout as pause } from "node:timers/promises";
import type { Dispatcher } from "undici";
import { AuthError } from "../errors/auth-error.ts";
import { AttemptFailure, attemptRequest, methodOf } from "./http-attempt.ts";
import type { AttemptLimits, HttpRequest, HttpResponse } from "./http-attempt.ts";
import { parseRetryAfter, retryDelay } from "./retry-delay.ts";

/**
 * When a request may be sent again:
 * - `safe`: after any retryable failure. Refresh, revocation and key sets are safe to repeat.
 * - `never-after-send`: only if no connection was established. A code works once, and a server that receives it twice may
 *   revoke the tokens that it issued the first time (RFC 6749 section 4.1.2).
 */
export type Replay = "safe" | "never-after-send";

/** Options of an {@link HttpClient}. Their defaults are set here and nowhere else. */
export interface HttpClientOptions {
  /** An undici dispatcher, such as a `ProxyAgent`, or `direct` for none. Default: undici's global dispatcher. */
  readonly dispatcher?: Dispatcher | "direct" | undefined;
  /** Milliseconds for one attempt, from the connection to the last byte: 1 to 120,000. Default 10,000. */
  readonly timeout?: number | undefined;
  /** Waits between attempts. It rejects when the signal is aborted. */
  readonly sleep?: ((milliseconds: number, signal?: AbortSignal) => Promise<unknown>) | undefined;
  /** Returns a number from 0 up to 1, which spreads retries over time. It need not be secure. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Returns milliseconds since the epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** A request, and whether it may be sent again. */
export interface RetryableRequest extends HttpRequest {
  readonly replay: Replay;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request with up to three attempts and pauses between them.
 * @returns a response with a status 2xx or 4xx, but never 429
 * @throws AuthError `temporarily_unavailable` if the attempts fail, `invalid_response` if the response must not be used
 */
export type HttpClient = (request: RetryableRequest) => Promise<HttpResponse>;

const DEFAULT_TIMEOUT = 10_000;
const MAX_TIMEOUT = 120_000;
const ATTEMPTS = 3;
/** Milliseconds. A user is waiting, so if the server asks for a longer pause, the request fails and the user can try again. */
const LONGEST_PAUSE = 5_000;

/**
 * Makes an {@link HttpClient}. All attempts of a request together end within twice the timeout plus five seconds.
 * @throws TypeError if the timeout is not in its range
 */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const { dispatcher, timeout = DEFAULT_TIMEOUT, sleep = defaultSleep, random = Math.random } = options;
  // The global is read when it is needed: the mock timers of tests replace it after the construction.
  const { now = () => Date.now() } = options;
  if (!Number.isInteger(timeout) || timeout < 1 || timeout > MAX_TIMEOUT) {
    throw new TypeError(
      `timeout must be a whole number of milliseconds from 1 to ${MAX_TIMEOUT}, not ${String(timeout)}.`,
    );
  }

  return async function request({ replay, signal, ...outgoing }) {
    const where = describeRequest(outgoing);
    const deadline = performance.now() + 2 * timeout + LONGEST_PAUSE;
    for (let attempt = 1; ; attempt += 1) {
      const left = Math.max(1, Math.ceil(Math.min(timeout, deadline - performance.now())));
      const outcome = await tryOnce(where, outgoing, { dispatcher, timeout: left, signal }, now);
      if ("response" in outcome) return outcome.response;

      const mayResend = replay === "safe" ? outcome.retryable : outcome.neverConnected;
      const delay = Math.max(retryDelay(attempt, random), (outcome.retryAfter ?? 0) * 1_000);
      if (!mayResend || attempt === ATTEMPTS || delay > LONGEST_PAUSE || performance.now() + delay >= deadline)
        throw outcome.error;
      try {
        await sleep(delay, signal);
      } catch {
        throw unavailable(where, new AttemptFailure("aborted", "the caller's signal was aborted"));
      }
    }
  };
}

type Outcome =
  | { readonly response: HttpResponse }
  | {
      readonly error: AuthError;
      readonly retryable: boolean;
      readonly neverConnected: boolean;
      readonly retryAfter?: number | undefined;
    };

async function tryOnce(
  where: string,
  request: HttpRequest,
  limits: AttemptLimits,
  now: () => number,
): Promise<Outcome> {
  try {
    const response = await attemptRequest(request, limits);
    if (response.status < 500 && response.status !== 429) return { response };
    const retryAfter = parseRetryAfter(response.header("retry-after"), now());
    const error = new AuthError("temporarily_unavailable", {
      detail: `${where}: HTTP ${response.status}`,
      ...(retryAfter !== undefined && { retryAfter }),
    });
    return { error, retryable: true, neverConnected: false, retryAfter };
  } catch (failure) {
    if (!(failure instanceof AttemptFailure)) throw failure;
    const error =
      failure.kind === "unusable"
        ? new AuthError("invalid_response", { detail: `${where}: ${failure.message}`, cause: failure })
        : unavailable(where, failure);
    return {
      error,
      retryable: failure.kind === "network" || failure.kind === "timeout",
      neverConnected: failure.neverConnected,
    };
  }
}

function unavailable(where: string, failure: AttemptFailure): AuthError {
  return new AuthError("temporarily_unavailable", { detail: `${where}: ${failure.message}`, cause: failure });
}

/** The method and the address for messages, without the query, which may hold secrets. */
function describeRequest(request: HttpRequest): string {
  const { origin, pathname } = new URL(request.url);
  return `${methodOf(request)} ${origin}${pathname}`;
}

function defaultSleep(milliseconds: number, signal?: AbortSignal): Promise<unknown> {
  return pause(milliseconds, undefined, { signal });
}
