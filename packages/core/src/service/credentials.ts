import { AuthError } from "../errors/auth-error.ts";
import type { SignedBlob } from "../google/token-source.ts";
import { GOOGLE_UNIVERSE } from "./options.ts";

/** A token as Google issued it. */
export interface IssuedToken {
  readonly token: string;
  /** When it was requested, in milliseconds since the epoch. */
  readonly issuedAt: number;
  /** When it expires, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The access that a token is requested for. */
export interface RequestedAccess {
  readonly scopes: readonly string[];
  /** The user that the service account acts for (domain-wide delegation). */
  readonly subject: string | undefined;
}

/**
 * One kind of credentials. It requests a new token with each call; the `CachedTokenSource` around it keeps and shares
 * the tokens. Methods reject with an `AuthError`, or with a `TypeError` for a caller's mistake.
 */
export interface Credentials {
  readonly kind: string;
  readonly email: string | undefined;
  /** ID of the project for quota that the credentials themselves name. */
  readonly quotaProject: string | undefined;
  accessToken(access: RequestedAccess): Promise<IssuedToken>;
  idToken(audience: string): Promise<IssuedToken>;
  projectId(): Promise<string | undefined>;
  /** Domain of the APIs: `googleapis.com` in Google's public cloud. */
  universeDomain(): Promise<string>;
  signJwt(claims: Readonly<Record<string, unknown>>): Promise<string>;
  signBlob(bytes: Uint8Array): Promise<SignedBlob>;
  /**
   * @param caller - the function that requests the access, for the message
   * @throws TypeError if these credentials can never provide it
   */
  checkAccess(access: RequestedAccess, caller: string): void;
}

/** The scope that includes those of the IAM APIs. */
export const CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform";

/** @param operation - the operation that is not supported, in words that follow "cannot" */
export function unsupported(kind: string, operation: string): AuthError {
  return new AuthError("unsupported_credentials", { detail: `${kind} credentials cannot ${operation}` });
}

/**
 * @param caller - the function that takes the option `scopes`
 * @throws TypeError if there is no scope
 */
export function requireScopes({ scopes }: RequestedAccess, caller: string): void {
  if (scopes.length > 0) return;
  throw new TypeError(
    `getAccessToken: this source has no scopes; give ${caller}() the option \`scopes\`, or call withScopes() first`,
  );
}

/** The error of a `subject` in another universe, which has no domain-wide delegation. */
export function delegationOutsideGoogle(caller: string): TypeError {
  return new TypeError(
    `${caller}: domain-wide delegation (\`subject\`) exists in ${GOOGLE_UNIVERSE} only; leave out \`subject\` or \`universeDomain\``,
  );
}

/** Credentials that have no ID tokens and cannot sign. */
export abstract class PlainCredentials implements Credentials {
  abstract readonly kind: string;
  readonly email: string | undefined = undefined;
  readonly quotaProject: string | undefined = undefined;

  abstract accessToken(access: RequestedAccess): Promise<IssuedToken>;

  async idToken(_audience: string): Promise<IssuedToken> {
    throw unsupported(this.kind, "get ID tokens for an audience");
  }

  async projectId(): Promise<string | undefined> {
    return undefined;
  }

  abstract universeDomain(): Promise<string>;

  async signJwt(_claims: Readonly<Record<string, unknown>>): Promise<string> {
    throw unsupported(this.kind, "sign");
  }

  async signBlob(_bytes: Uint8Array): Promise<SignedBlob> {
    throw unsupported(this.kind, "sign");
  }

  checkAccess({ subject }: RequestedAccess, caller: string): void {
    if (subject === undefined) return;
    throw new TypeError(
      `${caller}: ${this.kind} credentials cannot act for a user (\`subject\`); give them as \`source\` to impersonated(), with a service account as \`target\``,
    );
  }
}
