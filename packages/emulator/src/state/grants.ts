import type { EmulatorClient } from "../options/client.ts";
import type { AccessBoundary } from "./access-boundary.ts";
import type { CodeChallenge } from "./authorization-request.ts";

/** What an authorization code will be exchanged for. */
export interface AuthorizationCode {
  readonly client: EmulatorClient;
  readonly sub: string;
  readonly redirectUri: string;
  readonly scopes: ReadonlySet<string>;
  readonly nonce: string | undefined;
  readonly challenge: CodeChallenge | undefined;
  readonly accessType: "online" | "offline";
  /** Offline access is asked for, and the user has just consented. */
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
  /** The e-mail address of the service account that it was issued to. */
  readonly serviceAccount?: string | undefined;
  /** What the token is limited to, if it was downscoped. */
  readonly boundary?: AccessBoundary | undefined;
  expiresAt: number;
}

export interface RefreshToken extends Credential {
  /** When the token dies of age; `undefined`: never. */
  readonly endsAt: number | undefined;
  lastUsedAt: number;
}

/** What one account granted one project, for {@link Emulator.grants}. */
export interface GrantSummary {
  readonly projectId: string;
  /** In Google's long form, sorted. */
  readonly scopes: readonly string[];
  /** How many refresh tokens are alive. */
  readonly refreshTokens: number;
  /** How many access tokens are alive. */
  readonly accessTokens: number;
}
