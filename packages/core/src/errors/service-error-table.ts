import { row, tryLater } from "./error-row.ts";
import type { ErrorRow } from "./error-row.ts";

/** The page for users. It does not mention sign-in: these errors concern the app's own tokens, not the user's. */
const notSetUp = {
  title: "This page is not available",
  text: "The app's own connection to Google is not set up correctly. Your account is not affected. Please tell the people who run this app.",
} as const;

/** The errors of tokens for the app itself: service accounts, metadata servers, impersonation and federation. */
export const SERVICE_ERROR_TABLE = {
  // Google rejected a signed assertion (RFC 7523 section 3.1).
  delegation_by_email: row(
    500,
    "Google does not let this service account act for the user: its domain-wide delegation is wrong, incomplete, or not active yet.",
    "Open Security → API controls → Domain-wide delegation in the Admin console. Check that the entry has the service account's numeric client ID, not its e-mail address, and that it lists every scope that the app requests. A change can take up to 24 hours to take effect.",
    notSetUp,
  ),
  delegation_missing: row(
    500,
    "This service account has no domain-wide delegation.",
    "Ask a Workspace administrator to add the account's numeric client ID and every scope under Security → API controls → Domain-wide delegation in the Admin console. A change takes minutes, and up to 24 hours, to take effect.",
    notSetUp,
  ),
  delegation_scope_denied: row(
    500,
    "One or more of the requested scopes are not delegated to this service account.",
    "Ask a Workspace administrator to open Security → API controls → Domain-wide delegation in the Admin console, to find the account's numeric client ID there, and to add every scope, spelled exactly as the app requests it. A change can take up to 24 hours to take effect.",
    notSetUp,
  ),
  delegation_subject_unknown: row(
    500,
    "The user that `subject` names does not exist.",
    "Set `subject` to the primary e-mail address of a user of the Workspace domain.",
    notSetUp,
  ),
  invalid_assertion: row(
    500,
    "Google rejected the signed assertion, or the service account that signed it.",
    "Read the detail in the message. Check that the service account `client_email` still exists, that the key file is unchanged, and that `token_uri` is the address of Google's token endpoint.",
    notSetUp,
  ),
  clock_skew: row(
    500,
    "Google rejected the times in the signed assertion.",
    "Synchronize this machine's clock with a time server: an assertion is valid from the time on this clock, for one hour.",
    notSetUp,
  ),
  service_key_rejected: row(
    500,
    "Google rejected the signature of the service account's key.",
    "The key was deleted or disabled, or it belongs to another account. Create a new key in the Google Cloud console under IAM & Admin → Service accounts → Keys, or use credentials without a key.",
    notSetUp,
  ),
  service_scope_invalid: row(
    500,
    "A requested scope, or the audience of an ID token, is not valid.",
    "Check that `scopes` is not empty, that each scope is spelled as in Google's list, and that no scope contains a comma. For an ID token, check that the audience is the one that the receiving service expects, for example its URL.",
    notSetUp,
  ),
  service_account_disabled: row(
    500,
    "The service account or its key is disabled.",
    "Enable it in the Google Cloud console under IAM & Admin → Service accounts.",
    notSetUp,
  ),

  // Where credentials come from.
  no_default_credentials: row(
    500,
    "This machine has no Application Default Credentials.",
    "Set GOOGLE_APPLICATION_CREDENTIALS to the path of a credentials file, run `gcloud auth application-default login`, or run the app on Google Cloud with a service account attached.",
    notSetUp,
  ),
  user_credentials_expired: row(
    500,
    "Google no longer accepts the refresh token that gcloud stored for a person.",
    "Run `gcloud auth application-default login` again. On a server, use a service account in place of a person's credentials.",
    notSetUp,
  ),
  metadata_unavailable: row(
    503,
    "The metadata server cannot be reached, or it is temporarily unavailable.",
    "On Google Cloud, retry later. Outside Google Cloud there is no metadata server: use a service account's key, workload identity federation, or `applicationDefault()` with a credentials file.",
    tryLater,
  ),
  metadata_refused: row(
    500,
    "The host that responded is not Google's metadata server, or it refused the request.",
    "Read the detail in the message. Check that no proxy and no other host (GCE_METADATA_HOST) responds in place of the metadata server, and that a service account is attached to this VM or service.",
    notSetUp,
  ),
  impersonation_refused: row(
    500,
    "The IAM Credentials API refused to impersonate the service account.",
    "Give the calling account the role Service Account Token Creator on the target account; with `delegates`, each account needs the role on the next one. Enable the IAM Service Account Credentials API, and check the target's e-mail address and the scopes. A new role takes minutes to take effect.",
    notSetUp,
  ),
  federation_refused: row(
    500,
    "Google's Security Token Service refused the token exchange.",
    "For federation, compare `audience` in the configuration with the name of the provider, and the token's issuer and audience with the provider's settings and its attribute condition. For `downscoped()`, check `rules` and the scopes of `source`.",
    notSetUp,
  ),
  subject_token_unavailable: row(
    500,
    "The token of the other identity provider could not be obtained.",
    "Read the detail in the message. Check the file, the URL, the command or the AWS environment that `credential_source` of the configuration names, or your function `subjectToken`.",
    notSetUp,
  ),
  unsupported_credentials: row(
    500,
    "Credentials of this kind do not support this operation.",
    "Read the detail in the message. Use a service account's key, or impersonate a service account: both support every operation in Google's default universe, `googleapis.com`.",
    notSetUp,
  ),
} as const satisfies Record<string, ErrorRow>;
