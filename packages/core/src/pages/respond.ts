import { PRIVATE_HEADERS } from "../http/responses.ts";
import type { PageDraft } from "./draft.ts";
import { renderPage } from "./layout.ts";
import type { PageModel } from "./model.ts";
import { resolvePagesOption, type PagesOption } from "./options.ts";
import { styleSource } from "./style.ts";

/** Makes the responses that show pages, with the app's texts and renderer. */
export interface Pages {
  /**
   * Makes the response that shows a page. For a HEAD request the caller sends it without the body.
   * @param acceptLanguage - the request's `Accept-Language` header, by which the app chooses its texts
   */
  respond(page: PageDraft, acceptLanguage: string | undefined, details?: ResponseDetails): Response;
}

/** The particulars of one response with a page. */
export interface ResponseDetails {
  /** More headers, such as an error's `Retry-After`. They replace the page's own. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The addresses to which the response to the page's form may redirect. The directive `form-action` names their origins,
   * because Chromium also applies it to the redirects after a form (https://www.w3.org/TR/CSP3/#directive-form-action).
   */
  readonly formTargets?: readonly string[];
}

/** @throws TypeError naming the invalid option as `pages.…` */
export function createPages(option: PagesOption | undefined): Pages {
  const { appName, textsFor, render, developerNotes } = resolvePagesOption(option);
  return Object.freeze({
    respond(page: PageDraft, acceptLanguage: string | undefined, details: ResponseDetails = {}): Response {
      const texts = textsFor(acceptLanguage);
      const model = page({ texts, appName, developerNotes });
      const builtIn = renderPage(model, { appName, texts });
      const rendered = render === undefined ? builtIn : render(model, () => builtIn);
      const response =
        rendered instanceof Response
          ? withPrivacy(rendered, model)
          : htmlResponse(rendered, model, policyOf(rendered === builtIn, details.formTargets ?? []));
      for (const [name, value] of Object.entries(details.headers ?? {})) response.headers.set(name, value);
      return response;
    },
  });
}

/** The Content Security Policy of a page. */
function policyOf(isBuiltIn: boolean, formTargets: readonly string[]): string {
  // A path is an address of this app, which `'self'` allows.
  const origins = formTargets.filter((address) => URL.canParse(address)).map((address) => new URL(address).origin);
  const formAction = `form-action ${["'self'", ...new Set(origins)].join(" ")}`;
  return `${isBuiltIn ? strictPolicy() : OWN_PAGE_POLICY}; base-uri 'none'; frame-ancestors 'none'; ${formAction}`;
}

/** The built-in pages load nothing but their own style sheet. */
function strictPolicy(): string {
  return `default-src 'none'; style-src ${styleSource()}`;
}

/** An app's own page loads resources of its origin, and inline styles, which many templates use. */
const OWN_PAGE_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'";

function htmlResponse(html: string, model: PageModel, policy: string): Response {
  if (typeof html !== "string")
    throw new TypeError(
      "pages.render must return a string of HTML or a web-standard Response. It must be synchronous.",
    );
  return new Response(html, {
    status: model.status,
    headers: {
      ...privacyHeaders(model),
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy,
    },
  });
}

function withPrivacy(own: Response, model: PageModel): Response {
  // Copy it, because the headers of some responses are immutable (`Response.redirect`, a fetched response).
  const response = new Response(own.body, own);
  for (const [name, value] of Object.entries(privacyHeaders(model))) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}

/** A form on a `no-referrer` page posts `Origin: null` (Fetch standard, section 3.2) and would be rejected as cross-site. */
function privacyHeaders(model: PageModel): Readonly<Record<string, string>> {
  const hasForm = model.actions.some((action) => action.post !== undefined);
  return hasForm ? { ...PRIVATE_HEADERS, "Referrer-Policy": "same-origin" } : PRIVATE_HEADERS;
}
