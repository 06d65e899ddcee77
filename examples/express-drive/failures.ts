import { AuthError } from "@scopegate/express";
import type { ErrorRequestHandler, Request } from "express";
import { GoogleApiError } from "./google-apis.ts";
import { errorPage } from "./views/error.ts";
import type { Failure } from "./views/error.ts";
import type { PageContext } from "./views/layout.ts";

/** Options of {@link showFailures}. */
export interface FailureOptions {
  readonly contextOf: (req: Request) => PageContext;
  /** Whether pages include details for developers. */
  readonly development: boolean;
  readonly log: (error: unknown) => void;
  /** Scopegate's error handler. Its JSON response has `authorizeUrl`, where the user can resolve the error. */
  readonly forPrograms: ErrorRequestHandler;
}

/** Handles all errors of the routes: browsers get a page, and programs get JSON. */
export function showFailures({ contextOf, development, log, forPrograms }: FailureOptions): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const failure = describeFailure(error, req.originalUrl);
    if (failure.status >= 500) log(error);
    if (res.headersSent) {
      // Part of the response is already sent, so Express can only close the connection.
      next(error);
    } else if (req.get("accept")?.includes("text/html")) {
      if (error instanceof AuthError) res.set(error.headers);
      const details = development ? detailsOf(error) : undefined;
      const page = errorPage(contextOrPath(contextOf, req), { ...failure, ...(details && { details }) });
      res.status(failure.status).send(page);
    } else if (error instanceof AuthError) {
      void forPrograms(error, req, res, next);
    } else {
      res.status(failure.status).json({ error: failure.title });
    }
  };
}

function describeFailure(error: unknown, url: string): Failure {
  if (error instanceof AuthError) return authFailure(error, url);
  if (error instanceof GoogleApiError) return apiFailure(error, url);
  const { status = 500 } = (error ?? {}) as { status?: number };
  return status >= 400 && status < 500
    ? { status, title: "This request is not valid", text: "Check the address, and try again." }
    : { status: 500, title: "Something went wrong", text: "This app has an error. Please try again later." };
}

function authFailure({ code, status, authorizeUrl }: AuthError, url: string): Failure {
  switch (code) {
    // Scopegate has deleted the grant, so the guard of the same page asks Google again and leads back to it.
    case "reconnect_required":
      return {
        status,
        title: "This app no longer has access to your Google account",
        text: "The access was removed in your Google account, or it expired. If you reconnect, you come back to this page.",
        action: { label: "Reconnect", href: relinkHref(authorizeUrl, url) ?? url },
      };
    case "sign_in_required":
    case "reauthentication_required":
      return {
        status,
        title: "Please sign in again",
        text: "To see this page, sign in with Google again.",
        action: { label: "Sign in", href: `/authorize?${new URLSearchParams({ return_to: url }).toString()}` },
      };
    case "temporarily_unavailable":
      return unavailable("Google", { status, url });
    case "store_unavailable":
    case "session_unavailable":
      return unavailable("This app", { status, url });
    default:
      return {
        status,
        title: status < 500 ? "This did not work" : "Sign-in is not available",
        text: "Your Google account was not changed.",
        action: { label: "Try again", href: url },
      };
  }
}

/** The address that links an account again. Guards check only the signed-in account, so they cannot ask for this one. */
function relinkHref(authorizeUrl: string | undefined, returnTo: string): string | undefined {
  if (authorizeUrl === undefined) return undefined;
  const url = new URL(authorizeUrl);
  if (!url.searchParams.has("link")) return undefined;
  url.searchParams.set("return_to", returnTo);
  return url.href;
}

function apiFailure({ status }: GoogleApiError, url: string): Failure {
  if (status === 503) return unavailable("Google", { status, url });
  return {
    status,
    title: status === 403 ? "Google did not allow this" : "Google returned an unexpected response",
    text:
      status === 403
        ? "This app has no permission for this request, or it has sent too many. The other features still work."
        : "This app cannot show your data now. The other features still work.",
    action: { label: "Try again", href: url },
  };
}

function unavailable(service: string, { status, url }: { readonly status: number; readonly url: string }): Failure {
  return {
    status,
    title: `${service} is not available right now`,
    text: "Please try again in a moment.",
    action: { label: "Try again", href: url },
  };
}

function detailsOf(error: unknown): Record<string, string> {
  if (error instanceof AuthError) {
    return { Code: error.code, "What happened": error.message, "What to do": error.remedy };
  }
  if (error instanceof GoogleApiError) {
    const { apiStatus, reason, message } = error;
    return {
      "Google’s API": `${apiStatus ?? "no response"}${reason === undefined ? "" : ` ${reason}`}`,
      "What happened": message,
      ...(reason === "accessNotConfigured" && {
        "What to do": "Enable the API for your project in the Google Cloud console.",
      }),
    };
  }
  return { "What happened": error instanceof Error ? error.message : String(error) };
}

/** The page's context. It is without the user if the session fails. */
function contextOrPath(contextOf: FailureOptions["contextOf"], req: Request): PageContext {
  try {
    return contextOf(req);
  } catch {
    return { path: req.path };
  }
}
