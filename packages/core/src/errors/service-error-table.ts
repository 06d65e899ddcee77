import { brokenSetup, row, tryLater } from "./error-row.ts";
import type { ErrorRow } from "./error-row.ts";

/** What can go wrong between servers: with service accounts, metadata servers, impersonation and federation. */
export const SERVICE_ERROR_TABLE = {
  // A signed assertion that Google refused.
  delegation_by_email: row(
    500,
    "Google does not delegate to this service account in this way.",
    "In the Admin console (Security → API controls → Domain-wide delegation), enter the account's numeric client ID, not its e-mail address.",
    brokenSetup,
  ),
  delegation_missing: row(
    500,
    "This service account has no domain-wide delegation.",
    "A Workspace administrator must add its numeric client ID, with the scopes, under Security → API controls → Domain-wide delegation; it takes minutes, up to 24 hours, to work.",
    brokenSetup,
  ),
  delegation_scope_denied: row(
    500,
    "One or more scopes are not delegated to this service account.",
    "A Workspace administrator must add every scope, spelt as it is asked for, to its client ID under Security → API controls → Domain-wide delegation.",
    brokenSetup,
  ),
  delegation_subject_unknown: row(
    500,
    "The user to act for does not exist.",
    "Check `subject`: the primary e-mail address of a user of the Workspace domain.",
    brokenSetup,
  ),
  invalid_assertion: row(
    500,
    "Google refused the signed assertion, or the account that it is of.",
    "See the detail: check that the service account exists, that the key file is unchanged, and that `client_email` and `token_uri` belong to it.",
    brokenSetup,
  ),
  clock_skew: row(
    500,
    "Google refused the assertion's times.",
    "Set this machine's clock by a time server: an assertion begins now and lasts at most an hour.",
    brokenSetup,
  ),
  service_key_rejected: row(
    500,
    "Google does not accept this key's signature.",
    "The key was deleted or disabled, or is of another account: make a new one under IAM & Admin → Service accounts → Keys, or do without keys.",
    brokenSetup,
  ),
  service_scope_invalid: row(
    500,
    "A scope, or the audience of an ID token, is not valid.",
    "Check that `scopes` is not empty, that each is spelt as in Google's list, and that none holds a comma.",
    brokenSetup,
  ),
  service_account_disabled: row(
    500,
    "The service account, or its key, is disabled.",
    "Enable it under IAM & Admin → Service accounts in the Google Cloud console.",
    brokenSetup,
  ),

  // Where credentials come from.
  no_default_credentials: row(
    500,
    "There are no Application Default Credentials here.",
    "Set GOOGLE_APPLICATION_CREDENTIALS to a credentials file, run `gcloud auth application-default login`, or run on Google Cloud with a service account attached.",
    brokenSetup,
  ),
  user_credentials_expired: row(
    500,
    "Google no longer accepts the credentials that gcloud made for a person.",
    "Run `gcloud auth application-default login` again; on a server, use a service account.",
    brokenSetup,
  ),
  metadata_unavailable: row(
    503,
    "The metadata server cannot be reached.",
    "It exists on Google Cloud only: elsewhere use a key, federation or `applicationDefault()`. On Google Cloud it is passing.",
    tryLater,
  ),
  metadata_refused: row(
    500,
    "What answers as the metadata server is none, or refuses.",
    "Look at the detail: a proxy or another host may answer in its place (GCE_METADATA_HOST), or no service account is attached to this machine.",
    brokenSetup,
  ),
  impersonation_refused: row(
    500,
    "The IAM Credentials API refuses to act as the service account.",
    "Grant who impersonates the role Service Account Token Creator on the account (in a chain, on each next one), enable the IAM Service Account Credentials API, and check the e-mail address and the scopes. New roles take minutes to work.",
    brokenSetup,
  ),
  federation_refused: row(
    500,
    "Google's Security Token Service refuses the exchange.",
    "Compare the configuration's audience, the token's issuer and audience, and the provider's attribute condition.",
    brokenSetup,
  ),
  subject_token_unavailable: row(
    500,
    "The token to exchange could not be had from the configuration's `credential_source`.",
    "See the detail: check the file, the address, the command or the AWS environment that it names.",
    brokenSetup,
  ),
  unsupported_credentials: row(
    500,
    "Credentials of this kind cannot do that.",
    "See the detail; a service account, or impersonating one, can do everything.",
    brokenSetup,
  ),
} as const satisfies Record<string, ErrorRow>;
