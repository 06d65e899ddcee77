import type { Exchange } from "../http/exchange.ts";
import { type Answer, redirect } from "../http/responses.ts";
import { projectOf } from "../options/client.ts";
import type { EmulatorUser } from "../options/user.ts";
import { accountsPage } from "../pages/accounts-page.ts";
import { consentPage } from "../pages/consent-page.ts";
import { errorPage } from "../pages/error-page.ts";
import { paths } from "../protocol/paths.ts";
import { Refusal } from "../protocol/refusal.ts";
import { signInScopes } from "../protocol/scopes.ts";
import type { AuthorizationRequest } from "../state/authorization-request.ts";
import type { Browser, Interaction } from "../state/browsers.ts";
import type { Google } from "../state/google.ts";
import { redirectWithCode, redirectWithError } from "./callback.ts";
import { chosenAccount, refuseByPolicy, scopesToConsent } from "./consent-rules.ts";
import { readAuthorizationRequest } from "./read-authorization-request.ts";

/** `GET` or `POST /o/oauth2/v2/auth` */
export function authorize(google: Google, exchange: Exchange): Answer {
  return inBrowser(google, exchange, (browser) => {
    const request = readAuthorizationRequest(google, exchange);
    const user = chosenAccount(google, browser, request);
    if (user) return proceed(google, google.browsers.begin(browser, request), user);
    if (request.prompt.has("none")) return refuseSilently(google, browser, request);
    return accountsPage(google, google.browsers.begin(browser, request));
  });
}

/** `GET /signin/accounts`: the chooser again, with everybody on it. */
export function showAccounts(google: Google, exchange: Exchange): Answer {
  return inBrowser(google, exchange, (browser) => {
    const interaction = pendingInteraction(google, browser, exchange.query);
    return accountsPage(google, interaction, { everybody: true });
  });
}

/** `POST /signin/choice`: an account was chosen, or all of them are to be shown. */
export function chooseAccount(google: Google, exchange: Exchange): Answer {
  return inBrowser(google, exchange, (browser) => {
    const { id } = pendingInteraction(google, browser, exchange.form);
    const user = google.directory.user(exchange.form.get("account") ?? "");
    if (!user) return toPage(paths.accounts, { interaction: id });
    if (!browser.accounts.includes(user.sub)) browser.accounts.push(user.sub);
    return toPage(paths.consent, { interaction: id, account: user.sub });
  });
}

/** `GET /signin/consent`: where a chosen account leads. */
export function showConsent(google: Google, exchange: Exchange): Answer {
  return inBrowser(google, exchange, (browser) => {
    const interaction = pendingInteraction(google, browser, exchange.query);
    const user = signedInAccount(google, browser, exchange.query);
    return user ? proceed(google, interaction, user) : accountsPage(google, interaction);
  });
}

/** `POST /signin/decision`: allowed, with the boxes that are ticked, or cancelled. */
export function decideConsent(google: Google, exchange: Exchange): Answer {
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
    // Unconfirmed: what Google makes of a box that is empty now and was ticked before. Here the earlier
    // grant stays, and this request goes without.
    const ticked = new Set(exchange.form.getAll("scope"));
    const allowed = [...request.scopes].filter(
      (scope) => !needed.has(scope) || signInScopes.has(scope) || ticked.has(scope),
    );
    // Unconfirmed: that Google takes "continue" with every box empty, and no sign-in, for a denial.
    if (allowed.length === 0) return redirectWithError(google, request, "access_denied");
    return finish(google, interaction, user, new Set(allowed), true);
  });
}

/** The account is known: straight through, or by way of the consent page. */
function proceed(google: Google, interaction: Interaction, user: EmulatorUser): Answer {
  const { request } = interaction;
  refuseByPolicy(request, user);
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
): Answer {
  const { browser, request } = interaction;
  google.browsers.end(interaction);
  google.grants.grant(user.sub, projectOf(request.client), scopes);
  const authuser = browser.accounts.indexOf(user.sub);
  return redirectWithCode(google, request, { user, authuser, scopes, consented });
}

/** `prompt=none` with nobody to go on with. Unconfirmed which of the two codes Google picks when. */
function refuseSilently(google: Google, browser: Browser, request: AuthorizationRequest): Answer {
  const nobody = browser.accounts.length === 0 || request.loginHint !== undefined;
  return redirectWithError(google, request, nobody ? "login_required" : "interaction_required");
}

function pendingInteraction(google: Google, browser: Browser, parameters: URLSearchParams): Interaction {
  const interaction = google.browsers.interaction(parameters.get("interaction") ?? "", browser);
  if (interaction) return interaction;
  throw new Refusal(
    400,
    "page_expired",
    "It has been answered already, or belongs to another browser. Go back to the app and start again.",
  );
}

function signedInAccount(google: Google, browser: Browser, parameters: URLSearchParams): EmulatorUser | undefined {
  const user = google.directory.user(parameters.get("account") ?? "");
  return user && browser.accounts.includes(user.sub) ? user : undefined;
}

/** Every page has an address of its own, so that the browser's back button finds it again. */
function toPage(path: string, parameters: Record<string, string>): Answer {
  return redirect(`${path}?${new URLSearchParams(parameters).toString()}`);
}

/** Refusals become pages, and the browser keeps its cookie. */
function inBrowser(google: Google, exchange: Exchange, step: (browser: Browser) => Answer): Answer {
  const browser = google.browsers.of(exchange);
  const answer = answerOrRefusal(() => step(browser));
  const headers = { ...answer.headers, "set-cookie": google.browsers.setCookie(browser) };
  return { ...answer, headers };
}

function answerOrRefusal(step: () => Answer): Answer {
  try {
    return step();
  } catch (error) {
    if (error instanceof Refusal) return errorPage(error);
    throw error;
  }
}
