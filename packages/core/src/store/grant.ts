import type { VerifiedUser } from "../google/user.ts";

/** A grant in plain text, with its tokens. It never leaves core: the objects that an app gets contain no tokens. */
export interface Grant {
  /** Identifies the grant through all its versions. */
  readonly id: string;
  /** The verified claims of the Google account. Only `user.sub` identifies it. */
  readonly user: VerifiedUser;
  /** The scopes of the access token: canonical names, sorted. */
  readonly scopes: readonly string[];
  readonly accessToken: string;
  /** Milliseconds since the epoch. */
  readonly accessTokenExpiresAt: number;
  /** When this access token was obtained, by the clock of the process that did. Milliseconds since the epoch. */
  readonly obtainedAt?: number;
  readonly refreshToken?: string;
  /** Milliseconds since the epoch. Set only where the user limited the grant in time. */
  readonly refreshTokenExpiresAt?: number;
  /** When the user last consented, in milliseconds since the epoch. */
  readonly consentedAt: number;
  /** Set where the account was linked to the owner's sign-in, so that the owner does not sign in with it. */
  readonly linked?: true;
}

/** A grant as read from a store, with the version that a conditional write must name. */
export interface VersionedGrant {
  readonly version: number;
  readonly grant: Grant;
}
