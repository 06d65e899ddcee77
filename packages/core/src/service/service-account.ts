import type { TokenSource } from "../google/token-source.ts";
import type { ServiceAccountKeyFile } from "./account-key.ts";
import { checkSubject, checkUrl } from "./checks.ts";
import { resolveKey } from "./key-file.ts";
import { resolveSettings } from "./options.ts";
import type { SourceOptions } from "./options.ts";
import { ServiceAccountCredentials } from "./service-account-credentials.ts";
import { CachedTokenSource } from "./source.ts";

/** Options of {@link serviceAccount}. Give either `keyFile` or `credentials`. */
export interface ServiceAccountOptions extends SourceOptions {
  /**
   * Path of the key file (JSON) that the Google Cloud console creates. A relative path starts at the working directory.
   * The file is read once, when the source is created. If every user of the machine can read it, a process warning with
   * the code `SCOPEGATE_KEY_FILE` says so.
   */
  readonly keyFile?: string;
  /** The content of the key file: parsed, or as JSON text, for example from an environment variable. */
  readonly credentials?: ServiceAccountKeyFile | string;
  /**
   * Primary e-mail address of a user of the Workspace domain that the account acts for (domain-wide delegation). A
   * Workspace administrator must have delegated the scopes to the account's numeric client ID. Default: none.
   */
  readonly subject?: string;
  /**
   * Address of an API, an https URL such as `https://pubsub.googleapis.com/`. The account then signs its access tokens
   * itself, for this API only and without a token request (AIP-4111). Give it in place of `scopes`. Default: none.
   */
  readonly audience?: string;
  /**
   * Whether the account signs its access tokens for `scopes` itself, without a token request. Only APIs with a published
   * service definition accept such tokens. Tokens with a `subject` are requested from Google all the same. Default
   * `false`.
   */
  readonly selfSigned?: boolean;
}

/**
 * Tokens of a service account, by its key. The account signs an assertion, and Google exchanges it for a token (RFC 7523
 * section 2.1; Google's guide "Using OAuth 2.0 for Server to Server Applications"). The key is read and checked when the
 * source is created. `signJwt` and `signBlob` sign with it, without a request.
 *
 * @throws TypeError for a key that cannot be used, with the file and the field; for an option that cannot be used
 * @throws AuthError from the methods of the source: `invalid_assertion`, `clock_skew`, `service_key_rejected`,
 *   `service_account_disabled`, `service_scope_invalid`, `temporarily_unavailable`, `invalid_response`; with a `subject`
 *   also `delegation_missing`, `delegation_by_email`, `delegation_scope_denied`, `delegation_subject_unknown`,
 *   `admin_policy_enforced` and `org_internal`
 *
 * @example A key file
 * ```ts
 * import { serviceAccount } from "@scopegate/core/service";
 *
 * const source = serviceAccount({
 *   keyFile: "key.json",
 *   scopes: "https://www.googleapis.com/auth/devstorage.read_only",
 * });
 * const response = await source.fetch("https://storage.googleapis.com/storage/v1/b/my-bucket/o");
 * console.log(await response.json());
 * ```
 *
 * @example A key in an environment variable, for a user of the Workspace domain
 * ```ts
 * import { serviceAccount } from "@scopegate/core/service";
 *
 * const source = serviceAccount({
 *   credentials: process.env["SERVICE_ACCOUNT_KEY"]!,
 *   scopes: "https://www.googleapis.com/auth/calendar.events.readonly",
 *   subject: "ada@example.com",
 * });
 * const response = await source.fetch("https://www.googleapis.com/calendar/v3/calendars/primary/events");
 * console.log(await response.json());
 * ```
 */
export function serviceAccount(options: ServiceAccountOptions): TokenSource {
  const caller = "serviceAccount";
  const own = { keyFile: true, credentials: true, subject: true, audience: true, selfSigned: true } as const;
  const settings = resolveSettings(caller, options, own);
  const { keyFile, credentials, audience, selfSigned = false } = options;
  if (typeof selfSigned !== "boolean") throw new TypeError(`${caller}: \`selfSigned\` must be true or false`);
  const subject = checkSubject(options.subject, `${caller}: \`subject\``);
  if (audience !== undefined) {
    checkUrl(audience, `${caller}: \`audience\``);
    if (settings.scopes.length > 0) {
      throw new TypeError(
        `${caller}: give \`audience\` or \`scopes\`, not both; a token that the account signs itself has only one of them`,
      );
    }
  }
  const key = resolveKey(keyFile, credentials, caller);
  const kind = new ServiceAccountCredentials(key, settings, { audience, selfSigned });
  return new CachedTokenSource(kind, settings, { scopes: settings.scopes, subject });
}
