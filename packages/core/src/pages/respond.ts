import { PRIVATE_HEADERS } from "../http/responses.ts";
import { renderPage } from "./layout.ts";
import type { PageModel } from "./model.ts";
import type { PageDraft } from "./models.ts";
import { resolvePagesOption, type PagesOption } from "./options.ts";
import { styleSource } from "./style.ts";

/** Sends pages, in the app's words and look. */
export interface Pages {
  /**
   * The answer that shows a page. To HEAD the caller sends the same without its body.
   * @param acceptLanguage - the request's header, for the app's choice of texts
   * @param extraHeaders - of this answer, such as an error's `Retry-After`; they win over the page's own
   */
  respond(
    page: PageDraft,
    acceptLanguage: string | undefined,
    extraHeaders?: Readonly<Record<string, string>>,
  ): Response;
}

/** @throws TypeError naming what is wrong with the option, as `pages.…` */
export function createPages(option: PagesOption | undefined): Pages {
  const { appName, textsFor, render, developerNotes } = resolvePagesOption(option);
  return Object.freeze({
    respond(
      page: PageDraft,
      acceptLanguage: string | undefined,
      extraHeaders: Readonly<Record<string, string>> = {},
    ): Response {
      const texts = textsFor(acceptLanguage);
      const model = page({ texts, appName, developerNotes });
      const builtIn = renderPage(model, { appName, texts });
      const answer = render === undefined ? builtIn : render(model, () => builtIn);
      const response =
        answer instanceof Response ? withPrivacy(answer, model) : htmlResponse(answer, model, answer === builtIn);
      for (const [name, value] of Object.entries(extraHeaders)) response.headers.set(name, value);
      return response;
    },
  });
}

/** Nothing but the one style sheet, and forms that post to this app. */
function strictPolicy(): string {
  return `default-src 'none'; style-src ${styleSource()}; base-uri 'none'; frame-ancestors 'none'; form-action 'self'`;
}

/** For an app's own page: what it serves itself, and inline styles, since templates have them and they can load nothing. */
const OWN_PAGE_POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

function htmlResponse(html: string, model: PageModel, builtIn: boolean): Response {
  if (typeof html !== "string") throw new TypeError("pages.render must return a string of HTML or a Response");
  return new Response(html, {
    status: model.status,
    headers: {
      ...privacyHeaders(model),
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": builtIn ? strictPolicy() : OWN_PAGE_POLICY,
    },
  });
}

function withPrivacy(own: Response, model: PageModel): Response {
  // A copy: the headers of some responses (`Response.redirect`, one that was fetched) are immutable.
  const response = new Response(own.body, own);
  for (const [name, value] of Object.entries(privacyHeaders(model))) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}

/** From a `no-referrer` page a browser posts `Origin: null` (Fetch, section 3.2), and the form would be refused as foreign. */
function privacyHeaders(model: PageModel): Readonly<Record<string, string>> {
  const hasForm = model.actions.some((action) => action.post !== undefined);
  return hasForm ? { ...PRIVATE_HEADERS, "Referrer-Policy": "same-origin" } : PRIVATE_HEADERS;
}
