import type { HttpResponse } from "../http/responses.ts";
import type { OAuthError } from "../protocol/oauth-error.ts";
import { html } from "./html.ts";
import { page } from "./layout.ts";

/** The next step for the app's developer. */
const remedies: Readonly<Record<string, string>> = {
  admin_policy_enforced:
    "The account's option \"restrictedScopes\" contains this scope. At Google, the account's administrator can allow the client ID in the Admin console.",
  deleted_client: 'Use another client, or set its status to "active".',
  disabled_client: 'Use another client, or set its status to "active".',
  disallowed_useragent: "Open the link in the system browser, in Custom Tabs, or in SFSafariViewController.",
  invalid_client: "Check the client ID. It must be one of the emulator's clients, which the start page lists.",
  invalid_scope: "Check the spelling of the scopes, and separate them with spaces.",
  org_internal: "Use an account of the organization, or remove the client's organization.",
  redirect_uri_mismatch:
    "Register exactly the redirect URI that the app sends, including scheme, host, port, path and trailing slash.",
};

/** The titles of errors that are not mistakes in the request. */
const titles: Readonly<Record<string, string>> = {
  admin_policy_enforced: "Access blocked by the administrator",
  disallowed_useragent: "Access blocked: this browser may not be secure",
  org_internal: "Access blocked: this app is for one organization only",
  // This code is the emulator's own, for a form that was submitted before.
  page_expired: "This page is out of date",
};

/** The page for a rejected authorization request. As on Google, the browser is not redirected to the client. */
export function errorPage(error: OAuthError): HttpResponse {
  const title = titles[error.code] ?? "Access blocked: the app's request is invalid";
  const remedy = remedies[error.code];
  const content = html`<h1>${title}</h1>
    <p class="alarm">Error ${error.status}: ${error.code}</p>
    <p data-description>${error.message}</p>
    ${remedy !== undefined && html`<p class="quiet">If you are building this app: ${remedy}</p>`}`;
  return page(error.status, "error", title, content);
}
