import type { SignedBlob, TokenSource } from "../google/token-source.ts";
import { assertionTimes, exchangeForAccessToken } from "./assertion.ts";
import { checkUrl } from "./checks.ts";
import { CLOUD_PLATFORM, delegationOutsideGoogle, requireScopes } from "./credentials.ts";
import type { Credentials, IssuedToken, RequestedAccess } from "./credentials.ts";
import { IamCredentials } from "./iam-credentials.ts";
import { GOOGLE_UNIVERSE } from "./options.ts";
import type { SourceSettings } from "./options.ts";

/** A caller, and the service account that it impersonates. */
export interface Impersonation {
  readonly source: TokenSource;
  readonly target: string;
  readonly delegates?: readonly string[];
  /** Seconds. */
  readonly lifetime?: number | undefined;
  /** Address of the IAM Credentials API, including its version. */
  readonly baseUrl?: string | undefined;
  readonly quotaProject?: string | undefined;
}

/** Seconds. */
const DEFAULT_LIFETIME = 3_600;
/** Seconds: Google's own maximum. */
const MAX_LIFETIME = 43_200;

/** The credentials of a service account that another account impersonates. */
export class ImpersonatedCredentials implements Credentials {
  readonly kind = "impersonated";
  readonly email: string;
  readonly quotaProject: string | undefined;
  readonly #source: TokenSource;
  readonly #iam: IamCredentials;
  readonly #lifetime: number;
  readonly #settings: SourceSettings;

  constructor(settings: SourceSettings, impersonation: Impersonation) {
    const { source, target, delegates = [], lifetime = DEFAULT_LIFETIME, quotaProject } = impersonation;
    const { caller, request, now, endpoints, universeDomain = GOOGLE_UNIVERSE } = settings;
    const baseUrl = endpoints.iamCredentials ?? impersonation.baseUrl ?? `https://iamcredentials.${universeDomain}/v1`;
    checkUrl(baseUrl, `${caller}: the address of the IAM Credentials API, made of \`universeDomain\`,`);
    // The API requires this scope of its caller, for any scopes of the target's tokens.
    const actor = source.withScopes(CLOUD_PLATFORM);
    this.email = target;
    this.quotaProject = quotaProject;
    this.#source = source;
    this.#lifetime = lifetime;
    this.#settings = settings;
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

  checkAccess({ subject }: RequestedAccess, caller: string): void {
    if (subject === undefined || (this.#settings.universeDomain ?? GOOGLE_UNIVERSE) === GOOGLE_UNIVERSE) return;
    throw delegationOutsideGoogle(caller);
  }

  async accessToken(access: RequestedAccess): Promise<IssuedToken> {
    const { caller, request, now, endpoints } = this.#settings;
    const { scopes, subject } = access;
    requireScopes(access, caller);
    if (subject === undefined) return this.#iam.generateAccessToken(scopes, this.#lifetime);
    const url = endpoints.token ?? `https://oauth2.${GOOGLE_UNIVERSE}/token`;
    const claims = { iss: this.email, sub: subject, aud: url, scope: scopes.join(" "), ...assertionTimes(now()) };
    return exchangeForAccessToken({ request, now, url }, await this.#iam.signJwt(claims));
  }

  async idToken(audience: string): Promise<IssuedToken> {
    return this.#iam.generateIdToken(audience);
  }

  /** The caller's project: not every e-mail address of a service account names the target's. */
  async projectId(): Promise<string | undefined> {
    return this.#source.projectId();
  }

  async universeDomain(): Promise<string> {
    return this.#settings.universeDomain ?? GOOGLE_UNIVERSE;
  }

  async signJwt(claims: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#iam.signJwt(claims);
  }

  async signBlob(bytes: Uint8Array): Promise<SignedBlob> {
    return this.#iam.signBlob(bytes);
  }
}

/** @throws TypeError */
export function checkLifetime(lifetime: number | undefined, name: string): void {
  if (lifetime === undefined) return;
  if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > MAX_LIFETIME)
    throw new TypeError(`${name} must be a whole number of seconds from 1 to ${MAX_LIFETIME}`);
}
