import { AuthError } from "../errors/auth-error.ts";
import { parseTokenResponse } from "../google/token-response.ts";
import type { SignedBlob } from "../google/token-source.ts";
import { readIdToken } from "./assertion.ts";
import { isAccountEmail, isDomain } from "./checks.ts";
import type { Credentials, IssuedToken, RequestedAccess } from "./credentials.ts";
import { ImpersonatedCredentials } from "./impersonated-credentials.ts";
import type { MetadataServer } from "./metadata-server.ts";
import { GOOGLE_UNIVERSE } from "./options.ts";
import type { SourceSettings } from "./options.ts";
import { CachedTokenSource } from "./source.ts";

interface ComputeDetails {
  /** Default `default`. */
  readonly account?: string;
  /** Whether to detect first whether there is a metadata server. Default `false`. */
  readonly detectsServer?: boolean;
}

/** The credentials of a service account that is attached to this machine. */
export class ComputeCredentials implements Credentials {
  readonly kind = "compute_engine";
  readonly quotaProject = undefined;
  readonly #settings: SourceSettings;
  readonly #server: MetadataServer;
  readonly #detectsServer: boolean;
  readonly #path: string;
  #email: string | undefined;
  #impersonatingItself: ImpersonatedCredentials | undefined;
  #universe: string | undefined;

  constructor(settings: SourceSettings, server: MetadataServer, details: ComputeDetails = {}) {
    const { account = "default", detectsServer = false } = details;
    this.#settings = settings;
    this.#server = server;
    this.#detectsServer = detectsServer;
    this.#path = `instance/service-accounts/${account}`;
    if (account !== "default") this.#email = account;
  }

  /** Known from the option `account`, or once an operation needed it. */
  get email(): string | undefined {
    return this.#email;
  }

  checkAccess(): void {
    // Only Google knows which users the account may act for.
  }

  async accessToken(access: RequestedAccess): Promise<IssuedToken> {
    const { scopes, subject } = access;
    if (subject !== undefined) return (await this.#impersonateItself()).accessToken(access);
    const issuedAt = this.#settings.now();
    const query = scopes.length === 0 ? "" : `?scopes=${scopes.map(encodeURIComponent).join(",")}`;
    const { accessToken, expiresIn } = parseTokenResponse(await this.#read(`${this.#path}/token${query}`));
    return { token: accessToken, issuedAt, expiresAt: issuedAt + expiresIn * 1_000 };
  }

  async idToken(audience: string): Promise<IssuedToken> {
    const issuedAt = this.#settings.now();
    const query = `audience=${encodeURIComponent(audience)}&format=full`;
    return readIdToken((await this.#read(`${this.#path}/identity?${query}`)).trim(), issuedAt);
  }

  async projectId(): Promise<string | undefined> {
    await this.#assertServerPresent();
    return this.#server.read("project/project-id");
  }

  async universeDomain(): Promise<string> {
    const { universeDomain } = this.#settings;
    if (universeDomain !== undefined) return universeDomain;
    this.#universe ??= await this.#readUniverse();
    return this.#universe;
  }

  async signJwt(claims: Readonly<Record<string, unknown>>): Promise<string> {
    return (await this.#impersonateItself()).signJwt(claims);
  }

  async signBlob(bytes: Uint8Array): Promise<SignedBlob> {
    return (await this.#impersonateItself()).signBlob(bytes);
  }

  async #readUniverse(): Promise<string> {
    await this.#assertServerPresent();
    // Older servers have nothing at this path.
    const universe = (await this.#server.read("universe/universe-domain"))?.trim() || GOOGLE_UNIVERSE;
    if (!isDomain(universe)) {
      throw new AuthError("metadata_refused", { detail: "the value at universe/universe-domain is not a domain" });
    }
    return universe;
  }

  /** There is no key on this machine. The IAM Credentials API signs for the account, called with its own token. */
  async #impersonateItself(): Promise<ImpersonatedCredentials> {
    if (this.#impersonatingItself !== undefined) return this.#impersonatingItself;
    this.#email ??= await this.#readEmail();
    const source = new CachedTokenSource(this, this.#settings, { scopes: [], subject: undefined });
    this.#impersonatingItself = new ImpersonatedCredentials(this.#settings, { source, target: this.#email });
    return this.#impersonatingItself;
  }

  async #readEmail(): Promise<string> {
    const email = (await this.#read(`${this.#path}/email`)).trim();
    if (!isAccountEmail(email)) {
      throw new AuthError("metadata_refused", {
        detail: "the service account's e-mail address in the response is not valid",
      });
    }
    return email;
  }

  async #read(path: string): Promise<string> {
    await this.#assertServerPresent();
    const text = await this.#server.read(path);
    if (text === undefined) {
      throw new AuthError("metadata_refused", { detail: "this machine has no such service account" });
    }
    return text;
  }

  async #assertServerPresent(): Promise<void> {
    if (this.#detectsServer && !(await this.#server.isPresent())) throw new AuthError("no_default_credentials");
  }
}
