import { brokenSetup, ownTrouble, row, signInAgain, startAgain, tryLater } from "./error-row.ts";
import type { ErrorRow } from "./error-row.ts";
import { SERVICE_ERROR_TABLE } from "./service-error-table.ts";

/**
 * Every error of this library: its status, its meaning and remedy for developers, and its words for users.
 * Code, pages and the README's table are all made from it; a test compares them.
 */
export const ERROR_TABLE = {
  // The user or their administrator said no.
  access_denied: row(
    403,
    "The user declined the consent.",
    "Carry on without these features; ask again only when the user asks for them.",
    {
      title: "You said no, and that is fine",
      text: "Nothing was shared. You can carry on, or allow access whenever you like.",
    },
  ),
  admin_policy_enforced: row(
    403,
    "A Google Workspace administrator restricts these scopes.",
    "The administrator must allow this OAuth client ID under Security → API controls in the Admin console.",
    {
      title: "Your organisation does not allow this",
      text: "An administrator of your Google account has restricted what this app asks for. They can allow it for you.",
    },
  ),
  org_internal: row(
    403,
    "The OAuth client is limited to one Cloud organization.",
    "Change the user type of the consent screen to External, or use an account of that organization.",
    {
      title: "This account cannot be used here",
      text: "This app is open to members of one organisation only. Please choose an account of that organisation.",
    },
  ),
  hosted_domain_mismatch: row(
    403,
    "The account is not of the required Workspace domain.",
    "Sign in with an account whose ID token carries the `hd` claim named in `hostedDomain`.",
    {
      title: "This account cannot be used here",
      text: "Please choose an account of the organisation that this app belongs to.",
    },
  ),
  sign_in_refused: row(
    403,
    "The app's `admit` hook refused this account.",
    "This is your own decision; nothing was stored.",
    {
      title: "This account cannot be used here",
      text: "This app does not accept the account that you chose. You can try another one.",
    },
  ),
  disallowed_useragent: row(
    403,
    "The authorization page was opened in an embedded web view.",
    "Open it in the system browser, Custom Tabs (Android) or SFSafariViewController (iOS).",
    {
      title: "Please open this in your browser",
      text: "Google does not allow sign-in inside another app. Open this page in your browser and try again.",
    },
  ),

  // The callback.
  invalid_callback: row(
    400,
    "The callback's query is malformed.",
    "Google sends `state` and either `code` or `error`, each once. Anything else was not sent by Google.",
    startAgain,
  ),
  attempt_not_found: row(
    400,
    "This browser has no pending authorization for this `state`.",
    "The attempt's cookie is missing: another browser, blocked cookies, a forged link, or a redirect URI on another host (127.0.0.1 for localhost) or scheme than the page that started.",
    startAgain,
  ),
  attempt_expired: row(400, "The authorization took longer than ten minutes.", "Start again.", startAgain),
  attempt_spent: row(400, "This callback was already used.", "Usually the back button; start again.", startAgain),
  issuer_mismatch: row(
    400,
    "The callback's `iss` is not the issuer (RFC 9207).",
    "The response came from another authorization server: check `endpoints`, and that nobody mixes servers up.",
    startAgain,
  ),
  user_mismatch: row(
    403,
    "The app's user changed during the authorization.",
    "`userId` gave another value at the callback than at the start, or the sign-in that an account was to be linked to has ended; start again as the present user.",
    startAgain,
  ),
  account_mismatch: row(
    409,
    "The user continued with another Google account than the one signed in.",
    "Let the user choose: the page offers both ways.",
    {
      title: "That was another account",
      text: "You continued with a different Google account than the one you are signed in with here.",
    },
  ),

  // What Google says of the app's own configuration.
  invalid_client: row(
    500,
    "Google does not know this client ID, or the secret is wrong.",
    "Compare `client` with the OAuth client in the Google Cloud console, and make a new secret if in doubt.",
    brokenSetup,
  ),
  redirect_uri_mismatch: row(
    500,
    "The redirect URI is not registered exactly so.",
    "Add the `redirectUri`, letter for letter, to the OAuth client's authorized redirect URIs.",
    brokenSetup,
  ),
  invalid_request: row(
    500,
    "Google refused the request as malformed.",
    "See the error's detail; check scopes and options against Google's documentation.",
    brokenSetup,
  ),
  invalid_scope: row(
    500,
    "Google does not know a scope.",
    "Check the scopes' spelling; they are case-sensitive full names.",
    brokenSetup,
  ),
  unauthorized_client: row(
    500,
    "This client may not use this grant type.",
    "Use an OAuth client of type Web application.",
    brokenSetup,
  ),
  unsupported_grant_type: row(
    500,
    "The token endpoint does not support this grant type.",
    "Check `endpoints.token`.",
    brokenSetup,
  ),
  deleted_client: row(
    500,
    "The OAuth client was deleted.",
    "Restore it in the Google Cloud console (within 30 days), or create another.",
    brokenSetup,
  ),
  disabled_client: row(
    500,
    "The OAuth client is disabled.",
    "Enable it in the Google Cloud console; look for a notice there about why.",
    brokenSetup,
  ),

  // Tokens.
  invalid_grant: row(
    400,
    "Google refused the authorization code: bad, used or expired.",
    "Start again; if it persists, check the server's clock and that the redirect URI is the same in both steps.",
    startAgain,
  ),
  invalid_response: row(
    502,
    "The provider's answer is not a valid token response.",
    "Look at the detail; a proxy may be answering in its place.",
    tryLater,
  ),
  invalid_id_token: row(
    502,
    "The ID token failed validation.",
    "Look at the detail: check the client ID, the issuer and the server's clock.",
    startAgain,
  ),
  temporarily_unavailable: row(
    503,
    "Google could not be reached, or asked for patience.",
    "Passing: nothing was deleted; the next request tries again.",
    tryLater,
  ),

  revocation_incomplete: row(
    502,
    "Deleted here, but Google could not be told to revoke.",
    "The user can end it at their Google account's page of connections; the local grant is gone.",
    {
      title: "Removed here, but not yet at Google",
      text: "This app has forgotten your access, but Google could not be reached to end it there too. You can end it yourself on the page of connections in your Google account.",
    },
  ),

  // Guards and calls.
  sign_in_required: row(401, "Nobody is signed in.", "Send the user to `authorizeUrl`.", {
    title: "Please sign in",
    text: "This page needs you to be signed in with Google.",
  }),
  insufficient_scope: row(
    403,
    "The user has not granted the scopes that this needs.",
    "Send the user to `authorizeUrl`, in context, when they ask for the feature.",
    {
      title: "This feature is switched off",
      text: "It needs access that you have not allowed. Everything else works as before.",
    },
  ),
  reconnect_required: row(
    401,
    "Google no longer accepts the stored refresh token: revoked, expired, or none was issued.",
    "The dead token is deleted; send the user to `authorizeUrl` to consent again.",
    signInAgain,
  ),
  reauthentication_required: row(
    401,
    "The user's organisation demands a fresh sign-in (`invalid_rapt`).",
    "Send the user to `authorizeUrl`; nothing was deleted.",
    signInAgain,
  ),
  login_required: row(
    401,
    "`prompt=none` found nobody signed in at Google.",
    "Ask again without `prompt=none`.",
    signInAgain,
  ),
  interaction_required: row(
    401,
    "`prompt=none` found that the user must be asked.",
    "Ask again without `prompt=none`.",
    signInAgain,
  ),
  undeclared_scope: row(
    400,
    "A scope was asked for that this app never declared.",
    "Name it in `scopes`, in `incrementalScopes`, or in a guard.",
    startAgain,
  ),
  cross_site_request: row(
    403,
    "A form was posted from another site, or without its token.",
    "Post the form from a page of this app: the confirmation page carries the token.",
    {
      title: "Please confirm once more",
      text: "This request did not come from a page of this app, so nothing was changed.",
    },
  ),
  method_not_allowed: row(
    405,
    "This route does not take this HTTP method.",
    "Use GET to see the page, POST to act.",
    startAgain,
  ),

  // What we stand on.
  session_unavailable: row(
    503,
    "There is no session on this request.",
    "Mount the session middleware before Scopegate; if it is mounted, its store is down.",
    ownTrouble,
  ),
  session_lost: row(
    500,
    "This browser signed in several times over, and each time its session was gone at the next request.",
    "The session's cookie does not arrive: `cookie.secure` without HTTPS or without `trust proxy`, a cookie over 4 KB, another `domain` or `path`, or cookies blocked.",
    {
      title: "Your sign-in could not be kept",
      text: "You signed in, but this app could not remember it. If your browser blocks cookies, allow them for this site and try again.",
    },
  ),
  store_unavailable: row(
    503,
    "The token store failed.",
    "See `cause`. Nothing was deleted; the next request tries again.",
    ownTrouble,
  ),
  unreadable_grant: row(
    500,
    "A stored grant cannot be decrypted with the present keys.",
    "Put the key that sealed it back into `encryptionKeys`, behind the newest. Nothing was deleted.",
    brokenSetup,
  ),
  // Server to server.
  ...SERVICE_ERROR_TABLE,

  internal_error: row(
    500,
    "Something failed that should not.",
    "See `cause`; please report it if it is ours.",
    brokenSetup,
  ),
} as const satisfies Record<string, ErrorRow>;
