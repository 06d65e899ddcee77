import type { Dispatcher } from "undici";

/** A request to Google or another server of the same role. */
export interface HttpRequest {
  readonly url: string;
  /** Default: `POST` with a form or JSON, otherwise `GET`. */
  readonly method?: "GET" | "POST" | "PUT";
  /** The body as `application/x-www-form-urlencoded`. It may hold secrets, and errors never contain it. */
  readonly form?: Readonly<Record<string, string>>;
  /** The body as `application/json`, instead of a form. */
  readonly json?: unknown;
  /** More headers. They may hold secrets, and errors never contain them. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A response that was read completely. Its status is not a redirect. */
export interface HttpResponse {
  readonly status: number;
  readonly body: string;
  /** Returns a header by its lower-case name. If it occurs several times, the first value. */
  header(name: string): string | undefined;
}

/** How one attempt is made, and what limits it. */
export interface AttemptLimits {
  /** `undefined`: undici's global dispatcher, with a proxy that the app has set there. `direct`: without any proxy. */
  readonly dispatcher: Dispatcher | "direct" | undefined;
  /** Milliseconds for the whole attempt: connection, headers and body. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** The longest response that is read, in bytes. Token responses and key sets have a few kilobytes. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/**
 * Why an attempt failed:
 * - `network`: the connection failed
 * - `timeout`: the attempt took too long
 * - `aborted`: the caller's signal was aborted
 * - `unusable`: the response must not be used, and another attempt would not change that
 */
export type FailureKind = "network" | "timeout" | "aborted" | "unusable";

/** The failure of one attempt. It contains no part of the request's or the response's body, so it may be a `cause`. */
export class AttemptFailure extends Error {
  override readonly name = "AttemptFailure";
  readonly kind: FailureKind;
  /** The error code of the system or of undici, such as `ECONNREFUSED`. */
  readonly code: string | undefined;
  /** Whether no connection was established, so that the server cannot have received anything. */
  readonly neverConnected: boolean;

  constructor(
    kind: FailureKind,
    message: string,
    options: { code?: string | undefined; neverConnected?: boolean } = {},
  ) {
    super(message);
    this.kind = kind;
    this.code = options.code;
    this.neverConnected = options.neverConnected ?? false;
  }
}

/**
 * Sends a request once and reads its response. It does not follow redirects, which would send secrets to another address.
 * @throws AttemptFailure
 */
export async function attemptRequest(request: HttpRequest, limits: AttemptLimits): Promise<HttpResponse> {
  const undici = await import("undici");
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new AttemptFailure("timeout", `no response within ${limits.timeout} ms`)),
    limits.timeout,
  );
  const abort = (): void => controller.abort(new AttemptFailure("aborted", "the caller's signal was aborted"));
  limits.signal?.addEventListener("abort", abort, { once: true });
  if (limits.signal?.aborted) abort();
  try {
    controller.signal.throwIfAborted();
    // undici checks the signal only after it has a connection, so the race also limits the time to connect.
    return await Promise.race([
      exchange(undici.request, request, dispatcherOf(limits, undici), controller.signal),
      rejection(controller.signal),
    ]);
  } catch (error) {
    throw toAttemptFailure(controller.signal.aborted ? controller.signal.reason : error);
  } finally {
    clearTimeout(timer);
    limits.signal?.removeEventListener("abort", abort);
  }
}

type Undici = typeof import("undici");
type Send = Undici["request"];

let direct: Dispatcher | undefined;

function dispatcherOf({ dispatcher }: AttemptLimits, { Agent }: Undici): Dispatcher | undefined {
  return dispatcher === "direct" ? (direct ??= new Agent()) : dispatcher;
}

async function exchange(
  send: Send,
  request: HttpRequest,
  dispatcher: Dispatcher | undefined,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { statusCode, headers, body } = await send(request.url, {
    method: methodOf(request),
    headers: { accept: "application/json", ...contentType(request), ...request.headers },
    body: bodyOf(request),
    ...(dispatcher !== undefined && { dispatcher }),
    signal,
    // One timer limits the whole attempt, including a response that arrives byte by byte.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  // A destroyed body emits an error, which nothing needs.
  body.on("error", () => undefined);
  if (statusCode >= 300 && statusCode < 400) {
    body.destroy();
    throw new AttemptFailure("unusable", `HTTP ${statusCode}: redirects are not followed`);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_RESPONSE_BYTES) {
      body.destroy();
      throw new AttemptFailure(
        "unusable",
        `HTTP ${statusCode}: the response is longer than ${MAX_RESPONSE_BYTES} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return {
    status: statusCode,
    body: Buffer.concat(chunks).toString("utf8"),
    header(name) {
      const value = headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
  };
}

/** Returns the method of a request: the given one, or the default for its body. */
export function methodOf({ method, form, json }: HttpRequest): "GET" | "POST" | "PUT" {
  return method ?? (form === undefined && json === undefined ? "GET" : "POST");
}

function contentType({ form, json }: HttpRequest): Readonly<Record<string, string>> {
  if (form !== undefined) return { "content-type": "application/x-www-form-urlencoded" };
  return json === undefined ? {} : { "content-type": "application/json" };
}

function bodyOf({ form, json }: HttpRequest): string | null {
  if (form !== undefined) return new URLSearchParams(form).toString();
  return json === undefined ? null : JSON.stringify(json);
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

/**
 * Errors of undici and of other dispatchers can contain the request's body, or the response's (HTTPParserError), so only
 * fields without such content are copied.
 */
function toAttemptFailure(error: unknown): AttemptFailure {
  if (error instanceof AttemptFailure) return error;
  const { code, name, syscall, message } = systemError(error);
  // The other side is not an HTTP server, or its response breaks the rules of HTTP.
  if (name === "HTTPParserError" || code === "UND_ERR_HEADERS_OVERFLOW") {
    return new AttemptFailure("unusable", "the response is not valid HTTP", { code });
  }
  const text = syscall === undefined ? (code ?? name ?? "unknown failure") : (message ?? code ?? syscall);
  return new AttemptFailure("network", text, { code, neverConnected: neverConnected(error) });
}

interface SystemError {
  code?: string | undefined;
  name?: string | undefined;
  syscall?: string | undefined;
  message?: string | undefined;
}

/** The fields of a Node.js system error. If every address of a host failed, those of the first error. */
function systemError(error: unknown): SystemError {
  if (error instanceof AggregateError && error.errors.length > 0) return systemError(error.errors[0]);
  return typeof error === "object" && error !== null ? error : {};
}

const CONNECT_CODES = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

function neverConnected(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(neverConnected);
  const { code, syscall } = systemError(error);
  return syscall === "connect" || syscall === "getaddrinfo" || (code !== undefined && CONNECT_CODES.has(code));
}
