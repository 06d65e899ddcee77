/**
 * The user who signed in: claims of an ID token whose signature, issuer, audience, times and nonce were checked (OpenID
 * Connect Core section 3.1.3.7). The object is frozen, plain JSON and contains no secrets.
 *
 * The optional claims depend on the granted scopes (`email`, `profile`) and on the account.
 * Source: https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload
 *
 * @example
 * Find or create the app's own user by `sub`, and never by the e-mail address:
 * ```ts
 * googleOAuth({
 *   on: {
 *     authorized: async ({ user }) => {
 *       await db.upsertUser({ googleSub: user.sub, email: user.email, name: user.name });
 *     },
 *   },
 * });
 * ```
 */
export interface VerifiedUser {
  /**
   * The ID of the Google account: 1 to 255 ASCII characters, case-sensitive, unique and never reused. Identify a user by
   * this claim only, because every other claim can change or pass to another account.
   */
  readonly sub: string;
  /** The account's current e-mail address, with the scope `email`. It can change and pass to another account, so it is not an ID. */
  readonly email?: string;
  /** Whether Google has verified that the address belongs to the user. Absent if the ID token does not say it. */
  readonly emailVerified?: boolean;
  /** The full name for display, with the scope `profile`. The user chooses it, so escape it in HTML. */
  readonly name?: string;
  /**
   * The given name, with the scope `profile`. The user chooses it, so escape it in HTML. Google leaves it out if the
   * account has none.
   */
  readonly givenName?: string;
  /** The family name, with the scope `profile`. As {@link VerifiedUser.givenName}: escape it, and it can be absent. */
  readonly familyName?: string;
  /**
   * The user's language as a BCP 47 tag, such as `de` or `en-GB`, with the scope `profile`. It is absent from many ID
   * tokens, so have a default.
   */
  readonly locale?: string;
  /** The URL of the profile picture, with the scope `profile`. */
  readonly picture?: string;
  /**
   * The domain of the Google Workspace or Cloud organization that the account belongs to (the `hd` claim). Absent for
   * consumer accounts, even if their e-mail address has such a domain.
   */
  readonly hostedDomain?: string;
}
