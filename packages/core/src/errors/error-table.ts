import { brokenSetup, row, startAgain, storageTrouble, tryLater } from "./error-row.ts";
import type { ErrorRow } from "./error-row.ts";
import { SERVICE_ERROR_TABLE } from "./service-error-table.ts";

/** Where an OAuth client is created and changed. */
const CLIENTS = "https://console.cloud.google.com/auth/clients";

/**
 * Every error that Scopegate reports at run time: its status, its meaning and remedy for developers, its text for users.
 * The code, the pages and the documented table all come from here; a test compares them.
 */
export const ERROR_TABLE = {
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
    "Check `endpoints.issuer`. If it is right, the response came from another authorization server, and it was right to reject it.",
    startAgain,
  ),
  user_mismatch: row(
    403,
    "The app's user changed between the start of the authorization and the callback.",
    "Start again as the current user. If it happens every time, `userId` returns another value at the callback than at the start: often because a session cookie with `SameSite=Strict` does not arrive from Google; use `Lax`. While an account is linked, the user must also stay signed in with Google.",
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
    "Compare the spelling of each scope with https://developers.google.com/identity/protocols/oauth2/scopes. Scopes are full names, and their case matters.",
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
    "Set `endpoints.token` to the token endpoint of the issuer.",
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

  // Tokens.
  invalid_grant: row(
    400,
    "Google rejected the authorization code: it is invalid, expired or already used.",
    "Start the sign-in again. If it fails every time, check that `client` and `endpoints` belong to the same authorization server, and that no outgoing proxy repeats requests.",
    startAgain,
  ),
  invalid_response: row(
    502,
    "The server's response is not valid.",
    "Read the detail, which names the request or the field. Often a proxy responds in place of Google: check the proxy and `endpoints`.",
    tryLater,
  ),
  invalid_id_token: row(
    502,
    "The ID token failed validation.",
    "Read the detail, which names the claim. For `exp`, `iat` and `nbf`, synchronize this server's clock (NTP). For `aud` and `azp`, check the client ID; for `iss`, check `endpoints.issuer`.",
    startAgain,
  ),
  temporarily_unavailable: row(
    503,
    "Google could not be reached, or asked to try again later.",
    "Try again after the time in `Retry-After`; nothing was deleted. If it continues, check the network, DNS and proxy between this server and the host in the detail.",
    tryLater,
  ),
  revocation_incomplete: row(
    502,
    "The grant was deleted here, but Google could not be told to revoke it.",
    "Tell the user to remove this app at https://myaccount.google.com/connections. The error's `cause` says why the request to Google failed.",
    {
      title: "Removed here, but not yet at Google",
      text: "This app has deleted its access, but Google could not be told. To end the access there too, remove this app at myaccount.google.com/connections.",
    },
  ),

  // Guards and calls.
  sign_in_required: row(401, "No user is signed in.", "Send the user to `authorizeUrl` to sign in.", {
    title: "Please sign in",
    text: "To see this page, sign in with Google.",
  }),
  insufficient_scope: row(
    403,
    "The user has not granted the scopes that this request needs.",
    "When the user chooses the feature, send them to `authorizeUrl` to grant the scopes in `missing`.",
    {
      title: "This feature is switched off",
      text: "It needs access that you have not allowed. Everything else works as before.",
    },
  ),
  reconnect_required: row(
    401,
    "The user's access has ended: Google rejected the refresh token, or none is stored.",
    "Send the user to `authorizeUrl` to consent again. If it happens after seven days, the app's publishing status is probably Testing: publish the app at https://console.cloud.google.com/auth/audience.",
    {
      title: "Please sign in again",
      text: "Your connection to Google has ended. Sign in again to continue where you left off.",
    },
  ),
  reauthentication_required: row(
    401,
    "The user's organization requires a new sign-in at Google (`invalid_rapt`).",
    "Send the user to `authorizeUrl` to sign in. Nothing was deleted.",
    {
      title: "Please sign in again",
      text: "Your organization requires a new sign-in with Google from time to time. Sign in again to continue where you left off.",
    },
  ),
  login_required: row(
    401,
    "The user is not signed in at Google, and `prompt=none` does not let Google ask.",
    'Start the authorization again without `prompt: "none"`.',
    {
      title: "Please sign in",
      text: "You are not signed in with Google. Sign in to continue.",
    },
  ),
  interaction_required: row(
    401,
    "Google must ask the user to consent or to choose an account, and `prompt=none` does not let it.",
    'Start the authorization again without `prompt: "none"`.',
    {
      title: "Please sign in",
      text: "Google needs to ask you something first. Sign in to continue.",
    },
  ),
  undeclared_scope: row(
    400,
    "The authorize route was asked for a scope that this app does not declare.",
    "Add the scope to `scopes` or `incrementalScopes`, or require it in a guard. If the scope is not yours, the link was forged, and no action is needed.",
    {
      title: "This link does not work",
      text: "It asks for access that this app does not use. Nothing was changed.",
    },
  ),
  cross_site_request: row(
    403,
    "The form was posted from another origin, or without its token.",
    "Post the form from a page on the origin of `redirectUri`; `www.example.com` and `example.com` are two origins. The page that GET shows at the same path has such a form.",
    {
      title: "Please confirm again",
      text: "This request did not come from a page of this app, so nothing was changed.",
    },
  ),
  method_not_allowed: row(
    405,
    "This route does not accept this HTTP method.",
    "Use a method of the `Allow` header: GET opens the page, POST performs the action.",
    {
      title: "This page cannot be opened this way",
      text: "Nothing was changed. Please go back to the start page.",
    },
  ),

  // Sessions, stores and keys.
  session_unavailable: row(
    503,
    "The request has no session, or the session cannot be saved.",
    "Mount the session middleware before Scopegate, or set the option `session` to `scopegateSession()`. If there is a session, the detail or `cause` says why it cannot be saved: its store failed, or its cookie is too large.",
    storageTrouble,
  ),
  session_lost: row(
    500,
    "This browser signed in several times in a row, and each time the next request had no session.",
    "Make sure that the session's cookie is saved and comes back. Usual causes: `cookie.secure` without HTTPS, or behind a proxy without `trust proxy`; `SameSite=Strict`, which the browser does not send on the way back from Google (use `Lax`); a cookie over 4 KB; a wrong `domain` or `path`; session middleware that does not save by itself, such as iron-session; blocked cookies.",
    {
      title: "Your sign-in could not be saved",
      text: "You signed in, but this app could not remember it. If your browser blocks cookies, allow them for this site and try again.",
    },
  ),
  store_unavailable: row(
    503,
    "The token store failed, or did not respond in time.",
    "Check that the store's server is running and reachable; the detail or `cause` has the store's own error. Nothing was deleted, and the next request tries again.",
    storageTrouble,
  ),
  unreadable_grant: row(
    500,
    "A stored grant cannot be decrypted with the current keys.",
    "Add the key that encrypted it to the end of `encryptionKeys`. Nothing was deleted. If the key is lost, delete the stored grant, and the user can connect again.",
    brokenSetup,
  ),

  // Server to server.
  ...SERVICE_ERROR_TABLE,

  internal_error: row(
    500,
    "An unexpected error occurred.",
    "Look at `cause`, which is the error itself: it may come from a hook or function of your app. If it comes from Scopegate, please report it.",
    {
      title: "Something went wrong",
      text: "This app had a problem. Your account is fine. Please try again, and tell the people who run this app if it happens again.",
    },
  ),
} as const satisfies Record<string, ErrorRow>;
