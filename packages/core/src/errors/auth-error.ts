import { json } from "../http/responses.ts";
import { ERROR_TABLE } from "./error-table.ts";

/** The closed union of everything that can go wrong at run time. See the README's table for each remedy. */
export type AuthErrorCode = keyof typeof ERROR_TABLE;

/** What may accompany an {@link AuthError}. */
export interface AuthErrorOptions {
  /** What happened, with its particulars, for the developer. Must not contain a secret. */
  detail?: string;
  /** The error or the parsed response that led here. Kept out of JSON. */
  cause?: unknown;
  /** Seconds after which another try makes sense; sent as `Retry-After`. */
  retryAfter?: number;
  /** Scopes that are missing, for `insufficient_scope`. */
  missing?: readonly string[];
  /** Further response headers. */
  headers?: Readonly<Record<string, string>>;
  /** Where the user can mend it, an absolute URL of this app's authorize route. */
  authorizeUrl?: string;
}

/**
 * The one error of this library for what fails at run time. A caller's own mistake is a `TypeError` instead.
 *
 * `status`, `headers` and `expose` follow the conventions that Express and Koa read when an error reaches them,
 * `getResponse` that of Hono.
 */
export class AuthError extends Error {
  override readonly name = "AuthError";
  /** Stable and documented; compare this, never the message. */
  readonly code: AuthErrorCode;
  /** HTTP status, 400 to 503. */
  readonly status: number;
  /** Whether `message` may be shown to the client. */
  readonly expose: boolean;
  /** Response headers, such as `WWW-Authenticate` and `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the developer should do about it. */
  readonly remedy: string;
  /** Scopes that are missing; empty unless the code is `insufficient_scope`. */
  readonly missing: readonly string[];
  /** Where to send the user to mend it, if consent mends it. */
  readonly authorizeUrl: string | undefined;

  constructor(code: AuthErrorCode, options: AuthErrorOptions = {}) {
    const row = ERROR_TABLE[code];
    super(
      options.detail === undefined ? row.meaning : `${row.meaning} (${options.detail})`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.status = row.status;
    this.expose = row.status < 500;
    this.remedy = row.remedy;
    this.missing = options.missing ?? [];
    this.authorizeUrl = options.authorizeUrl;
    this.headers = responseHeaders(row.status, options);
  }

  /** The body of an answer to a program: no message, no cause. */
  toJSON(): { error: AuthErrorCode; missing?: readonly string[]; authorizeUrl?: string } {
    return {
      error: this.code,
      ...(this.missing.length > 0 && { missing: this.missing }),
      ...(this.authorizeUrl !== undefined && { authorizeUrl: this.authorizeUrl }),
    };
  }

  /** The answer to a program: status, headers, and {@link toJSON} as its body. */
  getResponse(): Response {
    return json(this.toJSON(), this.status, this.headers);
  }
}

/** Seconds named in `Retry-After` when the failing side named none. */
const DEFAULT_RETRY_AFTER = 5;

function responseHeaders(status: number, options: AuthErrorOptions): Readonly<Record<string, string>> {
  const headers: Record<string, string> = { ...options.headers };
  if (status === 503 || options.retryAfter !== undefined) {
    headers["Retry-After"] = String(Math.max(1, Math.ceil(options.retryAfter ?? DEFAULT_RETRY_AFTER)));
  }
  return Object.freeze(headers);
}

/** Whatever was thrown, as an {@link AuthError}: itself, or wrapped under `fallback`. */
export function toAuthError(thrown: unknown, fallback: AuthErrorCode): AuthError {
  return thrown instanceof AuthError ? thrown : new AuthError(fallback, { cause: thrown });
}
