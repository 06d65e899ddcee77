import type { Answer } from "../http/responses.ts";
import type { Refusal } from "../protocol/refusal.ts";
import { html } from "./html.ts";
import { page } from "./layout.ts";

/** What to do about it, for whoever built the app. */
const remedies: Readonly<Record<string, string>> = {
  admin_policy_enforced: "The account's administrator has to allow this client ID in the Admin console.",
  deleted_client: "Create a new client, or use another one.",
  disabled_client: "Enable the client, or use another one.",
  disallowed_useragent: "Open the link in the system browser, in Custom Tabs or in SFSafariViewController.",
  invalid_client: "Check the client ID: it has to be one that this emulator was started with.",
  invalid_scope: "Check the spelling. Scopes are separated by spaces.",
  org_internal: "Use an account of the organization, or make the client available to everybody.",
  redirect_uri_mismatch:
    "Register the redirect URI exactly as it is sent: scheme, host, port, path and trailing slash.",
};

/** For errors that are no mistake in the request. */
const titles: Readonly<Record<string, string>> = {
  admin_policy_enforced: "Access blocked by the administrator",
  disallowed_useragent: "Access blocked: this browser may not be secure",
  org_internal: "Access blocked: this app is for one organization only",
  // Not a code of Google's: the emulator's own, for a form that was sent before.
  page_expired: "This page is out of date",
};

/** A refused authorization request: Google shows its own page and does not redirect. */
export function errorPage(refusal: Refusal): Answer {
  const title = titles[refusal.code] ?? "Access blocked: the app's request is invalid";
  const remedy = remedies[refusal.code];
  const content = html`<h1>${title}</h1>
    <p class="alarm">Error ${refusal.status}: ${refusal.code}</p>
    <p data-description>${refusal.message}</p>
    ${remedy !== undefined && html`<p class="quiet">If you are building this app: ${remedy}</p>`}`;
  return page(refusal.status, "error", title, content);
}
