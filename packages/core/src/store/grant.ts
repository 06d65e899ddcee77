import type { VerifiedUser } from "../google/user.ts";

/** What a user has granted, with the tokens that prove it. Never leaves core: what an app sees has no tokens in it. */
export interface Grant {
  /** Names this grant through all its versions. */
  readonly id: string;
  /** The verified claims of the account; `user.sub` is its only key. */
  readonly user: VerifiedUser;
  /** Scopes that the access token carries, canonical and sorted. */
  readonly scopes: readonly string[];
  readonly accessToken: string;
  /** Milliseconds since the epoch. */
  readonly accessTokenExpiresAt: number;
  readonly refreshToken?: string;
  /** Milliseconds since the epoch; only where the user limited the grant in time. */
  readonly refreshTokenExpiresAt?: number;
  /** When the user last consented, in milliseconds since the epoch. */
  readonly consentedAt: number;
  /** The account was linked to the owner's sign-in, and is not one that the owner signs in with. */
  readonly linked?: true;
}

/** A grant as read from a store, with the version that a conditional write must name. */
export interface VersionedGrant {
  readonly version: number;
  readonly grant: Grant;
}
