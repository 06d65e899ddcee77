import type { Dispatcher } from "undici";

/** A request to the provider: a form or JSON makes it a POST, otherwise it is a GET. */
export interface HttpRequest {
  readonly url: string;
  /** Default `POST` with a body, else `GET`. */
  readonly method?: "GET" | "POST" | "PUT";
  /** Sent as `application/x-www-form-urlencoded`. May hold secrets; nothing of it reaches an error. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as `application/json`, in place of a form. */
  readonly json?: unknown;
  /** Further headers. May hold secrets; nothing of them reaches an error. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that was read to its end, of any status but a redirect. */
export interface HttpResponse {
  readonly status: number;
  readonly body: string;
  /** A header by its lower-case name; the first line where there are several. */
  header(name: string): string | undefined;
}

/** Bounds of one attempt. */
export interface AttemptLimits {
  readonly dispatcher: Dispatcher | "direct" | undefined;
  /** Milliseconds for the whole attempt: connecting, headers and body. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** The most that is read of an answer, in bytes: token responses and key sets have a few kilobytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Why an attempt came to nothing.
 * - `network`: the connection failed; `timeout`: it took too long
 * - `aborted`: the caller's signal fired
 * - `unusable`: there was an answer, and it must not be used: trying again will not mend it
 */
export type FailureKind = "network" | "timeout" | "aborted" | "unusable";

/** One attempt's failure. It holds nothing of the request's body or the answer's, and so may be a `cause`. */
export class AttemptFailure extends Error {
  override readonly name = "AttemptFailure";
  readonly kind: FailureKind;
  /** The system's or undici's code for it, such as `ECONNREFUSED`. */
  readonly code: string | undefined;
  /** Whether no connection was ever established, so that the server cannot have seen a byte. */
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
 * Sends a request once and reads its answer. Redirects are not followed: they would carry secrets to another address.
 * Without a `dispatcher`, undici's global one is used, and so is a proxy that the app has set there; `direct` knows none.
 * @throws AttemptFailure
 */
export async function attemptRequest(request: HttpRequest, limits: AttemptLimits): Promise<HttpResponse> {
  const undici = await import("undici");
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new AttemptFailure("timeout", `no answer within ${limits.timeout} ms`)),
    limits.timeout,
  );
  const abort = (): void => controller.abort(new AttemptFailure("aborted", "the caller's signal was aborted"));
  limits.signal?.addEventListener("abort", abort, { once: true });
  if (limits.signal?.aborted) abort();
  try {
    controller.signal.throwIfAborted();
    // undici heeds the signal only once it has a connection, so waiting for one is raced against it.
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
    // One timer bounds the whole attempt, so that an answer that drips in byte by byte is bounded too.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  // Destroying a body makes it emit an error, which is of no interest then.
  body.on("error", () => undefined);
  if (statusCode >= 300 && statusCode < 400) {
    body.destroy();
    throw new AttemptFailure("unusable", `HTTP ${statusCode}: redirects are not followed`);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) {
      body.destroy();
      throw new AttemptFailure("unusable", `HTTP ${statusCode}: the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
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

/** The method of a request, by what it says or carries. */
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
 * Errors of undici and of foreign dispatchers may quote the request's body, or carry the answer's (HTTPParserError),
 * so only what is known to be harmless is taken over.
 */
function toAttemptFailure(error: unknown): AttemptFailure {
  if (error instanceof AttemptFailure) return error;
  const { code, name, syscall, message } = systemError(error);
  // What answers is no HTTP server, or breaks its rules.
  if (name === "HTTPParserError" || code === "UND_ERR_HEADERS_OVERFLOW") {
    return new AttemptFailure("unusable", "the answer is not valid HTTP", { code });
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

/** The fields of a Node.js system error; of its parts, where all of a host's addresses failed. */
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
