import { AuthError } from "../errors/auth-error.ts";
import { describeRefusal, tokenEndpointError } from "../google/error-responses.ts";
import { parseTokenResponse } from "../google/token-response.ts";
import { describeField, optionalText, requiredText } from "./credentials-file.ts";
import type { CredentialsFile } from "./credentials-file.ts";
import type { IssuedToken } from "./credentials.ts";
import { PlainCredentials } from "./credentials.ts";
import { GOOGLE_UNIVERSE } from "./options.ts";
import type { SourceSettings } from "./options.ts";
import { basicAuthentication } from "./security-token-service.ts";
import { checkTrustedUrl } from "./trusted-url.ts";
import type { Trust } from "./trusted-url.ts";

/** How the two kinds of files differ. */
const KINDS = {
  /** Written by `gcloud auth application-default login`. */
  authorized_user: {
    urlField: "token_uri",
    service: "oauth2",
    defaultUrl: "https://oauth2.googleapis.com/token",
    usesBasicAuthentication: false,
  },
  /** The same, for a person who signs in by workforce identity federation. */
  external_account_authorized_user: {
    urlField: "token_url",
    service: "sts",
    defaultUrl: "https://sts.googleapis.com/v1/oauthtoken",
    usesBasicAuthentication: true,
  },
} as const;

type Kind = keyof typeof KINDS;

/**
 * A person's credentials, which gcloud stores in a file. The person consented to their scopes at the sign-in with gcloud,
 * so a refresh requests no scopes (RFC 6749 section 6).
 */
export class UserCredentials extends PlainCredentials {
  readonly kind: Kind;
  override readonly quotaProject: string | undefined;
  readonly #settings: SourceSettings;
  readonly #url: string;
  readonly #clientId: string;
  readonly #clientSecret: string;
  #refreshToken: string;
  #lastRefresh: Promise<unknown> = Promise.resolve();

  /** @throws TypeError for a file that cannot be used, with the field */
  constructor(kind: Kind, file: CredentialsFile, settings: SourceSettings, trust: Trust) {
    super();
    const { urlField, service, defaultUrl } = KINDS[kind];
    const configuredUrl = optionalText(file, urlField);
    this.kind = kind;
    this.quotaProject = optionalText(file, "quota_project_id");
    this.#settings = settings;
    this.#url =
      settings.endpoints.token ??
      (configuredUrl === undefined
        ? defaultUrl
        : checkTrustedUrl(configuredUrl, service, describeField(file, urlField), trust));
    this.#clientId = requiredText(file, "client_id");
    this.#clientSecret = requiredText(file, "client_secret");
    this.#refreshToken = requiredText(file, "refresh_token");
  }

  /** Refreshes run one after another: Google may replace the refresh token with each use, and the old one is then invalid. */
  async accessToken(): Promise<IssuedToken> {
    const issued = this.#lastRefresh.then(
      () => this.#refresh(),
      () => this.#refresh(),
    );
    this.#lastRefresh = issued;
    return issued;
  }

  async #refresh(): Promise<IssuedToken> {
    const { request, now } = this.#settings;
    const { usesBasicAuthentication } = KINDS[this.kind];
    const [clientId, clientSecret, refreshToken] = [this.#clientId, this.#clientSecret, this.#refreshToken];
    const issuedAt = now();
    const response = await request({
      url: this.#url,
      form: {
        grant_type: "refresh_token",
        refresh_token: refreshToken,
        ...(!usesBasicAuthentication && { client_id: clientId, client_secret: clientSecret }),
      },
      ...(usesBasicAuthentication && { headers: basicAuthentication(clientId, clientSecret) }),
      replay: "safe",
    });
    if (response.status !== 200) {
      const secrets = [refreshToken, clientSecret];
      const error = tokenEndpointError(response.status, response.body, { grant: "refresh", secrets });
      if (error.code !== "reconnect_required" && error.code !== "reauthentication_required") throw error;
      throw new AuthError("user_credentials_expired", describeRefusal(response.status, response.body, secrets));
    }
    const tokens = parseTokenResponse(response.body);
    this.#refreshToken = tokens.refreshToken ?? refreshToken;
    return { token: tokens.accessToken, issuedAt, expiresAt: issuedAt + tokens.expiresIn * 1_000 };
  }

  async universeDomain(): Promise<string> {
    return this.#settings.universeDomain ?? GOOGLE_UNIVERSE;
  }
}
