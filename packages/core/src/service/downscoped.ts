import type { TokenSource } from "../google/token-source.ts";
import { PlainCredentials } from "./credentials.ts";
import type { IssuedToken } from "./credentials.ts";
import { GOOGLE_UNIVERSE, resolveSettings } from "./options.ts";
import type { SourceOptions, SourceSettings } from "./options.ts";
import { ACCESS_TOKEN_TYPE, exchangeToken } from "./security-token-service.ts";
import { CachedTokenSource } from "./source.ts";

/** One resource that a downscoped token may access, and how: a rule of a Credential Access Boundary. */
export interface AccessBoundaryRule {
  /** The resource's full name, such as `//storage.googleapis.com/projects/_/buckets/my-bucket`. */
  readonly availableResource: string;
  /** Roles that limit the access, each with the prefix `inRole:`, such as `inRole:roles/storage.objectViewer`. */
  readonly availablePermissions: readonly string[];
  /** A condition that limits the access further. Default: none. */
  readonly availabilityCondition?: {
    /** The condition, in the Common Expression Language. */
    readonly expression: string;
    readonly title?: string;
    readonly description?: string;
  };
}

/** Options of {@link downscoped}. The scopes are those of `source`. */
export interface DownscopedOptions extends Omit<SourceOptions, "scopes"> {
  /**
   * The source whose access is limited. It must be one that a function of this package created, with the scope
   * `https://www.googleapis.com/auth/cloud-platform`.
   */
  readonly source: TokenSource;
  /** The access that remains: 1 to 10 rules. */
  readonly rules: readonly AccessBoundaryRule[];
}

/** Google's own maximum for a Credential Access Boundary. */
const MAX_RULES = 10;

/**
 * Access tokens of a source with less access, for a component that is trusted less. They work with Cloud Storage only.
 * Google's Security Token Service issues them (RFC 8693 section 2.1,
 * https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token). They expire no later than the token of
 * `source`.
 *
 * @throws TypeError for an option that cannot be used
 * @throws AuthError from the methods of the source: `federation_refused`, `temporarily_unavailable`,
 *   `invalid_response`, and the codes of `source`; `unsupported_credentials` for ID tokens and signatures
 *
 * @example
 * ```ts
 * import { applicationDefault, downscoped } from "@scopegate/core/service";
 *
 * const source = applicationDefault({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
 * const readOnly = downscoped({
 *   source,
 *   rules: [
 *     {
 *       availableResource: "//storage.googleapis.com/projects/_/buckets/my-bucket",
 *       availablePermissions: ["inRole:roles/storage.objectViewer"],
 *     },
 *   ],
 * });
 * const accessToken = await readOnly.getAccessToken();
 * ```
 */
export function downscoped(options: DownscopedOptions): TokenSource {
  const caller = "downscoped";
  const { source, rules } = options;
  const settings = resolveSettings(caller, options, { source: true, rules: true });
  if (!(source instanceof CachedTokenSource)) {
    throw new TypeError(
      `${caller}: \`source\` must be the result of a function of this package, for example applicationDefault({ scopes })`,
    );
  }
  checkRules(rules, `${caller}: \`rules\``);
  const credentials = new DownscopedCredentials(source, structuredClone(rules), settings);
  return new CachedTokenSource(credentials, settings, { scopes: source.scopes, subject: undefined });
}

function checkRules(rules: readonly AccessBoundaryRule[], name: string): void {
  const list: unknown = rules;
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_RULES)
    throw new TypeError(`${name} must be an array of 1 to ${MAX_RULES} rules`);
  for (const { availableResource, availablePermissions } of rules) {
    const hasPermissions = Array.isArray(availablePermissions) && availablePermissions.length > 0;
    if (typeof availableResource !== "string" || !hasPermissions) {
      throw new TypeError(
        `${name}: each rule needs \`availableResource\`, a string, and \`availablePermissions\`, a non-empty array of roles`,
      );
    }
  }
}

class DownscopedCredentials extends PlainCredentials {
  readonly kind = "downscoped";
  override readonly quotaProject: string | undefined;
  readonly #source: CachedTokenSource;
  readonly #rules: readonly AccessBoundaryRule[];
  readonly #settings: SourceSettings;

  constructor(source: CachedTokenSource, rules: readonly AccessBoundaryRule[], settings: SourceSettings) {
    super();
    this.quotaProject = source.quotaProject;
    this.#source = source;
    this.#rules = rules;
    this.#settings = settings;
  }

  async accessToken(): Promise<IssuedToken> {
    const { request, now, endpoints, universeDomain = GOOGLE_UNIVERSE } = this.#settings;
    const url = endpoints.sts ?? `https://sts.${universeDomain}/v1/token`;
    // The response does not always say when the new token expires. It cannot outlive the source's token.
    const { token, expiresAt } = await this.#source.issuedToken();
    return exchangeToken(
      { request, now, url },
      {
        subjectToken: token,
        subjectTokenType: ACCESS_TOKEN_TYPE,
        options: { accessBoundary: { accessBoundaryRules: this.#rules } },
        expiresAt,
      },
    );
  }

  override async projectId(): Promise<string | undefined> {
    return this.#source.projectId();
  }

  async universeDomain(): Promise<string> {
    return this.#settings.universeDomain ?? GOOGLE_UNIVERSE;
  }
}
