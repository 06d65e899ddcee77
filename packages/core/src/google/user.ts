/**
 * Who signed in, as Google vouched for it: claims of an ID token whose signature, issuer, audience, times and nonce were checked
 * (OpenID Connect Core section 3.1.3.7). Frozen, plain JSON, without secrets.
 *
 * Which of the optional claims are there depends on the scopes granted (`email`, `profile`) and on the account.
 */
export interface VerifiedUser {
  /**
   * The Google account's identifier: 1 to 255 ASCII characters, case-sensitive, unique, never reused.
   * The only key to know a user by; every other claim can change hands.
   */
  readonly sub: string;
  /** The account's present e-mail address, with scope `email`. It can change, and be given to somebody else: never a key. */
  readonly email?: string;
  /** Whether Google has verified that the address is the user's; absent where Google did not say. */
  readonly emailVerified?: boolean;
  /** The full name in displayable form, with scope `profile`. Chosen by the user: escape it. */
  readonly name?: string;
  /** Address of the profile picture, with scope `profile`. */
  readonly picture?: string;
  /**
   * The Google Workspace or Cloud domain that the account belongs to (the `hd` claim); absent for consumer accounts, whatever
   * the domain of their e-mail address.
   */
  readonly hostedDomain?: string;
}
