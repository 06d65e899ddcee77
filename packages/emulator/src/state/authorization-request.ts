import type { EmulatorClient } from "../options/client.ts";

export type Prompt = "none" | "consent" | "select_account";

/** A challenge of Proof Key for Code Exchange (RFC 7636). */
export interface CodeChallenge {
  readonly value: string;
  readonly method: "S256" | "plain";
}

/** An authorization request that Google would act on. */
export interface AuthorizationRequest {
  readonly client: EmulatorClient;
  readonly redirectUri: string;
  readonly state: string | undefined;
  /** As the client wrote them. */
  readonly asked: readonly string[];
  /** In Google's long form. */
  readonly scopes: ReadonlySet<string>;
  readonly accessType: "online" | "offline";
  readonly prompt: ReadonlySet<Prompt>;
  readonly includeGrantedScopes: boolean;
  readonly loginHint: string | undefined;
  readonly hostedDomain: string | undefined;
  readonly nonce: string | undefined;
  readonly challenge: CodeChallenge | undefined;
}
