import { checkClient, type EmulatorClient } from "../options/client.ts";
import { checkUser, type EmulatorUser } from "../options/user.ts";

/** The registered clients and the existing accounts. */
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

  /** Finds an account by `sub` or e-mail address, the two forms of a `login_hint`. */
  findUser(subOrEmail: string): EmulatorUser | undefined {
    const wanted = subOrEmail.toLowerCase();
    return this.#users.get(subOrEmail) ?? this.users.find((user) => user.email.toLowerCase() === wanted);
  }

  /** @throws `TypeError` if no account has this `sub` or e-mail address. */
  requireUser(subOrEmail: string): EmulatorUser {
    const user = this.findUser(subOrEmail);
    if (!user)
      throw new TypeError(`The emulator has no account "${subOrEmail}". Add it with addUser() or the option "users".`);
    return user;
  }

  addClient(client: EmulatorClient): EmulatorClient {
    const added = checkClient(client);
    this.#clients.set(added.clientId, added);
    return added;
  }

  addUser(user: EmulatorUser): EmulatorUser {
    const added = checkUser(user);
    this.#users.set(added.sub, added);
    return added;
  }

  removeUser(sub: string): void {
    this.#users.delete(sub);
  }

  /** Restores the clients and accounts that were configured at the start. */
  reset(): void {
    this.#clients.clear();
    this.#users.clear();
    for (const client of this.#configured.clients) this.addClient(client);
    for (const user of this.#configured.users) this.addUser(user);
  }
}
