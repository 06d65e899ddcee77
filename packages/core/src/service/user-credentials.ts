import { AuthError } from "../errors/auth-error.ts";
import { describeRefusal, tokenEndpointError } from "../google/error-responses.ts";
import { parseTokenResponse } from "../google/token-response.ts";
import { optionalText, requiredText } from "./credentials-file.ts";
import type { CredentialsFile } from "./credentials-file.ts";
import type { Issued } from "./credentials.ts";
import { PlainCredentials } from "./credentials.ts";
import { GOOGLE_UNIVERSE } from "./options.ts";
import type { Surroundings } from "./options.ts";
import { basicAuthentication } from "./security-token-service.ts";
import { checkTrustedUrl } from "./trusted-url.ts";
import type { Trust } from "./trusted-url.ts";

/** What a refresh of a person's credentials takes. */
interface UserClient {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  /** Whether the client authenticates by a header, as the Security Token Service wants it. */
  readonly basic: boolean;
}

/**
 * A person's credentials: `gcloud auth application-default login` writes them (`authorized_user`), or with workforce
 * federation (`external_account_authorized_user`). What they may do was decided at that login: scopes are not asked for.
 */
export class UserCredentials extends PlainCredentials {
  readonly kind: "authorized_user" | "external_account_authorized_user";
  override readonly quotaProject: string | undefined;
  readonly #surroundings: Surroundings;
  readonly #client: UserClient;
  /** Federated ones are replaced with each use. */
  #refreshToken: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: CredentialsFile, surroundings: Surroundings, trust: Trust) {
    super();
    const { type } = file.content;
    const basic = type === "external_account_authorized_user";
    const field = basic ? "token_url" : "token_uri";
    const url = surroundings.endpoints.token ?? optionalText(file, field);
    this.kind = basic ? "external_account_authorized_user" : "authorized_user";
    this.quotaProject = optionalText(file, "quota_project_id");
    this.#surroundings = surroundings;
    this.#client = {
      tokenUrl:
        url === undefined || url === surroundings.endpoints.token
          ? (url ?? `https://${basic ? "sts.googleapis.com/v1/oauthtoken" : "oauth2.googleapis.com/token"}`)
          : checkTrustedUrl(url, basic ? "sts" : "oauth2", `${file.origin}: ${field}`, trust),
      clientId: requiredText(file, "client_id"),
      clientSecret: requiredText(file, "client_secret"),
      refreshToken: requiredText(file, "refresh_token"),
      basic,
    };
    this.#refreshToken = this.#client.refreshToken;
  }

  /** One after another: refresh tokens that change with each use are good for one. */
  async accessToken(): Promise<Issued> {
    const issued = this.#last.then(
      () => this.#refresh(),
      () => this.#refresh(),
    );
    this.#last = issued;
    return issued;
  }

  async #refresh(): Promise<Issued> {
    const { request, now } = this.#surroundings;
    const { tokenUrl, clientId, clientSecret, basic } = this.#client;
    const refreshToken = this.#refreshToken;
    const issuedAt = now();
    const answer = await request({
      url: tokenUrl,
      form: {
        grant_type: "refresh_token",
        refresh_token: refreshToken,
        ...(!basic && { client_id: clientId, client_secret: clientSecret }),
      },
      ...(basic && { headers: basicAuthentication(clientId, clientSecret) }),
      replay: "safe",
    });
    if (answer.status !== 200) {
      const secrets = [refreshToken, clientSecret];
      const error = tokenEndpointError(answer.status, answer.body, { grant: "refresh", secrets });
      if (error.code !== "reconnect_required" && error.code !== "reauthentication_required") throw error;
      throw new AuthError("user_credentials_expired", describeRefusal(answer.status, answer.body, secrets));
    }
    const response = parseTokenResponse(answer.body);
    this.#refreshToken = response.refreshToken ?? refreshToken;
    return { token: response.accessToken, issuedAt, expiresAt: issuedAt + response.expiresIn * 1_000 };
  }

  async universeDomain(): Promise<string> {
    return this.#surroundings.universeDomain ?? GOOGLE_UNIVERSE;
  }
}
