import type { SignedBlob, TokenSource } from "../google/token-source.ts";
import { exchangeForAccessToken, lifetimeFrom } from "./assertion.ts";
import { CLOUD_PLATFORM } from "./credentials.ts";
import type { Credentials, Issued, Want } from "./credentials.ts";
import { IamCredentials } from "./iam-credentials.ts";
import { checkUrl, GOOGLE_UNIVERSE, resolveSurroundings } from "./options.ts";
import type { SourceOptions, Surroundings } from "./options.ts";
import { CachedTokenSource, checkSubject } from "./source.ts";

/** Options of {@link impersonated}. */
export interface ImpersonatedOptions extends SourceOptions {
  /** Who acts: needs the role Service Account Token Creator on `target`, or on the first of `delegates`. */
  readonly source: TokenSource;
  /** E-mail address of the service account to act as. */
  readonly target: string;
  /** E-mail addresses of accounts in between, in order. Default none. */
  readonly delegates?: readonly string[];
  /** A user of the Workspace domain that the target acts for: domain-wide delegation without any key. */
  readonly subject?: string;
  /** Seconds that access tokens live, 1 to 43,200; above 3,600 an organization policy must allow it. Default 3,600. */
  readonly lifetime?: number;
}

/**
 * Tokens of a service account that another one, or a person, may act as.
 * @throws TypeError for options that make no sense
 */
export function impersonated(options: ImpersonatedOptions): TokenSource {
  const caller = "impersonated";
  const own = ["source", "target", "delegates", "subject", "lifetime"];
  const surroundings = resolveSurroundings(caller, options, own);
  const { source, target, delegates = [], lifetime } = options;
  checkSource(source, `${caller}: \`source\``);
  for (const email of [target, ...delegates]) checkEmail(email, `${caller}: \`target\` and \`delegates\``);
  const subject = checkSubject(options.subject, `${caller}: \`subject\``);
  const kind = new ImpersonatedCredentials(surroundings, { source, target, delegates, lifetime });
  return new CachedTokenSource(kind, surroundings, { scopes: surroundings.scopes, subject });
}

/** Who acts as whom. */
export interface Impersonation {
  readonly source: TokenSource;
  readonly target: string;
  readonly delegates?: readonly string[];
  readonly lifetime?: number | undefined;
  /** The IAM Credentials API, down to its version. */
  readonly baseUrl?: string | undefined;
  readonly quotaProject?: string | undefined;
}

const DEFAULT_LIFETIME = 3_600;
const MAX_LIFETIME = 43_200;

/** A service account that somebody else acts as. */
export class ImpersonatedCredentials implements Credentials {
  readonly kind = "impersonated";
  readonly email: string;
  readonly quotaProject: string | undefined;
  readonly #source: TokenSource;
  readonly #iam: IamCredentials;
  readonly #lifetime: number;
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings, impersonation: Impersonation) {
    const { source, target, delegates = [], lifetime = DEFAULT_LIFETIME, quotaProject } = impersonation;
    if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > MAX_LIFETIME) {
      throw new TypeError(`impersonated: \`lifetime\` must be whole seconds, 1 to ${MAX_LIFETIME}`);
    }
    const { request, now, endpoints, universeDomain = GOOGLE_UNIVERSE } = surroundings;
    const baseUrl = endpoints.iamCredentials ?? impersonation.baseUrl ?? `https://iamcredentials.${universeDomain}/v1`;
    checkUrl(baseUrl, "impersonated: the IAM Credentials API");
    // What the API asks of who acts, whatever the target's tokens are for.
    const actor = source.withScopes(CLOUD_PLATFORM);
    this.email = target;
    this.quotaProject = quotaProject;
    this.#source = source;
    this.#lifetime = lifetime;
    this.#surroundings = surroundings;
    this.#iam = new IamCredentials({
      request,
      now,
      baseUrl,
      email: target,
      delegates,
      quotaProject: actor.quotaProject,
      giveToken: (rejected) => actor.getAccessToken({ forceRefresh: rejected !== undefined }),
    });
  }

  check({ subject }: Want): void {
    if (subject !== undefined && (this.#surroundings.universeDomain ?? GOOGLE_UNIVERSE) !== GOOGLE_UNIVERSE)
      throw new TypeError(`impersonated: domain-wide delegation (\`subject\`) exists in ${GOOGLE_UNIVERSE} only`);
  }

  async accessToken({ scopes, subject }: Want): Promise<Issued> {
    if (scopes.length === 0) throw new TypeError("getAccessToken: name the `scopes` of the access token");
    if (subject === undefined) return this.#iam.generateAccessToken(scopes, this.#lifetime);
    const { request, now, endpoints } = this.#surroundings;
    const tokenUri = endpoints.token ?? `https://oauth2.${GOOGLE_UNIVERSE}/token`;
    const claims = { iss: this.email, sub: subject, aud: tokenUri, scope: scopes.join(" "), ...lifetimeFrom(now()) };
    return exchangeForAccessToken({ request, now, tokenUri }, await this.#iam.signJwt(claims));
  }

  async idToken(audience: string): Promise<Issued> {
    return this.#iam.generateIdToken(audience);
  }

  /** The target's own project cannot be known by its address alone in every case; the source's is where one works. */
  async projectId(): Promise<string | undefined> {
    return this.#source.projectId();
  }

  async universeDomain(): Promise<string> {
    return this.#surroundings.universeDomain ?? GOOGLE_UNIVERSE;
  }

  async signJwt(claims: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#iam.signJwt(claims);
  }

  async signBlob(bytes: Uint8Array): Promise<SignedBlob> {
    return this.#iam.signBlob(bytes);
  }
}

/** @throws TypeError where it is no source of tokens */
function checkSource(source: unknown, name: string): void {
  const { getAccessToken, withScopes } = (source ?? {}) as Partial<Record<keyof TokenSource, unknown>>;
  if (typeof getAccessToken !== "function" || typeof withScopes !== "function")
    throw new TypeError(`${name} must be a source of tokens, such as applicationDefault() gives`);
}

/** Whether it is an e-mail address as service accounts have them, which may stand in a path. */
export function isAccountEmail(email: unknown): boolean {
  return typeof email === "string" && /^[\w.+-]+@[\w.-]+$/.test(email);
}

function checkEmail(email: unknown, name: string): void {
  if (!isAccountEmail(email)) throw new TypeError(`${name} must be e-mail addresses of service accounts`);
}
