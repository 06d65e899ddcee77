import { AuthError } from "../errors/auth-error.ts";
import { parseTokenResponse } from "../google/token-response.ts";
import type { SignedBlob, TokenSource } from "../google/token-source.ts";
import { idTokenOf } from "./assertion.ts";
import type { Credentials, Issued, Want } from "./credentials.ts";
import { ImpersonatedCredentials, isAccountEmail } from "./impersonated.ts";
import { MetadataServer } from "./metadata-server.ts";
import { GOOGLE_UNIVERSE, isDomain, resolveSurroundings } from "./options.ts";
import type { Environment, SourceOptions, Surroundings } from "./options.ts";
import { CachedTokenSource, checkSubject } from "./source.ts";

/** Options of {@link computeEngine}. */
export interface ComputeEngineOptions extends SourceOptions {
  /** E-mail address of one of the machine's service accounts. Default `default`. */
  readonly account?: string;
  /**
   * A user of the Workspace domain to act for: the account signs by the IAM Credentials API, for which it needs the role
   * Service Account Token Creator on itself.
   */
  readonly subject?: string;
}

/**
 * Tokens of the service account that this machine has: on Compute Engine, Kubernetes Engine, Cloud Run, Functions and
 * App Engine, by the metadata server. On Compute Engine the scopes are fixed on the instance.
 * @throws TypeError for options that make no sense
 */
export function computeEngine(options: ComputeEngineOptions = {}, env: Environment = process.env): TokenSource {
  const surroundings = resolveSurroundings("computeEngine", options, ["account", "subject"]);
  const subject = checkSubject(options.subject, "computeEngine: `subject`");
  const { account = "default" } = options;
  if (typeof account !== "string" || (account !== "default" && !isAccountEmail(account)))
    throw new TypeError("computeEngine: `account` must be the e-mail address of a service account, or `default`");
  const kind = new ComputeCredentials(surroundings, new MetadataServer(surroundings.direct, env), { account });
  return new CachedTokenSource(kind, surroundings, { scopes: surroundings.scopes, subject });
}

/** What differs where the machine's account is only one way among others. */
interface ComputeParts {
  readonly account?: string;
  /** Whether to find out first that there is a metadata server at all. */
  readonly detects?: boolean;
}

/** The service account of the machine that this runs on. */
export class ComputeCredentials implements Credentials {
  readonly kind = "compute_engine";
  readonly quotaProject = undefined;
  readonly #surroundings: Surroundings;
  readonly #server: MetadataServer;
  readonly #parts: ComputeParts;
  readonly #path: string;
  #email: string | undefined;
  #itself: ImpersonatedCredentials | undefined;
  #universe: string | undefined;

  constructor(surroundings: Surroundings, server: MetadataServer, parts: ComputeParts = {}) {
    const { account = "default" } = parts;
    this.#surroundings = surroundings;
    this.#server = server;
    this.#parts = parts;
    this.#path = `instance/service-accounts/${account}`;
    if (account !== "default") this.#email = account;
  }

  /** Known once it was needed, unless it was given. */
  get email(): string | undefined {
    return this.#email;
  }

  check(): void {
    // Whether the account may act for a user is for Google to say.
  }

  async accessToken(want: Want): Promise<Issued> {
    if (want.subject !== undefined) return (await this.#asItself()).accessToken(want);
    const issuedAt = this.#surroundings.now();
    const query = want.scopes.length === 0 ? "" : `?scopes=${want.scopes.map(encodeURIComponent).join(",")}`;
    const { accessToken, expiresIn } = parseTokenResponse(await this.#read(`${this.#path}/token${query}`));
    return { token: accessToken, issuedAt, expiresAt: issuedAt + expiresIn * 1_000 };
  }

  async idToken(audience: string): Promise<Issued> {
    const issuedAt = this.#surroundings.now();
    const query = `audience=${encodeURIComponent(audience)}&format=full`;
    return idTokenOf((await this.#read(`${this.#path}/identity?${query}`)).trim(), issuedAt);
  }

  async projectId(): Promise<string | undefined> {
    await this.#assertPresent();
    return this.#server.read("project/project-id");
  }

  async universeDomain(): Promise<string> {
    const { universeDomain } = this.#surroundings;
    if (universeDomain !== undefined) return universeDomain;
    this.#universe ??= await this.#readUniverse();
    return this.#universe;
  }

  async signJwt(claims: Readonly<Record<string, unknown>>): Promise<string> {
    return (await this.#asItself()).signJwt(claims);
  }

  async signBlob(bytes: Uint8Array): Promise<SignedBlob> {
    return (await this.#asItself()).signBlob(bytes);
  }

  async #readUniverse(): Promise<string> {
    await this.#assertPresent();
    // Older servers have nothing there.
    const universe = (await this.#server.read("universe/universe-domain"))?.trim() || GOOGLE_UNIVERSE;
    if (!isDomain(universe)) throw new AuthError("metadata_refused", { detail: "its universe-domain is no domain" });
    return universe;
  }

  /** There is no key here: the IAM Credentials API signs for the account, asked with the account's own token. */
  async #asItself(): Promise<ImpersonatedCredentials> {
    if (this.#itself !== undefined) return this.#itself;
    this.#email ??= await this.#readEmail();
    const source = new CachedTokenSource(this, this.#surroundings, { scopes: [], subject: undefined });
    this.#itself = new ImpersonatedCredentials(this.#surroundings, { source, target: this.#email });
    return this.#itself;
  }

  async #readEmail(): Promise<string> {
    const email = (await this.#read(`${this.#path}/email`)).trim();
    if (!isAccountEmail(email))
      throw new AuthError("metadata_refused", { detail: "the account that it names has no e-mail address" });
    return email;
  }

  async #read(path: string): Promise<string> {
    await this.#assertPresent();
    const text = await this.#server.read(path);
    if (text === undefined) {
      throw new AuthError("metadata_refused", { detail: "this machine has no such service account" });
    }
    return text;
  }

  async #assertPresent(): Promise<void> {
    if (this.#parts.detects && !(await this.#server.isPresent())) throw new AuthError("no_default_credentials");
  }
}
