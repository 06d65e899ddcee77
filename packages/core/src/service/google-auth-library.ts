import { OAuth2Client } from "google-auth-library";
import type { gaxios } from "google-auth-library";
import { AuthError } from "../errors/auth-error.ts";
import type { AccessTokenOptions } from "../google/token-source.ts";

/** Whoever has tokens: a source of `@scopegate/core/service`, `req.googleAuth`, or an account of it. */
export interface TokenHolder {
  /** The project that quota and bills go to, if any is named. */
  readonly quotaProject?: string | undefined;
  getAccessToken(options?: AccessTokenOptions): Promise<string>;
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
}

/**
 * What `googleapis` and the `@googleapis/*` packages take as `auth`: their calls go through `holder.fetch`, and so with
 * its live tokens, its one refresh and retry on a 401, its list of hosts, and its quota project.
 * Where there is no token, a call rejects with the holder's `AuthError`, and is not tried again.
 * @throws TypeError for what has no tokens
 */
export function toAuthClient(holder: TokenHolder): OAuth2Client {
  if (typeof (holder as Partial<TokenHolder> | undefined)?.fetch !== "function") {
    throw new TypeError(
      "toAuthClient: give req.googleAuth, an account, or a source such as applicationDefault() gives",
    );
  }
  return new HolderClient(holder);
}

/** Their client, with everything that concerns tokens answered by the holder. */
class HolderClient extends OAuth2Client {
  readonly #holder: TokenHolder;

  constructor(holder: TokenHolder) {
    super();
    this.#holder = holder;
  }

  override async getAccessToken(): Promise<{ token: string }> {
    return { token: await this.#holder.getAccessToken() };
  }

  /** For packages that send requests themselves (gRPC, HTTP/2): what `apiHosts` allows is not asked then. */
  override async getRequestHeaders(): Promise<Headers> {
    const { quotaProject } = this.#holder;
    const headers = new Headers({ authorization: `Bearer ${await this.#holder.getAccessToken()}` });
    if (quotaProject !== undefined) headers.set("x-goog-user-project", quotaProject);
    return headers;
  }

  /** What `request()` comes down to, with a callback or without. */
  protected override async requestAsync<T>(options: gaxios.GaxiosOptions): Promise<gaxios.GaxiosResponse<T>> {
    let refusal: AuthError | undefined;
    const fetchImplementation: typeof fetch = async (input, init) => {
      try {
        return await this.#holder.fetch(input, init);
      } catch (error) {
        if (!(error instanceof AuthError)) throw error;
        refusal = error;
        // Whoever has no token has been patient already: this is what their client does not try again.
        throw new DOMException("there is no access token", "AbortError");
      }
    };
    try {
      return await this.transporter.request<T>({ ...options, fetchImplementation });
    } catch (error) {
      throw refusal ?? error;
    }
  }
}
