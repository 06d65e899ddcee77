import type { OAuthClient } from "./client-config.ts";
import type { Endpoints } from "./endpoints.ts";
import { tokenEndpointError } from "./error-responses.ts";
import { createHttpClient, type Replay, type HttpClientOptions } from "./http-client.ts";
import { parseTokenResponse, type TokenResponse } from "./token-response.ts";
import { parseObject } from "./untrusted-text.ts";

/** Options of {@link createTokenClient}. */
export interface TokenClientOptions extends HttpClientOptions {
  readonly client: Pick<OAuthClient, "clientId" | "clientSecret">;
  readonly endpoints: Pick<Endpoints, "token" | "revocation">;
}

/** The parameters of a code exchange (RFC 6749 section 4.1.3, RFC 7636 section 4.5). */
export interface CodeExchange {
  readonly code: string;
  /** Exactly the redirect URI of the authorization request. */
  readonly redirectUri: string;
  readonly codeVerifier: string;
  readonly signal?: AbortSignal | undefined;
}

/** A client of the token endpoint and the revocation endpoint. Its methods reject with an `AuthError` only. */
export interface TokenClient {
  /** Exchanges a code for tokens. The code is not sent again once the server may have received it. */
  exchangeCode(exchange: CodeExchange): Promise<TokenResponse>;
  /** Refreshes an access token. After `reconnect_required` and `reauthentication_required` only the user can restore access. */
  refresh(request: {
    readonly refreshToken: string;
    readonly signal?: AbortSignal | undefined;
  }): Promise<TokenResponse>;
  /**
   * Revokes a token, and with it everything that the user has granted to the Google Cloud project.
   * @returns `already_dead` if the server no longer knows the token
   */
  revoke(request: {
    readonly token: string;
    readonly signal?: AbortSignal | undefined;
  }): Promise<"revoked" | "already_dead">;
}

/**
 * Makes a {@link TokenClient} that authenticates by `client_secret_post` (OpenID Connect Core section 9).
 * @throws TypeError if the timeout is not in its range
 */
export function createTokenClient({ client, endpoints, ...options }: TokenClientOptions): TokenClient {
  const request = createHttpClient(options);

  /** Reads the credentials for each request and does not keep them. */
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
    const response = await request({ url: endpoints.token, form: { ...form, ...credentials() }, replay, signal });
    if (response.status === 200) return parseTokenResponse(response.body);
    throw tokenEndpointError(response.status, response.body, { grant, secrets: [...secrets, client.clientSecret] });
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
      // Without `scope` the new token covers everything that was granted (RFC 6749 section 6).
      const form = { grant_type: "refresh_token", refresh_token: refreshToken };
      return requestToken("refresh", form, [refreshToken], "safe", signal);
    },

    async revoke({ token, signal }) {
      // The token is sent in the body, because queries are logged.
      const revocation = { url: endpoints.revocation, replay: "safe", signal } as const;
      let response = await request({ ...revocation, form: { token } });
      // Google needs no client authentication here. Other servers require it, as RFC 7009 section 2.1 does.
      if (wantsAuthentication(response.status, response.body)) {
        response = await request({ ...revocation, form: { token, ...credentials() } });
      }
      if (response.status === 200) return "revoked";
      if (response.status === 400 && errorOf(response.body) === "invalid_token") return "already_dead";
      throw tokenEndpointError(response.status, response.body, {
        grant: "revoke",
        secrets: [token, client.clientSecret],
      });
    },
  };
}

/** Servers report missing client authentication with the status 401, or as a request without a required parameter. */
function wantsAuthentication(status: number, body: string): boolean {
  return status === 401 || (status === 400 && /^invalid_(client|request)$/.test(errorOf(body)));
}

function errorOf(body: string): string {
  const error = parseObject(body)?.["error"];
  return typeof error === "string" ? error : "";
}
