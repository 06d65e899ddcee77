import { inspect } from "node:util";
import type { ApiCalls, TokenGiver } from "../google/api-fetch.ts";
import { fetchWithToken } from "../google/api-fetch.ts";
import type { AccessTokenOptions, SignedBlob, TokenSource } from "../google/token-source.ts";
import { observe } from "../util/diagnostics.ts";
import type { Credentials, Want } from "./credentials.ts";
import { checkProject, readScopes } from "./options.ts";
import type { Surroundings } from "./options.ts";
import { TokenSlots } from "./token-slot.ts";
import type { TokenSlot } from "./token-slot.ts";

/** A source of one kind of credentials. Its copies share what is kept, each under the name of all that it is for. */
export class CachedTokenSource implements TokenSource {
  readonly #credentials: Credentials;
  readonly #surroundings: Surroundings;
  readonly #want: Want;
  readonly #slots: TokenSlots;
  #accessSlot: TokenSlot | undefined;

  constructor(credentials: Credentials, surroundings: Surroundings, want: Want, slots?: TokenSlots) {
    credentials.check(want);
    checkProject(credentials.quotaProject, `${credentials.kind}: quota_project_id of the file`);
    this.#credentials = credentials;
    this.#surroundings = surroundings;
    this.#want = Object.freeze(want);
    this.#slots = slots ?? new TokenSlots(surroundings.now);
  }

  get kind(): string {
    return this.#credentials.kind;
  }

  get email(): string | undefined {
    return this.#credentials.email;
  }

  get scopes(): readonly string[] {
    return this.#want.scopes;
  }

  get subject(): string | undefined {
    return this.#want.subject;
  }

  get quotaProject(): string | undefined {
    return this.#surroundings.quotaProject ?? this.#credentials.quotaProject;
  }

  async getAccessToken({ forceRefresh: force }: AccessTokenOptions = {}): Promise<string> {
    return this.#access().get({ force });
  }

  async getIdToken(audience: string): Promise<string> {
    if (typeof audience !== "string" || audience === "") {
      throw new TypeError("getIdToken: name the audience, mostly the address of the service that is called");
    }
    if (this.#want.subject !== undefined) {
      throw new TypeError(
        "getIdToken: an ID token names the account itself, never `subject`; ask a source without one",
      );
    }
    return this.#slot(JSON.stringify(["id", audience]), () => this.#credentials.idToken(audience, this.#want)).get();
  }

  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const slot = this.#access();
    const giveToken: TokenGiver = async (rejected) => slot.get({ rejected });
    return fetchWithToken(await this.#calls(), giveToken, input, init);
  }

  withScopes(scopes: string | readonly string[]): TokenSource {
    return this.#copy({ ...this.#want, scopes: readScopes(scopes, "withScopes") });
  }

  withSubject(subject: string): TokenSource {
    return this.#copy({ ...this.#want, subject: checkSubject(subject, "withSubject") });
  }

  async projectId(): Promise<string | undefined> {
    return this.#surroundings.project ?? this.#credentials.projectId();
  }

  async signJwt(claims: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#credentials.signJwt(claims);
  }

  async signBlob(bytes: Uint8Array): Promise<SignedBlob> {
    return this.#credentials.signBlob(bytes);
  }

  /** @internal A live access token, and when it ends. */
  async issuedToken(): Promise<{ readonly token: string; readonly expiresAt: number }> {
    const slot = this.#access();
    return { token: await slot.get(), expiresAt: slot.expiresAt };
  }

  /** For logs: what it is, and no more. */
  [inspect.custom](): object {
    const { kind, email, scopes, subject, quotaProject } = this;
    return { kind, email, scopes, subject, quotaProject };
  }

  #copy(want: Want): TokenSource {
    return new CachedTokenSource(this.#credentials, this.#surroundings, want, this.#slots);
  }

  #access(): TokenSlot {
    if (this.#accessSlot !== undefined) return this.#accessSlot;
    const { scopes, subject } = this.#want;
    const name = JSON.stringify(["access", subject, scopes.toSorted()]);
    this.#accessSlot = this.#slot(name, () => this.#credentials.accessToken(this.#want));
    return this.#accessSlot;
  }

  #slot(name: string, issue: Parameters<TokenSlots["at"]>[1]): TokenSlot {
    return this.#slots.at(name, () => observe("service", this.kind, issue));
  }

  async #calls(): Promise<ApiCalls> {
    const { fetch, endpointHosts } = this.#surroundings;
    const apiHosts = this.#surroundings.apiHosts ?? [`*.${await this.#credentials.universeDomain()}`, ...endpointHosts];
    const { quotaProject } = this;
    return { fetch, apiHosts, ...(quotaProject !== undefined && { headers: { "x-goog-user-project": quotaProject } }) };
  }
}

/** @throws TypeError where it names nobody */
export function checkSubject<T extends string | undefined>(subject: T, name: string): T {
  if (subject !== undefined && (typeof subject !== "string" || subject.trim() === ""))
    throw new TypeError(`${name} must be the e-mail address of the user to act for`);
  return subject;
}
