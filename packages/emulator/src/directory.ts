/** An OAuth client, as it would be registered in the Google Cloud console. */
export interface EmulatorClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Matched exactly: scheme, case, port, path and trailing slash. */
  readonly redirectUris: readonly string[];
  /** Clients of one project share what a user granted. Default: a project of its own. */
  readonly projectId?: string;
  /** Shown on the consent page. Default: the client ID. */
  readonly name?: string;
  /** `"deleted"` and `"disabled"` make both endpoints answer with `deleted_client`, `disabled_client`. */
  readonly status?: "active" | "deleted" | "disabled";
  /** Limits the client to one Workspace domain: anybody else gets `org_internal`. */
  readonly organization?: string;
  /** `"testing"`: refresh tokens die after seven days, unless only sign-in scopes were granted. */
  readonly publishingStatus?: "testing" | "production";
}

/** A Google account of the emulator. */
export interface EmulatorUser {
  /** Google's permanent identifier of the account: the `sub` of its ID tokens. */
  readonly sub: string;
  readonly email: string;
  readonly name: string;
  /** Default: a drawing of the initials, served by the emulator. */
  readonly picture?: string;
  /** The Workspace domain the account belongs to; none for a private account. */
  readonly hd?: string;
  /** Default `true`. */
  readonly emailVerified?: boolean;
  /** Scopes that the account's Workspace administrator blocks: asking for one is `admin_policy_enforced`. */
  readonly restrictedScopes?: readonly string[];
}

export const defaultClients: readonly EmulatorClient[] = [
  {
    clientId: "scopegate-local.apps.googleusercontent.com",
    clientSecret: "scopegate-local-secret",
    redirectUris: ["http://localhost:3000/oauth2callback"],
    projectId: "scopegate-local",
    name: "Local app",
  },
];

export const defaultUsers: readonly EmulatorUser[] = [
  { sub: "110000000000000000001", email: "ada@example.com", name: "Ada Lovelace" },
  {
    sub: "110000000000000000002",
    email: "grace@workspace.example",
    name: "Grace Hopper",
    hd: "workspace.example",
  },
  { sub: "110000000000000000003", email: "katherine@example.com", name: "Katherine Johnson" },
];

/** Which clients and accounts exist. */
export class Directory {
  readonly #configured: { clients: readonly EmulatorClient[]; users: readonly EmulatorUser[] };
  readonly #clients = new Map<string, EmulatorClient>();
  readonly #users = new Map<string, EmulatorUser>();

  constructor(clients: readonly EmulatorClient[], users: readonly EmulatorUser[]) {
    this.#configured = { clients, users };
    this.reset();
  }

  get clients(): readonly EmulatorClient[] {
    return [...this.#clients.values()];
  }

  get users(): readonly EmulatorUser[] {
    return [...this.#users.values()];
  }

  client(clientId: string): EmulatorClient | undefined {
    return this.#clients.get(clientId);
  }

  user(sub: string): EmulatorUser | undefined {
    return this.#users.get(sub);
  }

  /** By `sub` or e-mail address: the two forms a `login_hint` may take. */
  findUser(subOrEmail: string): EmulatorUser | undefined {
    const wanted = subOrEmail.toLowerCase();
    return this.#users.get(subOrEmail) ?? this.users.find((user) => user.email.toLowerCase() === wanted);
  }

  addClient(client: EmulatorClient): EmulatorClient {
    requireText(client.clientId, "clientId");
    requireText(client.clientSecret, "clientSecret");
    for (const uri of client.redirectUris) requireRedirectUri(uri);
    const added = Object.freeze({ ...client, redirectUris: Object.freeze([...client.redirectUris]) });
    this.#clients.set(added.clientId, added);
    return added;
  }

  addUser(user: EmulatorUser): EmulatorUser {
    requireText(user.sub, "sub");
    requireText(user.email, "email");
    const added = Object.freeze({ ...user });
    this.#users.set(added.sub, added);
    return added;
  }

  removeUser(sub: string): void {
    this.#users.delete(sub);
  }

  /** Back to what was configured at the start. */
  reset(): void {
    this.#clients.clear();
    this.#users.clear();
    for (const client of this.#configured.clients) this.addClient(client);
    for (const user of this.#configured.users) this.addUser(user);
  }
}

/** The project whose grant a client draws on. */
export function projectOf(client: EmulatorClient): string {
  return client.projectId ?? client.clientId;
}

/** Whether an account fits the `hd` parameter: the domain, or `*` for any Workspace domain. */
export function isOfDomain(user: EmulatorUser, hostedDomain: string | undefined): boolean {
  if (hostedDomain === undefined) return true;
  return hostedDomain === "*" ? user.hd !== undefined : user.hd === hostedDomain;
}

function requireText(value: unknown, name: string): void {
  if (typeof value !== "string" || value === "") {
    throw new TypeError(`"${name}" must be a non-empty string`);
  }
}

function requireRedirectUri(uri: string): void {
  if (!URL.canParse(uri) || uri.includes("#")) {
    throw new TypeError(`"redirectUris" must be absolute URLs without a fragment, not "${uri}"`);
  }
}
