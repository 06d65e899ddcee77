import { randomBytes } from "node:crypto";
import type { Exchange } from "../http/exchange.ts";
import type { AuthorizationRequest } from "./authorization-request.ts";

/** A browser, identified by its cookie. */
export interface Browser {
  readonly id: string;
  /** The `sub` of each signed-in account, in the order of signing in. The position is Google's `authuser`. */
  readonly accounts: string[];
}

/** An authorization request that waits for the user to submit a page. */
export interface Interaction {
  readonly id: string;
  readonly browser: Browser;
  readonly request: AuthorizationRequest;
}

const kept = 10_000;
const cookieName = "emulator_browser";

/** The browsers with their signed-in accounts, and the pending interactions. The last 10,000 of each are kept. */
export class Browsers {
  readonly #browsers = new Map<string, Browser>();
  readonly #interactions = new Map<string, Interaction>();

  of(exchange: Exchange): Browser {
    const id = cookie(exchange.headers.cookie ?? "") ?? randomBytes(16).toString("hex");
    const browser = this.#browsers.get(id) ?? { id, accounts: [] };
    remember(this.#browsers, id, browser);
    return browser;
  }

  setCookie(browser: Browser): string {
    return `${cookieName}=${browser.id}; Path=/; HttpOnly; SameSite=Lax`;
  }

  begin(browser: Browser, request: AuthorizationRequest): Interaction {
    const id = randomBytes(16).toString("hex");
    const interaction = { id, browser, request };
    remember(this.#interactions, id, interaction);
    return interaction;
  }

  /** Returns a pending interaction, if it belongs to this browser. */
  interaction(id: string, browser: Browser): Interaction | undefined {
    const found = this.#interactions.get(id);
    return found?.browser.id === browser.id ? found : undefined;
  }

  /** Ends an interaction: the form of a page can be submitted once. */
  end(interaction: Interaction): void {
    this.#interactions.delete(interaction.id);
  }

  reset(): void {
    this.#browsers.clear();
    this.#interactions.clear();
  }
}

function cookie(header: string): string | undefined {
  return new RegExp(`(?:^|; *)${cookieName}=([0-9a-f]{32})(?:;|$)`).exec(header)?.[1];
}

function remember<Value>(map: Map<string, Value>, id: string, value: Value): void {
  map.delete(id);
  map.set(id, value);
  const [oldest] = map.keys();
  if (map.size > kept && oldest !== undefined) map.delete(oldest);
}
