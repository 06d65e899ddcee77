import { inspect } from "node:util";
import type { ApiCalls, TokenGiver } from "../google/api-fetch.ts";
import { assertApiHost, fetchWithToken } from "../google/api-fetch.ts";
import type { AccessTokenOptions, SignedBlob, TokenSource } from "../google/token-source.ts";
import { observe } from "../util/diagnostics.ts";
import { checkProject, checkSubject, readScopes } from "./checks.ts";
import type { Credentials, IssuedToken, RequestedAccess } from "./credentials.ts";
import type { SourceSettings } from "./options.ts";
import { TokenSlots } from "./token-slot.ts";
import type { TokenSlot } from "./token-slot.ts";

/** The parts of a source that a copy takes over. */
interface Inherited {
  readonly slots: TokenSlots;
  /** The method that made the copy, for error messages. */
  readonly caller: string;
}

/**
 * The source of one kind of credentials. Copies share the stored tokens: the key of a slot holds everything that a token
 * depends on, so that no copy receives a token of another subject, scope or audience.
 */
export class CachedTokenSource implements TokenSource {
  readonly #credentials: Credentials;
  readonly #settings: SourceSettings;
  readonly #access: RequestedAccess;
  readonly #slots: TokenSlots;
  #accessTokenSlot: TokenSlot | undefined;

  constructor(credentials: Credentials, settings: SourceSettings, access: RequestedAccess, inherited?: Inherited) {
    const { slots = new TokenSlots(settings.now), caller = settings.caller } = inherited ?? {};
    credentials.checkAccess(access, caller);
    checkProject(credentials.quotaProject, `${caller}: \`quota_project_id\` of the credentials`);
    this.#credentials = credentials;
    this.#settings = settings;
    this.#access = Object.freeze(access);
    this.#slots = slots;
  }

  get kind(): string {
    return this.#credentials.kind;
  }

  get email(): string | undefined {
    return this.#credentials.email;
  }

  get scopes(): readonly string[] {
    return this.#access.scopes;
  }

  get subject(): string | undefined {
    return this.#access.subject;
  }

  get quotaProject(): string | undefined {
    return this.#settings.quotaProject ?? this.#credentials.quotaProject;
  }

  async getAccessToken({ forceRefresh }: AccessTokenOptions = {}): Promise<string> {
    return this.#slotOfAccessToken().get({ forceRefresh });
  }

  async getIdToken(audience: string): Promise<string> {
    if (typeof audience !== "string" || audience === "") {
      throw new TypeError(
        "getIdToken: `audience` must be a non-empty string, usually the address of the service that the app calls",
      );
    }
    if (this.#access.subject !== undefined) {
      throw new TypeError(
        "getIdToken: an ID token names the service account, never the `subject`; use a source without `subject`",
      );
    }
    return this.#slotAt(["id", audience], () => this.#credentials.idToken(audience)).get();
  }

  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const slot = this.#slotOfAccessToken();
    const giveToken: TokenGiver = async (rejected) => slot.get({ rejected });
    return fetchWithToken(await this.#apiCalls(), giveToken, input, init);
  }

  withScopes(scopes: string | readonly string[]): TokenSource {
    const caller = "withScopes";
    return this.#copy({ ...this.#access, scopes: readScopes(scopes, `${caller}: \`scopes\``) }, caller);
  }

  withSubject(subject: string): TokenSource {
    const caller = "withSubject";
    return this.#copy({ ...this.#access, subject: checkSubject(subject, `${caller}: \`subject\``) }, caller);
  }

  async projectId(): Promise<string | undefined> {
    return this.#settings.project ?? this.#credentials.projectId();
  }

  async signJwt(claims: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#credentials.signJwt(claims);
  }

  async signBlob(bytes: Uint8Array): Promise<SignedBlob> {
    return this.#credentials.signBlob(bytes);
  }

  /** @internal A valid access token, and when it expires in milliseconds since the epoch. */
  async issuedToken(): Promise<Pick<IssuedToken, "token" | "expiresAt">> {
    const slot = this.#slotOfAccessToken();
    return { token: await slot.get(), expiresAt: slot.expiresAt };
  }

  /** @internal Throws a TypeError if the access token may not be sent to this address. */
  async assertApiHost(url: URL, caller: string): Promise<void> {
    assertApiHost(url, (await this.#apiCalls()).apiHosts, caller);
  }

  /** Logs show the public fields only: no tokens, and no key. */
  [inspect.custom](): object {
    const { kind, email, scopes, subject, quotaProject } = this;
    return { kind, email, scopes, subject, quotaProject };
  }

  #copy(access: RequestedAccess, caller: string): TokenSource {
    return new CachedTokenSource(this.#credentials, this.#settings, access, { slots: this.#slots, caller });
  }

  #slotOfAccessToken(): TokenSlot {
    const { scopes, subject } = this.#access;
    // The order of the scopes makes no other token.
    this.#accessTokenSlot ??= this.#slotAt(["access", subject, scopes.toSorted()], () =>
      this.#credentials.accessToken(this.#access),
    );
    return this.#accessTokenSlot;
  }

  #slotAt(key: readonly unknown[], issue: () => Promise<IssuedToken>): TokenSlot {
    // As JSON, so that no text inside a part can imitate another key.
    return this.#slots.at(JSON.stringify(key), () => observe("service", this.kind, issue));
  }

  async #apiCalls(): Promise<ApiCalls> {
    const { fetch, endpointHosts } = this.#settings;
    const apiHosts = this.#settings.apiHosts ?? [`*.${await this.#credentials.universeDomain()}`, ...endpointHosts];
    const { quotaProject } = this;
    return { fetch, apiHosts, ...(quotaProject !== undefined && { headers: { "x-goog-user-project": quotaProject } }) };
  }
}
