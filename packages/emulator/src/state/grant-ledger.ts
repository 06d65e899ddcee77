import { randomBytes } from "node:crypto";
import { projectOf } from "../options/client.ts";
import type { AccessToken, AuthorizationCode, Credential, GrantSummary, RefreshToken } from "./grants.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const codeLifetime = 10 * minute;
const unusedLifetime = 182 * day;
/** Live refresh tokens of one account for one client; one more, and the oldest dies without a word. */
const refreshTokenLimit = 100;

/** Everything that users granted, and the codes and tokens that came of it. */
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

  /** The scopes the account granted the project so far; empty when there is no grant. */
  granted(sub: string, projectId: string): ReadonlySet<string> {
    return this.#granted.get(sub)?.get(projectId) ?? new Set();
  }

  /** Adds scopes to the account's grant; signing in again also ends a required re-authentication. */
  grant(sub: string, projectId: string, scopes: Iterable<string>): void {
    const projects = this.#granted.get(sub) ?? new Map<string, Set<string>>();
    projects.set(projectId, new Set([...this.granted(sub, projectId), ...scopes]));
    this.#granted.set(sub, projects);
    this.#reauth.delete(sub);
  }

  issueCode(details: AuthorizationCode): string {
    // Google's codes contain a slash, which a client that does not decode the callback trips over.
    const code = `4/0${randomBytes(52).toString("base64url")}`;
    this.#codes.set(code, { ...details, expiresAt: this.#now() + codeLifetime });
    return code;
  }

  /** Single-use: the code is gone afterwards, also when the exchange then fails. */
  takeCode(code: string): AuthorizationCode | undefined {
    const details = this.#codes.get(code);
    this.#codes.delete(code);
    return details && details.expiresAt > this.#now() ? details : undefined;
  }

  issueAccessToken(of: Omit<AccessToken, "expiresAt">, lifetime: number): string {
    const random = randomBytes(120).toString("base64url");
    // Google's tokens of service accounts look so, to the dots at the end.
    const token = of.serviceAccount === undefined ? `ya29.${random}` : `ya29.c.${random}........`;
    const expiresAt = this.#now() + lifetime * 1000;
    this.#accessTokens.set(token, { ...pickCredential(of), expiresAt });
    return token;
  }

  /** `lifetime` in seconds for a time-limited grant. */
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
    const dead = (found.endsAt ?? Infinity) <= now || found.lastUsedAt + unusedLifetime <= now;
    return dead ? undefined : found;
  }

  requireReauth(sub: string): void {
    this.#reauth.add(sub);
  }

  needsReauth(sub: string): boolean {
    return this.#reauth.has(sub);
  }

  /** Ends this access token alone. */
  drop(accessToken: string): void {
    this.#accessTokens.delete(accessToken);
  }

  /** Ends the account's grant for a project, or for every project: its codes and tokens die with it. */
  revoke(sub: string, projectId?: string): void {
    const hit = (of: { sub: string; projectId: string }) =>
      of.sub === sub && (projectId === undefined || of.projectId === projectId);
    if (projectId === undefined) this.#granted.delete(sub);
    else this.#granted.get(sub)?.delete(projectId);
    removeWhere(this.#codes, (code) => hit({ sub: code.sub, projectId: projectOf(code.client) }));
    removeWhere(this.#accessTokens, hit);
    removeWhere(this.#refreshTokens, hit);
  }

  /** `sub` is a user's, or the numeric ID of a service account, which is the client of its tokens. */
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

/** The members of an access token, whatever else the object that was passed in has. */
function pickCredential(of: Omit<AccessToken, "expiresAt">): Omit<AccessToken, "expiresAt"> {
  const { clientId, projectId, sub, scopes, accessType, serviceAccount, boundary } = of;
  return { clientId, projectId, sub, scopes, accessType, serviceAccount, boundary };
}
