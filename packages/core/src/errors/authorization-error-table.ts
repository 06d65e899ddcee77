import { brokenSetup, row, startAgain, storageTrouble } from "./error-row.ts";
import type { ErrorRow } from "./error-row.ts";

/** Where an OAuth client is created and changed. */
const CLIENTS = "https://console.cloud.google.com/auth/clients";

/** Errors of an authorization: of the user's decision at Google, of the callback, and of the OAuth client's configuration. */
export const AUTHORIZATION_ERROR_TABLE = {
  // The user, their administrator or the app does not allow it.
  access_denied: row(
    403,
    "The user declined at Google.",
    "Let the user continue without the access. Ask again only when the user chooses a feature that needs it.",
    {
      title: "You said no, and that is fine",
      text: "Nothing was shared. You can continue without it, or allow access at any time.",
    },
  ),
  admin_policy_enforced: row(
    403,
    "The administrator of the user's Google Workspace does not allow this app to have these scopes.",
    "Ask that administrator to allow your OAuth client ID in the Admin console, under Security → Access and data control → API controls.",
    {
      title: "Your organization does not allow this",
      text: "The administrator of your Google account has restricted the access that this app asks for. Your administrator can allow it.",
    },
  ),
  org_internal: row(
    403,
    "The OAuth client accepts only accounts of one Google Cloud organization.",
    "Use an account of that organization, or change the user type to External at https://console.cloud.google.com/auth/audience.",
    {
      title: "This account cannot be used here",
      text: "This app is open to members of one organization only. Please choose your account of that organization.",
    },
  ),
  hosted_domain_mismatch: row(
    403,
    "The account does not belong to the Google Workspace domain that the option `hostedDomain` requires.",
    "Sign in with an account of that domain. If other accounts are welcome too, change or remove `hostedDomain`.",
    {
      title: "This account cannot be used here",
      text: "This app does not accept the account that you chose. Please choose your work or school account.",
    },
  ),
  sign_in_refused: row(
    403,
    "The app's `admit` function rejected this account.",
    "Nothing was stored. If the account should be accepted, let `admit` return `true` for it.",
    {
      title: "This account cannot be used here",
      text: "This app does not accept the account that you chose. You can try a different one.",
    },
  ),
  app_timeout: row(
    503,
    "A function of the app did not finish in time, so the sign-in was refused.",
    "Nothing was stored. The detail names the function: `admit` or `on.authorized`. Check the database or service that it waits for, or set a larger `timeout`.",
    storageTrouble,
  ),
  disallowed_useragent: row(
    403,
    "Google's sign-in was opened in an embedded web view, which Google does not allow.",
    "Open the sign-in in the system's browser, in Custom Tabs (Android) or in SFSafariViewController (iOS).",
    {
      title: "Please open this in your browser",
      text: "Google does not allow sign-in inside another app. Open this page in your browser and try again.",
    },
  ),

  // The callback.
  invalid_callback: row(
    400,
    "The request to the callback is not a response from Google.",
    "Start the sign-in again. Google sends `state` and either `code` or `error`, each once. The detail says which part is wrong; look for a link scanner, or a proxy that changes the query.",
    startAgain,
  ),
  attempt_not_found: row(
    400,
    "This browser has no pending sign-in for this `state`: the cookie of the attempt did not arrive, or cannot be decrypted.",
    "Start the sign-in on the host and scheme of `redirectUri`: `localhost` and `127.0.0.1` count as two hosts, and so do `www.example.com` and `example.com`. Other causes: another browser, blocked cookies, a forged link, more than five sign-ins at once, or processes with different keys or client secrets.",
    startAgain,
  ),
  attempt_expired: row(
    400,
    "The user took longer than ten minutes to come back from Google.",
    "Start the sign-in again.",
    startAgain,
  ),
  attempt_spent: row(
    400,
    "This callback was already used.",
    "Start the sign-in again. The usual cause is the back button, or a reload of the callback's address.",
    startAgain,
  ),
  issuer_mismatch: row(
    400,
    "The `iss` of the callback is not the configured issuer (RFC 9207).",
    "Check `endpoints.issuer`. If its value is correct, the response came from another authorization server, and Scopegate correctly rejected it.",
    startAgain,
  ),
  user_mismatch: row(
    403,
    "The app's user changed between the start of the authorization and the callback.",
    "Start again as the current user. If it happens every time, `userId` returns another value at the callback than at the start: often because a session cookie with `SameSite=Strict` is not sent on the way back from Google (use `Lax`). While an account is linked, the user must also stay signed in with Google.",
    startAgain,
  ),
  account_mismatch: row(
    409,
    "The user continued at Google with another account than the one signed in.",
    "Let the user choose. The built-in page offers to keep the signed-in account or to switch.",
    {
      title: "You chose a different account",
      text: "You continued with a different Google account than the one you are signed in with here.",
    },
  ),

  // Google rejects the app's configuration.
  invalid_client: row(
    500,
    "Google does not know this client ID, or the client secret is wrong.",
    `Compare the option \`client\` with the OAuth client at ${CLIENTS}. If the secret is lost, add a new one there.`,
    brokenSetup,
  ),
  redirect_uri_mismatch: row(
    500,
    "The redirect URI is not registered for the OAuth client.",
    `Add the value of \`redirectUri\`, character by character, to the client's authorized redirect URIs at ${CLIENTS}. A change can take minutes to hours to work.`,
    brokenSetup,
  ),
  invalid_request: row(
    500,
    "The request to Google is not valid.",
    "Read the detail, which quotes the reason. Then check `scopes` and the other options against https://developers.google.com/identity/protocols/oauth2/web-server.",
    brokenSetup,
  ),
  invalid_scope: row(
    500,
    "Google does not know one of the requested scopes.",
    "Compare the spelling of each scope with https://developers.google.com/identity/protocols/oauth2/scopes. Most scopes are full URLs, such as https://www.googleapis.com/auth/drive.file; a few are words, such as `openid` and `email`. Their case matters.",
    brokenSetup,
  ),
  unauthorized_client: row(
    500,
    "The OAuth client is not allowed to use this grant type.",
    `Create an OAuth client of the type Web application at ${CLIENTS}, and use it as the option \`client\`.`,
    brokenSetup,
  ),
  unsupported_grant_type: row(
    500,
    "The token endpoint does not support this grant type.",
    "If you set `endpoints.token`, set it to the token endpoint of the server in `endpoints.issuer`. For Google, remove the option.",
    brokenSetup,
  ),
  deleted_client: row(
    500,
    "The OAuth client was deleted.",
    `Restore it at ${CLIENTS} within 30 days of the deletion, or create another client and change the option \`client\`.`,
    brokenSetup,
  ),
  disabled_client: row(
    500,
    "The OAuth client is disabled.",
    `Enable it at ${CLIENTS}. Look there for a notice that says why it was disabled.`,
    brokenSetup,
  ),
} as const satisfies Record<string, ErrorRow>;
