import type { EmulatorClient } from "../options/client.ts";
import type { AccessBoundary } from "./access-boundary.ts";
import type { CodeChallenge } from "./authorization-request.ts";

/** The details that an authorization code stands for. */
export interface AuthorizationCode {
  readonly client: EmulatorClient;
  readonly sub: string;
  readonly redirectUri: string;
  readonly scopes: ReadonlySet<string>;
  readonly nonce: string | undefined;
  readonly challenge: CodeChallenge | undefined;
  readonly accessType: "online" | "offline";
  /**
   * Whether the exchange returns a refresh token: the client requested offline access, and the user has just consented.
   */
  readonly withRefreshToken: boolean;
}

export interface Credential {
  readonly clientId: string;
  readonly projectId: string;
  readonly sub: string;
  readonly scopes: ReadonlySet<string>;
}

export interface AccessToken extends Credential {
  readonly accessType: "online" | "offline";
  /** The e-mail address of the service account that the token was issued to. */
  readonly serviceAccount?: string | undefined;
  /** The access boundary of a downscoped token. */
  readonly boundary?: AccessBoundary | undefined;
  expiresAt: number;
}

export interface RefreshToken extends Credential {
  /** When the time-limited grant ends, in milliseconds since the epoch; `undefined` if it has no limit. */
  readonly endsAt: number | undefined;
  lastUsedAt: number;
}

/** The grant of one account for one project, as {@link Emulator.grants} returns it. */
export interface GrantSummary {
  readonly projectId: string;
  /** The granted scopes, in Google's long form, sorted. */
  readonly scopes: readonly string[];
  /** The number of valid refresh tokens. */
  readonly refreshTokens: number;
  /** The number of valid access tokens. */
  readonly accessTokens: number;
}
