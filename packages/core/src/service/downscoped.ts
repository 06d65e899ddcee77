import type { TokenSource } from "../google/token-source.ts";
import { PlainCredentials } from "./credentials.ts";
import type { Issued } from "./credentials.ts";
import { GOOGLE_UNIVERSE, resolveSurroundings } from "./options.ts";
import type { SourceOptions, Surroundings } from "./options.ts";
import { ACCESS_TOKEN_TYPE, exchangeToken } from "./security-token-service.ts";
import { CachedTokenSource } from "./source.ts";

/** One resource that a downscoped token may reach. */
export interface AccessBoundaryRule {
  /** The resource's full name, such as `//storage.googleapis.com/projects/_/buckets/BUCKET`. */
  readonly availableResource: string;
  /** Roles, such as `inRole:roles/storage.objectViewer`. */
  readonly availablePermissions: readonly string[];
  /** A condition in the Common Expression Language. */
  readonly availabilityCondition?: {
    readonly expression: string;
    readonly title?: string;
    readonly description?: string;
  };
}

/** Options of {@link downscoped}. */
export interface DownscopedOptions extends Omit<SourceOptions, "scopes"> {
  /** Whose access is narrowed. Its scopes must hold `https://www.googleapis.com/auth/cloud-platform`. */
  readonly source: TokenSource;
  /** What is left of it: 1 to 10 rules. */
  readonly rules: readonly AccessBoundaryRule[];
}

/** As Google has it for a Credential Access Boundary. */
const MAX_RULES = 10;

/**
 * Tokens of a source with less access, to hand to somebody who is trusted less (Cloud Storage only).
 * @throws TypeError for options that make no sense
 */
export function downscoped(options: DownscopedOptions): TokenSource {
  const { source, rules } = options;
  const surroundings = resolveSurroundings("downscoped", options, ["source", "rules"]);
  if (!(source instanceof CachedTokenSource))
    throw new TypeError("downscoped: `source` must be a source of tokens, such as applicationDefault() gives");
  const list: unknown = rules;
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_RULES)
    throw new TypeError(`downscoped: \`rules\` must be an array of 1 to ${MAX_RULES} rules`);
  for (const { availableResource, availablePermissions } of rules) {
    if (
      typeof availableResource !== "string" ||
      !Array.isArray(availablePermissions) ||
      availablePermissions.length === 0
    )
      throw new TypeError("downscoped: each of `rules` needs `availableResource` and `availablePermissions`");
  }
  const kind = new DownscopedCredentials(source, structuredClone(rules), surroundings);
  return new CachedTokenSource(kind, surroundings, { scopes: source.scopes, subject: undefined });
}

class DownscopedCredentials extends PlainCredentials {
  readonly kind = "downscoped";
  override readonly quotaProject: string | undefined;
  readonly #source: CachedTokenSource;
  readonly #rules: readonly AccessBoundaryRule[];
  readonly #surroundings: Surroundings;

  constructor(source: CachedTokenSource, rules: readonly AccessBoundaryRule[], surroundings: Surroundings) {
    super();
    this.quotaProject = source.quotaProject;
    this.#source = source;
    this.#rules = rules;
    this.#surroundings = surroundings;
  }

  async accessToken(): Promise<Issued> {
    const { request, now, endpoints, universeDomain = GOOGLE_UNIVERSE } = this.#surroundings;
    const url = endpoints.sts ?? `https://sts.${universeDomain}/v1/token`;
    // The answer does not always say when its token ends: with the source's, then.
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
    return this.#surroundings.universeDomain ?? GOOGLE_UNIVERSE;
  }
}
