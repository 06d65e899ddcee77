import { AUTHORIZATION_ERROR_TABLE } from "./authorization-error-table.ts";
import { brokenSetup, row, startAgain, storageTrouble, tryLater } from "./error-row.ts";
import type { ErrorRow } from "./error-row.ts";
import { SERVICE_ERROR_TABLE } from "./service-error-table.ts";

/**
 * Every error that Scopegate reports at run time: its status, its meaning and remedy for developers, its text for users.
 * The codes, the pages and the documented table all come from here. A test compares the documented table with this one.
 */
export const ERROR_TABLE = {
  ...AUTHORIZATION_ERROR_TABLE,

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
    "The grant was deleted from the token store, but the request to Google to revoke it failed.",
    "The app may still have access at Google. Tell the user to remove it at https://myaccount.google.com/connections. The error's `cause` says why the request failed.",
    {
      title: "Removed here, but not yet at Google",
      text: "This app has deleted its access, but Google could not be told. To end the access there too, remove this app at myaccount.google.com/connections.",
    },
  ),

  // Guards and calls.
  sign_in_required: row(
    401,
    "No user is signed in.",
    "Send the user to the address in the error's `authorizeUrl` to sign in.",
    {
      title: "Please sign in",
      text: "To see this page, sign in with Google.",
    },
  ),
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
    "Send the user to the address in the error's `authorizeUrl` to sign in. Nothing was deleted.",
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
    "The form was posted from another origin, or without its CSRF token.",
    "Post the form from a page on the origin of `redirectUri`; `www.example.com` and `example.com` are two origins. A GET of the same path shows a page with a form that contains the token.",
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
