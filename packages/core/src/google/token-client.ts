import type { OAuthClient } from "./client-config.ts";
import type { Endpoints } from "./endpoints.ts";
import { tokenEndpointError } from "./error-responses.ts";
import { createHttpClient, type Replay, type HttpClientOptions } from "./http-client.ts";
import { parseTokenResponse, type TokenResponse } from "./token-response.ts";
import { parseObject } from "./untrusted-text.ts";

/** What a {@link TokenClient} is made from. */
export interface TokenClientOptions extends HttpClientOptions {
  readonly client: Pick<OAuthClient, "clientId" | "clientSecret">;
  readonly endpoints: Pick<Endpoints, "token" | "revocation">;
}

/** Parameters of a code exchange (RFC 6749 section 4.1.3, RFC 7636 section 4.5). */
export interface CodeExchange {
  readonly code: string;
  /** The same as in the authorization request, to the letter. */
  readonly redirectUri: string;
  readonly codeVerifier: string;
  readonly signal?: AbortSignal | undefined;
}

/** The token and revocation endpoints. Every method rejects with an `AuthError` only. */
export interface TokenClient {
  /** Exchanges a code, once: it is never sent again after the server may have seen it. */
  exchangeCode(exchange: CodeExchange): Promise<TokenResponse>;
  /** Refreshes; codes `reconnect_required` and `reauthentication_required` say that only the user can mend it. */
  refresh(request: {
    readonly refreshToken: string;
    readonly signal?: AbortSignal | undefined;
  }): Promise<TokenResponse>;
  /**
   * Revokes a token, and with it all that the user has granted to the project.
   * @returns `already_dead` where the server no longer knows the token
   */
  revoke(request: {
    readonly token: string;
    readonly signal?: AbortSignal | undefined;
  }): Promise<"revoked" | "already_dead">;
}

/**
 * Makes a client of the token endpoint; it authenticates by `client_secret_post`.
 * @throws TypeError for an option that makes no sense
 */
export function createTokenClient({ client, endpoints, ...options }: TokenClientOptions): TokenClient {
  const request = createHttpClient(options);

  /** Read at each use and kept nowhere else. */
  function credentials(): { client_id: string; client_secret: string } {
    return { client_id: client.clientId, client_secret: client.clientSecret };
  }

  async function requestToken(
    grant: "code" | "refresh",
    form: Readonly<Record<string, string>>,
    secrets: readonly string[],
    replay: Replay,
    signal: AbortSignal | undefined,
  ): Promise<TokenResponse> {
    const answer = await request({ url: endpoints.token, form: { ...form, ...credentials() }, replay, signal });
    if (answer.status === 200) return parseTokenResponse(answer.body);
    throw tokenEndpointError(answer.status, answer.body, { grant, secrets: [...secrets, client.clientSecret] });
  }

  return {
    exchangeCode({ code, redirectUri, codeVerifier, signal }) {
      const form = {
        grant_type: "authorization_code",
        code,
        redirect_uri: redirectUri,
        code_verifier: codeVerifier,
      };
      return requestToken("code", form, [code, codeVerifier], "never-after-send", signal);
    },

    refresh({ refreshToken, signal }) {
      // No `scope`: the new token is to cover all that was granted (RFC 6749 section 6).
      const form = { grant_type: "refresh_token", refresh_token: refreshToken };
      return requestToken("refresh", form, [refreshToken], "safe", signal);
    },

    async revoke({ token, signal }) {
      // In the body only: a query ends up in logs.
      const revocation = { url: endpoints.revocation, replay: "safe", signal } as const;
      let answer = await request({ ...revocation, form: { token } });
      // Google wants no client authentication here; RFC 7009 section 2.1 demands it, and so do other servers.
      if (wantsAuthentication(answer.status, answer.body)) {
        answer = await request({ ...revocation, form: { token, ...credentials() } });
      }
      if (answer.status === 200) return "revoked";
      if (answer.status === 400 && errorOf(answer.body) === "invalid_token") return "already_dead";
      throw tokenEndpointError(answer.status, answer.body, { grant: "revoke", secrets: [token, client.clientSecret] });
    },
  };
}

/** Servers report missing client authentication as 401, or as a request that lacks a parameter. */
function wantsAuthentication(status: number, body: string): boolean {
  return status === 401 || (status === 400 && /^invalid_(client|request)$/.test(errorOf(body)));
}

function errorOf(body: string): string {
  const error = parseObject(body)?.["error"];
  return typeof error === "string" ? error : "";
}
