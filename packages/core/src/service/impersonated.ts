import type { TokenSource } from "../google/token-source.ts";
import { checkSubject, isAccountEmail } from "./checks.ts";
import { checkLifetime, ImpersonatedCredentials } from "./impersonated-credentials.ts";
import { resolveSettings } from "./options.ts";
import type { SourceOptions } from "./options.ts";
import { CachedTokenSource } from "./source.ts";

/** Options of {@link impersonated}. */
export interface ImpersonatedOptions extends SourceOptions {
  /**
   * The caller. Its account needs the role Service Account Token Creator on `target`, or on the first of `delegates`. Its
   * access tokens are requested for the scope `https://www.googleapis.com/auth/cloud-platform`.
   */
  readonly source: TokenSource;
  /** E-mail address of the service account to impersonate. */
  readonly target: string;
  /**
   * E-mail addresses of service accounts between the caller and `target`, in order. Each needs the role Service Account
   * Token Creator on the next one, the last on `target`. Default: none.
   */
  readonly delegates?: readonly string[];
  /**
   * Primary e-mail address of a user of the Workspace domain that `target` acts for: domain-wide delegation without any
   * key. Default: none.
   */
  readonly subject?: string;
  /**
   * Seconds until an access token expires, a whole number from 1 to 43,200. Above 3,600 an organization policy must allow
   * it. Ignored for tokens with a `subject`. Default 3,600.
   */
  readonly lifetime?: number;
}

/**
 * Tokens and signatures of a service account that another account may impersonate, without a key of the target. The IAM
 * Credentials API makes them: https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts.
 * It must be enabled in the project of the caller.
 *
 * @throws TypeError for an option that cannot be used
 * @throws AuthError from the methods of the source: `impersonation_refused`, `invalid_response`,
 *   `temporarily_unavailable`, and the codes of `source`; with a `subject` also the codes of {@link serviceAccount}
 *
 * @example
 * ```ts
 * import { applicationDefault, impersonated } from "@scopegate/core/service";
 *
 * const reports = impersonated({
 *   source: applicationDefault(),
 *   target: "reports@my-project.iam.gserviceaccount.com",
 *   scopes: "https://www.googleapis.com/auth/devstorage.read_only",
 * });
 * const response = await reports.fetch("https://storage.googleapis.com/storage/v1/b/my-bucket/o");
 * console.log(await response.json());
 * ```
 */
export function impersonated(options: ImpersonatedOptions): TokenSource {
  const caller = "impersonated";
  const own = { source: true, target: true, delegates: true, subject: true, lifetime: true } as const;
  const settings = resolveSettings(caller, options, own);
  const { source, target, delegates = [], lifetime } = options;
  checkSource(source, `${caller}: \`source\``);
  checkEmail(target, `${caller}: \`target\``);
  checkEmails(delegates, `${caller}: \`delegates\``);
  checkLifetime(lifetime, `${caller}: \`lifetime\``);
  const subject = checkSubject(options.subject, `${caller}: \`subject\``);
  const credentials = new ImpersonatedCredentials(settings, { source, target, delegates, lifetime });
  return new CachedTokenSource(credentials, settings, { scopes: settings.scopes, subject });
}

function checkSource(source: unknown, name: string): void {
  const { getAccessToken, withScopes } = (source ?? {}) as Partial<Record<keyof TokenSource, unknown>>;
  if (typeof getAccessToken !== "function" || typeof withScopes !== "function")
    throw new TypeError(`${name} must be a source of tokens, for example applicationDefault()`);
}

function checkEmails(emails: readonly string[], name: string): void {
  const list: unknown = emails;
  if (!Array.isArray(list)) throw new TypeError(`${name} must be an array of e-mail addresses of service accounts`);
  for (const email of list as unknown[]) checkEmail(email, `${name}: each entry`);
}

function checkEmail(email: unknown, name: string): void {
  if (!isAccountEmail(email))
    throw new TypeError(
      `${name} must be the e-mail address of a service account, such as robot@my-project.iam.gserviceaccount.com`,
    );
}
