import { randomBytes } from "node:crypto";
import type { Exchange } from "../http/exchange.ts";
import type { AuthorizationRequest } from "./authorization-request.ts";

/** A browser, known by its cookie. */
export interface Browser {
  readonly id: string;
  /** The `sub`s of the accounts signed in, in the order they signed in: a position is Google's `authuser`. */
  readonly accounts: string[];
}

/** An authorization request that waits for the user, between one page and the next. */
export interface Interaction {
  readonly id: string;
  readonly browser: Browser;
  readonly request: AuthorizationRequest;
}

const kept = 10_000;
const cookieName = "emulator_browser";

/** Who is signed in where, and which requests wait for an answer. The last 10,000 of each are kept. */
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

  /** The interaction a page was rendered for; only for the browser it was rendered in. */
  interaction(id: string, browser: Browser): Interaction | undefined {
    const found = this.#interactions.get(id);
    return found?.browser.id === browser.id ? found : undefined;
  }

  /** The page has been answered: its form works once. */
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
