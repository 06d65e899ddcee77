import type { Exchange } from "../http/exchange.ts";
import { type HttpResponse, redirect } from "../http/responses.ts";
import { projectOf } from "../options/client.ts";
import type { EmulatorUser } from "../options/user.ts";
import { accountsPage } from "../pages/accounts-page.ts";
import { consentPage } from "../pages/consent-page.ts";
import { errorPage } from "../pages/error-page.ts";
import { OAuthError } from "../protocol/oauth-error.ts";
import { paths } from "../protocol/paths.ts";
import { signInScopes } from "../protocol/scopes.ts";
import type { AuthorizationRequest } from "../state/authorization-request.ts";
import type { Browser, Interaction } from "../state/browsers.ts";
import type { Google } from "../state/google.ts";
import { redirectWithCode, redirectWithError } from "./callback.ts";
import { chosenAccount, checkPolicies, scopesToConsent } from "./consent-rules.ts";
import { readAuthorizationRequest } from "./read-authorization-request.ts";

/** `GET` or `POST /o/oauth2/v2/auth` */
export function authorize(google: Google, exchange: Exchange): HttpResponse {
  return inBrowser(google, exchange, (browser) => {
    const request = readAuthorizationRequest(google, exchange);
    const user = chosenAccount(google, browser, request);
    if (user) return proceed(google, google.browsers.begin(browser, request), user);
    if (request.prompt.has("none")) return rejectSilently(google, browser, request);
    return accountsPage(google, google.browsers.begin(browser, request));
  });
}

/** `GET /signin/accounts`: the account chooser with all accounts. */
export function showAccounts(google: Google, exchange: Exchange): HttpResponse {
  return inBrowser(google, exchange, (browser) => {
    const interaction = pendingInteraction(google, browser, exchange.query);
    return accountsPage(google, interaction, { showAll: true });
  });
}

/** `POST /signin/choice`: the user chose an account, or wants to see all accounts. */
export function chooseAccount(google: Google, exchange: Exchange): HttpResponse {
  return inBrowser(google, exchange, (browser) => {
    const { id } = pendingInteraction(google, browser, exchange.form);
    const user = google.directory.user(exchange.form.get("account") ?? "");
    if (!user) return toPage(paths.accounts, { interaction: id });
    if (!browser.accounts.includes(user.sub)) browser.accounts.push(user.sub);
    return toPage(paths.consent, { interaction: id, account: user.sub });
  });
}

/** `GET /signin/consent`: the page after the choice of an account. */
export function showConsent(google: Google, exchange: Exchange): HttpResponse {
  return inBrowser(google, exchange, (browser) => {
    const interaction = pendingInteraction(google, browser, exchange.query);
    const user = signedInAccount(google, browser, exchange.query);
    return user ? proceed(google, interaction, user) : accountsPage(google, interaction);
  });
}

/** `POST /signin/decision`: the user allowed access, with some boxes ticked, or cancelled. */
export function decideConsent(google: Google, exchange: Exchange): HttpResponse {
  return inBrowser(google, exchange, (browser) => {
    const interaction = pendingInteraction(google, browser, exchange.form);
    const { request } = interaction;
    const user = signedInAccount(google, browser, exchange.form);
    if (!user) return toPage(paths.accounts, { interaction: interaction.id });
    google.browsers.end(interaction);
    if (exchange.form.get("decision") !== "allow") {
      return redirectWithError(google, request, "access_denied");
    }
    const needed = scopesToConsent(google, request, user);
    // Unconfirmed: how Google treats a scope that was granted before and is not ticked now. The emulator keeps the
    // earlier grant and leaves the scope out of this response.
    const ticked = new Set(exchange.form.getAll("scope"));
    const allowed = [...request.scopes].filter(
      (scope) => !needed.has(scope) || signInScopes.has(scope) || ticked.has(scope),
    );
    // Unconfirmed: that Google treats "Continue" without a ticked box, and without sign-in scopes, as a denial.
    if (allowed.length === 0) return redirectWithError(google, request, "access_denied");
    return finish(google, interaction, user, new Set(allowed), true);
  });
}

/** Continues with a known account: redirects at once, or shows the consent page. */
function proceed(google: Google, interaction: Interaction, user: EmulatorUser): HttpResponse {
  const { request } = interaction;
  checkPolicies(request, user);
  const needed = scopesToConsent(google, request, user);
  if (needed.size === 0) return finish(google, interaction, user, request.scopes, false);
  if (request.prompt.has("none")) {
    google.browsers.end(interaction);
    return redirectWithError(google, request, "interaction_required", "access_denied");
  }
  return consentPage(google, interaction, user, needed);
}

function finish(
  google: Google,
  interaction: Interaction,
  user: EmulatorUser,
  scopes: ReadonlySet<string>,
  consented: boolean,
): HttpResponse {
  const { browser, request } = interaction;
  google.browsers.end(interaction);
  google.grants.grant(user.sub, projectOf(request.client), scopes);
  const authuser = browser.accounts.indexOf(user.sub);
  return redirectWithCode(google, request, { user, authuser, scopes, consented });
}

/** `prompt=none` without an account to continue with. Unconfirmed: when Google returns which of the two codes. */
function rejectSilently(google: Google, browser: Browser, request: AuthorizationRequest): HttpResponse {
  const loginRequired = browser.accounts.length === 0 || request.loginHint !== undefined;
  return redirectWithError(google, request, loginRequired ? "login_required" : "interaction_required");
}

function pendingInteraction(google: Google, browser: Browser, parameters: URLSearchParams): Interaction {
  const interaction = google.browsers.interaction(parameters.get("interaction") ?? "", browser);
  if (interaction) return interaction;
  throw new OAuthError(
    400,
    "page_expired",
    "This page was submitted before, or it was opened in another browser. Go back to the app and start again.",
  );
}

function signedInAccount(google: Google, browser: Browser, parameters: URLSearchParams): EmulatorUser | undefined {
  const user = google.directory.user(parameters.get("account") ?? "");
  return user && browser.accounts.includes(user.sub) ? user : undefined;
}

/** Redirects to a page. Every page has an address of its own, so that the browser's back button works. */
function toPage(path: string, parameters: Record<string, string>): HttpResponse {
  return redirect(`${path}?${new URLSearchParams(parameters).toString()}`);
}

/** Runs a step, shows its error on a page, and renews the browser's cookie. */
function inBrowser(google: Google, exchange: Exchange, step: (browser: Browser) => HttpResponse): HttpResponse {
  const browser = google.browsers.of(exchange);
  const response = pageOrError(() => step(browser));
  const headers = { ...response.headers, "set-cookie": google.browsers.setCookie(browser) };
  return { ...response, headers };
}

function pageOrError(step: () => HttpResponse): HttpResponse {
  try {
    return step();
  } catch (error) {
    if (error instanceof OAuthError) return errorPage(error);
    throw error;
  }
}
