import { json } from "../http/responses.ts";
import { ERROR_TABLE } from "./error-table.ts";

/** The codes of all errors at run time. The documentation has a table with the meaning and the remedy of each. */
export type AuthErrorCode = keyof typeof ERROR_TABLE;

/** Details of an {@link AuthError}. */
export interface AuthErrorOptions {
  /** The particulars of this case, for the developer; added to the message in parentheses. Must not contain a secret. */
  detail?: string;
  /** The error or the parsed response behind this error. It is not part of the JSON. */
  cause?: unknown;
  /** Seconds until another try makes sense, sent as `Retry-After`. Default 5 for the status 503, otherwise none. */
  retryAfter?: number;
  /** The missing scopes, for `insufficient_scope`. */
  missing?: readonly string[];
  /** More response headers. */
  headers?: Readonly<Record<string, string>>;
  /** The absolute URL of this app's authorize route, if the user can resolve the error there. */
  authorizeUrl?: string;
}

/**
 * The error for everything that fails at run time. A mistake in the calling code is a `TypeError` instead.
 *
 * Frameworks turn it into a response without more code: Express and Koa read `status`, `headers` and `expose` of an error,
 * and Hono calls `getResponse()`.
 *
 * @example
 * Handle one code in a handler, and leave the others to the app's error handling:
 * ```ts
 * import { AuthError } from "@scopegate/express";
 *
 * app.get("/files", google.requireScopes(DRIVE), async (req, res) => {
 *   try {
 *     const response = await req.googleAuth.fetch("https://www.googleapis.com/drive/v3/files");
 *     res.status(response.status).json(await response.json());
 *   } catch (error) {
 *     if (!(error instanceof AuthError) || error.code !== "temporarily_unavailable") throw error;
 *     res.status(error.status).set(error.headers).send("Google cannot be reached right now. Please try again.");
 *   }
 * });
 * ```
 */
export class AuthError extends Error {
  override readonly name = "AuthError";
  /** Which error it is. Codes are stable: compare them, and never the message. */
  readonly code: AuthErrorCode;
  /** The HTTP status for the response, 400 to 503. */
  readonly status: number;
  /** Whether the client may see `message`: `true` for a status below 500. */
  readonly expose: boolean;
  /** Headers for the response, such as `WWW-Authenticate` and `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the developer does next. */
  readonly remedy: string;
  /** The scopes that the user has not granted. Empty unless `code` is `insufficient_scope`. */
  readonly missing: readonly string[];
  /** Where to send the user to sign in or to consent. `undefined` if that does not help, or if the authorize route is off. */
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

  /**
   * The JSON for a client that is a program: `{ error, missing?, authorizeUrl? }`, without message and cause.
   * `JSON.stringify` calls it.
   */
  toJSON(): { error: AuthErrorCode; missing?: readonly string[]; authorizeUrl?: string } {
    return {
      error: this.code,
      ...(this.missing.length > 0 && { missing: this.missing }),
      ...(this.authorizeUrl !== undefined && { authorizeUrl: this.authorizeUrl }),
    };
  }

  /** The response for a client that is a program: `status`, `headers`, and {@link toJSON} as the body. */
  getResponse(): Response {
    return json(this.toJSON(), this.status, this.headers);
  }
}

/** Seconds of `Retry-After` for a 503 where the failing server named none. */
const DEFAULT_RETRY_AFTER = 5;

function responseHeaders(status: number, options: AuthErrorOptions): Readonly<Record<string, string>> {
  const headers: Record<string, string> = { ...options.headers };
  if (status === 503 || options.retryAfter !== undefined) {
    headers["Retry-After"] = String(Math.max(1, Math.ceil(options.retryAfter ?? DEFAULT_RETRY_AFTER)));
  }
  return Object.freeze(headers);
}

/** Returns an {@link AuthError} as it is, and wraps any other thrown value as the `cause` of an error with the code `fallback`. */
export function toAuthError(thrown: unknown, fallback: AuthErrorCode): AuthError {
  return thrown instanceof AuthError ? thrown : new AuthError(fallback, { cause: thrown });
}
