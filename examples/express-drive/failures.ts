import { AuthError } from "@scopegate/express";
import type { ErrorRequestHandler, Request } from "express";
import { GoogleApiError } from "./google-apis.ts";
import { errorPage } from "./views/error.ts";
import type { Failure } from "./views/error.ts";
import type { PageContext } from "./views/layout.ts";

/** How failures are shown. */
export interface FailureOptions {
  readonly contextOf: (req: Request) => PageContext;
  /** Whether pages tell developers more than users. */
  readonly development: boolean;
  readonly log: (error: unknown) => void;
  /** Scopegate's own answers: what programs get, with the address where the user can mend it. */
  readonly forPrograms: ErrorRequestHandler;
}

/** Everything that a route throws ends here: a page for people, JSON for programs. */
export function showFailures({ contextOf, development, log, forPrograms }: FailureOptions): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const failure = describeFailure(error, req.originalUrl);
    if (failure.status >= 500) log(error);
    if (res.headersSent) {
      // Half a page has left already: Express can only cut the connection.
      next(error);
    } else if (req.get("accept")?.includes("text/html")) {
      if (error instanceof AuthError) res.set(error.headers);
      const details = development ? detailsOf(error) : undefined;
      const page = errorPage(safely(contextOf, req), { ...failure, ...(details && { details }) });
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
    ? { status, title: "This request makes no sense here", text: "The address may be mistyped." }
    : { status: 500, title: "Something went wrong here", text: "It is not your doing, and nothing was lost." };
}

function authFailure({ code, status, authorizeUrl }: AuthError, url: string): Failure {
  switch (code) {
    // The dead grant is deleted: the same page's guard asks Google anew, and leads back to it.
    case "reconnect_required":
      return {
        status,
        title: "Google no longer gives this app access",
        text: "It was removed at your Google account, or it has expired. Reconnect, and you come back to this page.",
        action: { label: "Reconnect", href: linkAgain(authorizeUrl, url) ?? url },
      };
    case "sign_in_required":
    case "reauthentication_required":
      return {
        status,
        title: "Please sign in again",
        text: "Google wants to be sure that it is you.",
        action: { label: "Sign in", href: `/authorize?${new URLSearchParams({ return_to: url }).toString()}` },
      };
    case "temporarily_unavailable":
    case "store_unavailable":
    case "session_unavailable":
      return unavailable(status, url);
    default:
      return {
        status,
        title: status < 500 ? "This did not work" : "Sign-in is not available",
        text: "Nothing is wrong with your account, and nothing was changed.",
        action: { label: "Try again", href: url },
      };
  }
}

/** A linked account is no guard's business: Scopegate says where it is linked again. */
function linkAgain(authorizeUrl: string | undefined, returnTo: string): string | undefined {
  if (authorizeUrl === undefined) return undefined;
  const url = new URL(authorizeUrl);
  if (!url.searchParams.has("link")) return undefined;
  url.searchParams.set("return_to", returnTo);
  return url.href;
}

function apiFailure({ status }: GoogleApiError, url: string): Failure {
  if (status === 503) return unavailable(status, url);
  return {
    status,
    title: status === 403 ? "Google did not allow this" : "Google’s answer makes no sense",
    text:
      status === 403
        ? "This app may not read that, or asked too often. Your other features still work."
        : "This app asked Google for something that Google does not have.",
    action: { label: "Try again", href: url },
  };
}

function unavailable(status: number, url: string): Failure {
  return {
    status,
    title: "Google cannot be reached right now",
    text: "This is usually over in a moment. Nothing was lost.",
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
      "Google’s API": `${apiStatus ?? "no answer"}${reason === undefined ? "" : ` ${reason}`}`,
      "What happened": message,
      ...(reason === "accessNotConfigured" && {
        "What to do": "Enable the API for your project in the Cloud console.",
      }),
    };
  }
  return { "What happened": error instanceof Error ? error.message : String(error) };
}

/** Who is signed in cannot be told where the session itself is what failed. */
function safely(contextOf: FailureOptions["contextOf"], req: Request): PageContext {
  try {
    return contextOf(req);
  } catch {
    return { path: req.path };
  }
}
