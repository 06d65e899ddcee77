import { randomBytes } from "node:crypto";
import { projectOf } from "../options/client.ts";
import type { AccessToken, AuthorizationCode, Credential, GrantSummary, RefreshToken } from "./grants.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const codeLifetime = 10 * minute;
const unusedLifetime = 182 * day;
/** The number of valid refresh tokens of one account for one client. Each further token silently revokes the oldest. */
const refreshTokenLimit = 100;

/** All grants of users, with the codes and tokens issued for them. */
export class GrantLedger {
  readonly #now: () => number;
  readonly #granted = new Map<string, Map<string, Set<string>>>();
  readonly #codes = new Map<string, AuthorizationCode & { readonly expiresAt: number }>();
  readonly #accessTokens = new Map<string, AccessToken>();
  readonly #refreshTokens = new Map<string, RefreshToken>();
  readonly #reauth = new Set<string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Returns the scopes that the account has granted to the project. The set is empty if there is no grant. */
  granted(sub: string, projectId: string): ReadonlySet<string> {
    return this.#granted.get(sub)?.get(projectId) ?? new Set();
  }

  /**
   * Adds scopes to the account's grant. The user has just signed in, which also fulfills a required re-authentication.
   */
  grant(sub: string, projectId: string, scopes: Iterable<string>): void {
    const projects = this.#granted.get(sub) ?? new Map<string, Set<string>>();
    projects.set(projectId, new Set([...this.granted(sub, projectId), ...scopes]));
    this.#granted.set(sub, projects);
    this.#reauth.delete(sub);
  }

  issueCode(details: AuthorizationCode): string {
    // Google's codes contain a slash. A client that does not decode the callback's query should fail here too.
    const code = `4/0${randomBytes(52).toString("base64url")}`;
    this.#codes.set(code, { ...details, expiresAt: this.#now() + codeLifetime });
    return code;
  }

  /** Returns the details of a valid code and spends it, even if the exchange fails afterwards. */
  takeCode(code: string): AuthorizationCode | undefined {
    const details = this.#codes.get(code);
    this.#codes.delete(code);
    return details && details.expiresAt > this.#now() ? details : undefined;
  }

  issueAccessToken(of: Omit<AccessToken, "expiresAt">, lifetime: number): string {
    const random = randomBytes(120).toString("base64url");
    // Google's access tokens for service accounts have this form, including the dots at the end.
    const token = of.serviceAccount === undefined ? `ya29.${random}` : `ya29.c.${random}........`;
    const expiresAt = this.#now() + lifetime * 1000;
    this.#accessTokens.set(token, { ...pickCredential(of), expiresAt });
    return token;
  }

  /** Issues a refresh token. `lifetime`, in seconds, is set for a time-limited grant. */
  issueRefreshToken(code: AuthorizationCode, lifetime: number | undefined): string {
    const { sub, scopes } = code;
    const { clientId } = code.client;
    const siblings = [...this.#refreshTokens].filter(([, live]) => live.sub === sub && live.clientId === clientId);
    for (const [oldest] of siblings.slice(0, Math.max(0, siblings.length - refreshTokenLimit + 1))) {
      this.#refreshTokens.delete(oldest);
    }
    const token = `1//0${randomBytes(72).toString("base64url")}`;
    this.#refreshTokens.set(token, {
      clientId,
      projectId: projectOf(code.client),
      sub,
      scopes,
      lastUsedAt: this.#now(),
      endsAt: lifetime === undefined ? undefined : this.#now() + lifetime * 1000,
    });
    return token;
  }

  accessToken(token: string): AccessToken | undefined {
    const found = this.#accessTokens.get(token);
    return found && found.expiresAt > this.#now() ? found : undefined;
  }

  refreshToken(token: string): RefreshToken | undefined {
    const found = this.#refreshTokens.get(token);
    if (!found) return undefined;
    const now = this.#now();
    const expired = (found.endsAt ?? Infinity) <= now || found.lastUsedAt + unusedLifetime <= now;
    return expired ? undefined : found;
  }

  requireReauth(sub: string): void {
    this.#reauth.add(sub);
  }

  needsReauth(sub: string): boolean {
    return this.#reauth.has(sub);
  }

  /** Revokes this access token and no other. */
  drop(accessToken: string): void {
    this.#accessTokens.delete(accessToken);
  }

  /** Revokes the account's grant for a project, or for every project, with its codes and tokens. */
  revoke(sub: string, projectId?: string): void {
    const hit = (of: { sub: string; projectId: string }) =>
      of.sub === sub && (projectId === undefined || of.projectId === projectId);
    if (projectId === undefined) this.#granted.delete(sub);
    else this.#granted.get(sub)?.delete(projectId);
    removeWhere(this.#codes, (code) => hit({ sub: code.sub, projectId: projectOf(code.client) }));
    removeWhere(this.#accessTokens, hit);
    removeWhere(this.#refreshTokens, hit);
  }

  /**
   * Expires the access tokens of one account, or of all accounts. `sub` may also be the numeric ID of a service
   * account, which is the client of its tokens.
   */
  expireAccessTokens(sub?: string): void {
    for (const token of this.#accessTokens.values()) {
      if (sub === undefined || token.sub === sub || token.clientId === sub) token.expiresAt = this.#now();
    }
  }

  summary(sub: string): GrantSummary[] {
    const of = (credential: Credential, projectId: string) =>
      credential.sub === sub && credential.projectId === projectId;
    return [...(this.#granted.get(sub) ?? [])].map(([projectId, scopes]) => ({
      projectId,
      scopes: [...scopes].toSorted(),
      refreshTokens: [...this.#refreshTokens].filter(
        ([token, details]) => of(details, projectId) && this.refreshToken(token),
      ).length,
      accessTokens: [...this.#accessTokens].filter(
        ([token, details]) => of(details, projectId) && this.accessToken(token),
      ).length,
    }));
  }

  reset(): void {
    this.#granted.clear();
    this.#codes.clear();
    this.#accessTokens.clear();
    this.#refreshTokens.clear();
    this.#reauth.clear();
  }
}

function removeWhere<Value>(map: Map<string, Value>, hit: (value: Value) => boolean): void {
  for (const [key, value] of map) if (hit(value)) map.delete(key);
}

/** Drops the members that the caller's object has in addition, such as an old `expiresAt`. */
function pickCredential(of: Omit<AccessToken, "expiresAt">): Omit<AccessToken, "expiresAt"> {
  const { clientId, projectId, sub, scopes, accessType, serviceAccount, boundary } = of;
  return { clientId, projectId, sub, scopes, accessType, serviceAccount, boundary };
}
