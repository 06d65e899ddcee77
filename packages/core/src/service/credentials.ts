import { AuthError } from "../errors/auth-error.ts";
import type { SignedBlob } from "../google/token-source.ts";

/** A token as it was issued. */
export interface Issued {
  readonly token: string;
  /** When it was asked for, in milliseconds since the epoch. */
  readonly issuedAt: number;
  /** When it ends, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What a token is wanted for. */
export interface Want {
  readonly scopes: readonly string[];
  /** The user that domain-wide delegation acts for. */
  readonly subject: string | undefined;
}

/**
 * One kind of credentials: it asks for tokens, each time anew. What keeps and shares them is the source around it.
 * Every method rejects with an `AuthError`, or a `TypeError` for what the caller should not have asked.
 */
export interface Credentials {
  readonly kind: string;
  readonly email: string | undefined;
  /** The project that the credentials themselves name for quota. */
  readonly quotaProject: string | undefined;
  accessToken(want: Want): Promise<Issued>;
  idToken(audience: string, want: Want): Promise<Issued>;
  projectId(): Promise<string | undefined>;
  /** The domain of the APIs: `googleapis.com`, unless in a cloud of its own. */
  universeDomain(): Promise<string>;
  signJwt(claims: Readonly<Record<string, unknown>>): Promise<string>;
  signBlob(bytes: Uint8Array): Promise<SignedBlob>;
  /** @throws TypeError where these credentials can never give what is wanted */
  check(want: Want): void;
}

/** The scope that covers what IAM's own APIs ask for. */
export const CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform";

/** The error of credentials that cannot do what was asked. */
export function unsupported(kind: string, what: string): AuthError {
  return new AuthError("unsupported_credentials", { detail: `${kind} credentials cannot ${what}` });
}

/** What every kind that cannot sign or identify itself answers. */
export abstract class PlainCredentials implements Credentials {
  abstract readonly kind: string;
  readonly email: string | undefined = undefined;
  readonly quotaProject: string | undefined = undefined;

  abstract accessToken(want: Want): Promise<Issued>;

  async idToken(_audience: string, _want: Want): Promise<Issued> {
    throw unsupported(this.kind, "give ID tokens for an audience");
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

  check({ subject }: Want): void {
    if (subject !== undefined)
      throw new TypeError(`withSubject: ${this.kind} credentials cannot act for a user; impersonate a service account`);
  }
}
