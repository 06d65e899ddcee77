import { AuthError } from "../errors/auth-error.ts";
import { describeRefusal } from "../google/error-responses.ts";
import type { HttpClient } from "../google/http-client.ts";
import type { SignedBlob } from "../google/token-source.ts";
import { parseObject } from "../google/untrusted-text.ts";
import { idTokenOf } from "./assertion.ts";
import type { Issued } from "./credentials.ts";

/** Who acts as a service account, and by which way. */
export interface IamCaller {
  readonly request: HttpClient;
  readonly now: () => number;
  /** The API's address, down to its version. */
  readonly baseUrl: string;
  /** The service account to act as. */
  readonly email: string;
  /** E-mail addresses of the accounts between: each may act as the next, the last as `email`. */
  readonly delegates: readonly string[];
  /** An access token of who acts; another one than that which was just refused. */
  readonly giveToken: (rejected?: string) => Promise<string>;
  /** The project that the calls are on account of. */
  readonly quotaProject: string | undefined;
}

/** https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts */
export class IamCredentials {
  readonly #caller: IamCaller;

  constructor(caller: IamCaller) {
    this.#caller = caller;
  }

  /** @param lifetime - seconds */
  async generateAccessToken(scopes: readonly string[], lifetime: number): Promise<Issued> {
    const issuedAt = this.#caller.now();
    const answer = await this.#call("generateAccessToken", { scope: scopes, lifetime: `${lifetime}s` });
    const { accessToken, expireTime } = answer;
    const expiresAt = Date.parse(typeof expireTime === "string" ? expireTime : "");
    if (typeof accessToken !== "string" || !/^[\x21-\x7e]+$/.test(accessToken) || Number.isNaN(expiresAt))
      throw new AuthError("invalid_response", { detail: "generateAccessToken: no accessToken with its expireTime" });
    // `expireTime` is by Google's clock: if this machine's is behind, what was asked for tells when it ends here.
    return { token: accessToken, issuedAt, expiresAt: Math.min(expiresAt, issuedAt + lifetime * 1_000) };
  }

  async generateIdToken(audience: string): Promise<Issued> {
    const issuedAt = this.#caller.now();
    const { token } = await this.#call("generateIdToken", { audience, includeEmail: true });
    return idTokenOf(token, issuedAt);
  }

  async signJwt(claims: Readonly<Record<string, unknown>>): Promise<string> {
    const { signedJwt } = await this.#call("signJwt", { payload: JSON.stringify(claims) });
    if (typeof signedJwt !== "string" || signedJwt === "")
      throw new AuthError("invalid_response", { detail: "signJwt: no signedJwt" });
    return signedJwt;
  }

  async signBlob(bytes: Uint8Array): Promise<SignedBlob> {
    const { keyId, signedBlob } = await this.#call("signBlob", { payload: Buffer.from(bytes).toString("base64") });
    if (typeof signedBlob !== "string" || signedBlob === "")
      throw new AuthError("invalid_response", { detail: "signBlob: no signedBlob" });
    return {
      keyId: typeof keyId === "string" ? keyId : undefined,
      signature: new Uint8Array(Buffer.from(signedBlob, "base64")),
    };
  }

  async #call(method: string, body: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const { request, baseUrl, email, delegates, giveToken, quotaProject } = this.#caller;
    const url = `${baseUrl}/${resourceOf(email)}:${method}`;
    const json = { ...body, ...(delegates.length > 0 && { delegates: delegates.map(resourceOf) }) };
    const send = (token: string) => {
      const project = quotaProject === undefined ? {} : { "x-goog-user-project": quotaProject };
      return request({ url, json, headers: { authorization: `Bearer ${token}`, ...project }, replay: "safe" });
    };
    let token = await giveToken();
    let answer = await send(token);
    if (answer.status === 401) {
      token = await giveToken(token);
      answer = await send(token);
    }
    if (answer.status !== 200) {
      const { detail, cause } = describeRefusal(answer.status, answer.body, [token]);
      throw new AuthError("impersonation_refused", { detail: `${method} of ${email}: ${detail}`, cause });
    }
    const parsed = parseObject(answer.body);
    if (parsed === undefined) throw new AuthError("invalid_response", { detail: `${method}: it is not a JSON object` });
    return parsed;
  }
}

function resourceOf(email: string): string {
  return `projects/-/serviceAccounts/${email}`;
}
