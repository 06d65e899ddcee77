import { setTimeout as pause } from "node:timers/promises";
import type { Dispatcher } from "undici";
import { AuthError } from "../errors/auth-error.ts";
import { type HttpResponse, methodOf, type HttpRequest, AttemptFailure, attemptRequest } from "./http-attempt.ts";
import { parseRetryAfter, retryDelay } from "./retry-delay.ts";

/**
 * When a request may be sent again.
 * - `safe`: after any passing failure. Refresh, revocation and key sets: the second has the effect of the first.
 * - `never-after-send`: only where no connection was established. A code is single-use, and a server that sees it twice
 *   may revoke what it issued for the first (RFC 6749 section 4.1.2).
 */
export type Replay = "safe" | "never-after-send";

/** How requests to the provider are made. Everything has its default here, and only here. */
export interface HttpClientOptions {
  /** An undici dispatcher, such as a `ProxyAgent`, or none whatever the app has set; default undici's global one. */
  readonly dispatcher?: Dispatcher | "direct" | undefined;
  /** Milliseconds for one attempt, from connecting to the last byte; default 10,000. */
  readonly timeout?: number | undefined;
  /** Waits between attempts; rejects when the signal aborts. */
  readonly sleep?: ((milliseconds: number, signal?: AbortSignal) => Promise<unknown>) | undefined;
  /** A number of 0 up to 1; default `Math.random` (it spreads retries, and guards nothing). */
  readonly random?: (() => number) | undefined;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** A request to the provider, and what may be done when it fails. */
export interface RetryableRequest extends HttpRequest {
  readonly replay: Replay;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request, with patience: three attempts at most, with pauses between them.
 * @returns an answer of status 2xx or 4xx, but never 429
 * @throws AuthError `temporarily_unavailable` for what passes, `invalid_response` for an answer that must not be used
 */
export type HttpClient = (request: RetryableRequest) => Promise<HttpResponse>;

const DEFAULT_TIMEOUT = 10_000;
const MAX_TIMEOUT = 120_000;
const ATTEMPTS = 3;
/** Milliseconds. A user is waiting: where the server asks for more than this, it is the user's turn to come back. */
const LONGEST_PAUSE = 5_000;

/**
 * Makes a {@link HttpClient}.
 *
 * However an endpoint misbehaves, a request ends within twice the time-out plus five seconds.
 * @throws TypeError for an option that makes no sense
 */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const { dispatcher, timeout = DEFAULT_TIMEOUT, sleep = defaultSleep, random = Math.random, now = Date.now } = options;
  if (!Number.isInteger(timeout) || timeout < 1 || timeout > MAX_TIMEOUT) {
    throw new TypeError(
      `timeout must be a whole number of milliseconds, 1 to ${MAX_TIMEOUT}; it is ${String(timeout)}.`,
    );
  }

  return async function request({ replay, signal, ...outgoing }) {
    const where = describeRequest(outgoing);
    const deadline = performance.now() + 2 * timeout + LONGEST_PAUSE;
    for (let attempt = 1; ; attempt += 1) {
      const left = Math.max(1, Math.ceil(Math.min(timeout, deadline - performance.now())));
      const outcome = await tryOnce(where, outgoing, { dispatcher, timeout: left, signal }, now);
      if ("answer" in outcome) return outcome.answer;

      const mayResend = replay === "safe" ? outcome.passing : outcome.neverConnected;
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
  | { readonly answer: HttpResponse }
  | {
      readonly error: AuthError;
      readonly passing: boolean;
      readonly neverConnected: boolean;
      readonly retryAfter?: number | undefined;
    };

async function tryOnce(
  where: string,
  request: HttpRequest,
  limits: Parameters<typeof attemptRequest>[1],
  now: () => number,
): Promise<Outcome> {
  try {
    const answer = await attemptRequest(request, limits);
    if (answer.status < 500 && answer.status !== 429) return { answer };
    const retryAfter = parseRetryAfter(answer.header("retry-after"), now());
    const error = new AuthError("temporarily_unavailable", {
      detail: `${where}: HTTP ${answer.status}`,
      ...(retryAfter !== undefined && { retryAfter }),
    });
    return { error, passing: true, neverConnected: false, retryAfter };
  } catch (failure) {
    if (!(failure instanceof AttemptFailure)) throw failure;
    const error =
      failure.kind === "unusable"
        ? new AuthError("invalid_response", { detail: `${where}: ${failure.message}`, cause: failure })
        : unavailable(where, failure);
    return {
      error,
      passing: failure.kind === "network" || failure.kind === "timeout",
      neverConnected: failure.neverConnected,
    };
  }
}

function unavailable(where: string, failure: AttemptFailure): AuthError {
  return new AuthError("temporarily_unavailable", { detail: `${where}: ${failure.message}`, cause: failure });
}

/** Method and address, for messages; without the query, which might hold anything. */
function describeRequest(request: HttpRequest): string {
  const { origin, pathname } = new URL(request.url);
  return `${methodOf(request)} ${origin}${pathname}`;
}

function defaultSleep(milliseconds: number, signal?: AbortSignal): Promise<unknown> {
  return pause(milliseconds, undefined, { signal });
}
