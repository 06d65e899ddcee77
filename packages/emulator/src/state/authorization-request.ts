import type { EmulatorClient } from "../options/client.ts";

export type Prompt = "none" | "consent" | "select_account";

/** The challenge of PKCE (RFC 7636). */
export interface CodeChallenge {
  readonly value: string;
  readonly method: "S256" | "plain";
}

/** A valid authorization request. */
export interface AuthorizationRequest {
  readonly client: EmulatorClient;
  readonly redirectUri: string;
  readonly state: string | undefined;
  /** The requested scopes as the client wrote them. */
  readonly scopesAsWritten: readonly string[];
  /** The requested scopes in Google's long form. */
  readonly scopes: ReadonlySet<string>;
  readonly accessType: "online" | "offline";
  readonly prompt: ReadonlySet<Prompt>;
  readonly includeGrantedScopes: boolean;
  readonly loginHint: string | undefined;
  readonly hostedDomain: string | undefined;
  readonly nonce: string | undefined;
  readonly challenge: CodeChallenge | undefined;
}
