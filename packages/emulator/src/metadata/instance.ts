import type { EmulatorInstance } from "../options/instance.ts";
import { issueServiceToken } from "../service/access-token.ts";
import type { Google } from "../state/google.ts";
import type { ServiceAccount } from "../state/service-account.ts";

const defaultScopes = [
  "https://www.googleapis.com/auth/cloud-platform",
  "https://www.googleapis.com/auth/userinfo.email",
];
/** In milliseconds: the server issues a new token once the current one has less than this lifetime left. */
const renewalMargin = 300_000;

/** The current state of the machine. */
export class Instance {
  readonly numericProjectId: number;
  readonly #google: Google;
  readonly #configured: EmulatorInstance;
  readonly #tokens = new Map<string, { readonly token: string; readonly expiresAt: number }>();
  #attached: string | null | undefined;

  constructor(google: Google, configured: EmulatorInstance) {
    this.#google = google;
    this.#configured = configured;
    this.#attached = configured.serviceAccount;
    this.numericProjectId = configured.numericProjectId ?? 123_456_789_012;
  }

  get account(): ServiceAccount | undefined {
    const { serviceAccounts } = this.#google;
    if (this.#attached === null) return undefined;
    return this.#attached === undefined ? serviceAccounts.all[0] : serviceAccounts.find(this.#attached);
  }

  get projectId(): string {
    return this.#configured.projectId ?? this.account?.projectId ?? "scopegate-local";
  }

  get scopes(): readonly string[] {
    const { scopes = defaultScopes } = this.#configured;
    return scopes === "any" ? defaultScopes : scopes;
  }

  attach(email: string | null): void {
    this.#attached = email === null ? null : this.#google.serviceAccounts.require(email).email;
  }

  /** Returns the current access token, or a new one. If `requested` is empty, it has all scopes of the machine. */
  token(account: ServiceAccount, requested: readonly string[]): { readonly token: string; readonly expiresIn: number } {
    const scopes = this.#allowed(requested);
    const key = [account.email, ...scopes.toSorted()].join(" ");
    const now = this.#google.clock.now();
    let held = this.#tokens.get(key);
    if (!held || held.expiresAt - now <= renewalMargin) {
      const lifetime = this.#google.settings.accessTokenLifetime;
      const token = issueServiceToken(this.#google, account, { scopes: new Set(scopes), lifetime });
      held = { token, expiresAt: now + lifetime * 1000 };
      this.#tokens.set(key, held);
    }
    return { token: held.token, expiresIn: Math.floor((held.expiresAt - now) / 1000) };
  }

  /** Unconfirmed: that Compute Engine ignores scopes that the machine does not have. */
  #allowed(requested: readonly string[]): readonly string[] {
    if (this.#configured.scopes === "any" && requested.length > 0) return requested;
    const held = requested.filter((scope) => this.scopes.includes(scope));
    return held.length > 0 ? held : this.scopes;
  }

  reset(): void {
    this.#attached = this.#configured.serviceAccount;
    this.#tokens.clear();
  }
}
