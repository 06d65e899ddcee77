import { OAuth2Client } from "google-auth-library";
import type { gaxios } from "google-auth-library";
import { AuthError } from "../errors/auth-error.ts";
import { assertApiHost } from "../google/api-fetch.ts";
import type { AccessTokenOptions } from "../google/token-source.ts";

/**
 * An object that provides access tokens and calls APIs with them: a source of `@scopegate/core/service`,
 * `req.googleAuth`, or one of its accounts.
 */
export interface TokenHolder {
  /** ID of the project that quota and costs are charged to. Default: none. */
  readonly quotaProject?: string | undefined;
  /** Returns a valid access token. */
  getAccessToken(options?: AccessTokenOptions): Promise<string>;
  /** Calls an API with the access token, as the global `fetch` does. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
}

/** A holder of Scopegate's own, which knows the hosts that its token may be sent to. */
interface HostChecker {
  assertApiHost(url: URL, caller: string): void | Promise<void>;
}

/** The default of the option `apiHosts`, for a holder that an app made itself and that has no such option. */
const DEFAULT_API_HOSTS: readonly string[] = ["*.googleapis.com"];

/**
 * Creates the value that the package `googleapis` and the packages `@googleapis/*` accept as `auth`. Their API calls go
 * through `holder.fetch`: it adds a valid token, refreshes and retries once on a 401, sends tokens only to the hosts in
 * `apiHosts`, and adds the quota project.
 *
 * The optional peer dependency `google-auth-library` 11 must be installed. Packages that send their requests themselves
 * (gRPC, and `googleapis` with `http2: true`) take the token from `getRequestHeaders(url)`, which checks the host of `url`
 * against `apiHosts`. Without `url` there is nothing to check: `getRequestHeaders()` and `getAccessToken()` return the token,
 * and their caller decides where to send it. A holder that is none of Scopegate's objects has the default of `apiHosts`.
 *
 * @throws TypeError if `holder` provides no tokens
 * @throws AuthError from the API calls: the error of `holder`, without further retries, if it has no valid token
 *
 * @example An app's own service account
 * ```ts
 * import { drive } from "@googleapis/drive";
 * import { toAuthClient } from "@scopegate/core/google-auth-library";
 * import { serviceAccount } from "@scopegate/core/service";
 *
 * const source = serviceAccount({ keyFile: "key.json", scopes: "https://www.googleapis.com/auth/drive.readonly" });
 * const { data } = await drive({ version: "v3", auth: toAuthClient(source) }).files.list();
 * console.log(data.files);
 * ```
 *
 * @example The user of a request
 * ```ts
 * import { drive } from "@googleapis/drive";
 * import { toAuthClient } from "@scopegate/core/google-auth-library";
 * import { googleOAuth, requireScopes } from "@scopegate/express";
 * import express from "express";
 *
 * const app = express();
 * app.use(googleOAuth());
 * app.get("/files", requireScopes("https://www.googleapis.com/auth/drive.readonly"), async (req, res) => {
 *   const { data } = await drive({ version: "v3", auth: toAuthClient(req.googleAuth) }).files.list();
 *   res.json(data.files);
 * });
 * ```
 */
export function toAuthClient(holder: TokenHolder): OAuth2Client {
  if (typeof (holder as Partial<TokenHolder> | undefined)?.fetch !== "function") {
    throw new TypeError(
      "toAuthClient: `holder` must be req.googleAuth, one of its accounts, or a source such as applicationDefault()",
    );
  }
  return new HolderClient(holder);
}

/** Google's client, with every operation on tokens delegated to the holder. */
class HolderClient extends OAuth2Client {
  readonly #holder: TokenHolder;

  constructor(holder: TokenHolder) {
    super();
    this.#holder = holder;
  }

  override async getAccessToken(): Promise<{ token: string }> {
    return { token: await this.#holder.getAccessToken() };
  }

  /** Packages that send their requests themselves call this method, most of them with the address of the request. */
  override async getRequestHeaders(url?: string | URL): Promise<Headers> {
    if (url !== undefined) await this.#assertApiHost(url);
    const { quotaProject } = this.#holder;
    const headers = new Headers({ authorization: `Bearer ${await this.#holder.getAccessToken()}` });
    if (quotaProject !== undefined) headers.set("x-goog-user-project", quotaProject);
    return headers;
  }

  async #assertApiHost(address: string | URL): Promise<void> {
    const caller = "getRequestHeaders";
    const url = URL.parse(address);
    if (url === null) throw new TypeError(`${caller}: \`url\` must be an absolute URL, starting with https://`);
    const checker = this.#holder as Partial<HostChecker>;
    if (checker.assertApiHost === undefined) assertApiHost(url, DEFAULT_API_HOSTS, caller);
    else await checker.assertApiHost(url, caller);
  }

  /** Both forms of `request()`, with a callback and without, end here. */
  protected override async requestAsync<T>(options: gaxios.GaxiosOptions): Promise<gaxios.GaxiosResponse<T>> {
    let holderError: AuthError | undefined;
    const fetchImplementation: typeof fetch = async (input, init) => {
      try {
        return await this.#holder.fetch(input, init);
      } catch (error) {
        if (!(error instanceof AuthError)) throw error;
        holderError = error;
        // The holder has already retried. Google's client does not retry after an AbortError.
        throw new DOMException("there is no valid access token", "AbortError");
      }
    };
    try {
      return await this.transporter.request<T>({ ...options, fetchImplementation });
    } catch (error) {
      throw holderError ?? error;
    }
  }
}
