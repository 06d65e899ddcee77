import { AuthError } from "../errors/auth-error.ts";
import { describeRefusal } from "../google/error-responses.ts";
import type { HttpClient } from "../google/http-client.ts";
import type { SignedBlob } from "../google/token-source.ts";
import { parseObject } from "../google/untrusted-text.ts";
import { readIdToken } from "./assertion.ts";
import type { IssuedToken } from "./credentials.ts";

/** The target account, the caller that impersonates it, and the means to call the API. */
export interface IamCall {
  readonly request: HttpClient;
  readonly now: () => number;
  /** The API's address, including its version. */
  readonly baseUrl: string;
  /** E-mail address of the target account. */
  readonly email: string;
  /** E-mail addresses of the accounts in between, in order: each may impersonate the next, the last one the target. */
  readonly delegates: readonly string[];
  /** Returns an access token of the caller; another token than `rejected` if that is given. */
  readonly giveToken: (rejected?: string) => Promise<string>;
  /** ID of the project that quota and costs of the calls are charged to. */
  readonly quotaProject: string | undefined;
}

/**
 * The IAM Credentials API for one target account:
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts
 *
 * Its methods reject with the `AuthError` codes `impersonation_refused`, `invalid_response` and
 * `temporarily_unavailable`, and with the errors of the caller's own access token.
 */
export class IamCredentials {
  readonly #call: IamCall;

  constructor(call: IamCall) {
    this.#call = call;
  }

  /** @param lifetime - seconds */
  async generateAccessToken(scopes: readonly string[], lifetime: number): Promise<IssuedToken> {
    const issuedAt = this.#call.now();
    const { accessToken, expireTime } = await this.#post("generateAccessToken", {
      scope: scopes,
      lifetime: `${lifetime}s`,
    });
    const expiresAt = Date.parse(typeof expireTime === "string" ? expireTime : "");
    if (typeof accessToken !== "string" || !/^[\x21-\x7e]+$/.test(accessToken) || Number.isNaN(expiresAt))
      throw invalidResponse("generateAccessToken", "contains no valid accessToken and expireTime");
    // `expireTime` is by Google's clock. If this machine's clock is behind, the lifetime says when the token expires here.
    return { token: accessToken, issuedAt, expiresAt: Math.min(expiresAt, issuedAt + lifetime * 1_000) };
  }

  async generateIdToken(audience: string): Promise<IssuedToken> {
    const issuedAt = this.#call.now();
    const { token } = await this.#post("generateIdToken", { audience, includeEmail: true });
    return readIdToken(token, issuedAt);
  }

  async signJwt(claims: Readonly<Record<string, unknown>>): Promise<string> {
    const { signedJwt } = await this.#post("signJwt", { payload: JSON.stringify(claims) });
    if (typeof signedJwt !== "string" || signedJwt === "") throw invalidResponse("signJwt", "contains no signedJwt");
    return signedJwt;
  }

  async signBlob(bytes: Uint8Array): Promise<SignedBlob> {
    const { keyId, signedBlob } = await this.#post("signBlob", { payload: Buffer.from(bytes).toString("base64") });
    if (typeof signedBlob !== "string" || signedBlob === "")
      throw invalidResponse("signBlob", "contains no signedBlob");
    return {
      keyId: typeof keyId === "string" ? keyId : undefined,
      signature: new Uint8Array(Buffer.from(signedBlob, "base64")),
    };
  }

  async #post(method: string, body: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const { request, baseUrl, email, delegates, giveToken, quotaProject } = this.#call;
    const url = `${baseUrl}/${resourceName(email)}:${method}`;
    const json = { ...body, ...(delegates.length > 0 && { delegates: delegates.map(resourceName) }) };
    const send = (token: string) => {
      const project = quotaProject === undefined ? {} : { "x-goog-user-project": quotaProject };
      return request({ url, json, headers: { authorization: `Bearer ${token}`, ...project }, replay: "safe" });
    };
    let token = await giveToken();
    let response = await send(token);
    if (response.status === 401) {
      token = await giveToken(token);
      response = await send(token);
    }
    if (response.status !== 200) {
      const { detail, cause } = describeRefusal(response.status, response.body, [token]);
      throw new AuthError("impersonation_refused", { detail: `${method} for ${email}: ${detail}`, cause });
    }
    const parsed = parseObject(response.body);
    if (parsed === undefined) throw invalidResponse(method, "is not a JSON object");
    return parsed;
  }
}

function resourceName(email: string): string {
  return `projects/-/serviceAccounts/${email}`;
}

function invalidResponse(method: string, problem: string): AuthError {
  return new AuthError("invalid_response", { detail: `the response of ${method} ${problem}` });
}
