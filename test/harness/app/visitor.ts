import type { ApproveOptions, Emulator } from "@scopegate/emulator";
import supertest from "supertest";
import type { Response } from "supertest";

/** How a browser asks for a page. */
const NAVIGATION = {
  Accept: "text/html,application/xhtml+xml",
  "Sec-Fetch-Mode": "navigate",
  "Sec-Fetch-Dest": "document",
  "Sec-Fetch-Site": "none",
} as const;

/** How a page's script asks for data. */
const CALL = { Accept: "application/json", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin" } as const;

type Headers = Readonly<Record<string, string>>;

/** One browser without a screen: it keeps its cookies, follows nothing by itself, and can walk Google's pages. */
export class Visitor {
  readonly #origin: string;
  readonly #emulator: Emulator;
  readonly #agent: ReturnType<typeof supertest.agent>;

  constructor(origin: string, emulator: Emulator) {
    this.#origin = origin;
    this.#emulator = emulator;
    this.#agent = supertest.agent(origin);
  }

  /** Opens a page of the app, as by a click; redirects are shown, not followed. */
  async open(address: string, headers: Headers = {}): Promise<Response> {
    return this.#agent
      .get(this.#pathOf(address))
      .redirects(0)
      .set({ ...NAVIGATION, ...headers });
  }

  /** Asks as a script does. */
  async call(address: string, headers: Headers = {}): Promise<Response> {
    return this.#agent
      .get(this.#pathOf(address))
      .redirects(0)
      .set({ ...CALL, ...headers });
  }

  /** Posts a form. */
  async post(address: string, fields: Headers = {}, headers: Headers = {}): Promise<Response> {
    return this.#agent
      .post(this.#pathOf(address))
      .redirects(0)
      .type("form")
      .set({ Accept: "text/html", ...headers })
      .send(fields);
  }

  /** At Google: decides, and gives the callback's address, not yet visited. */
  async decide(authorizationUrl: string, decision: ApproveOptions = {}): Promise<string> {
    return this.#emulator.approve(authorizationUrl, decision);
  }

  /**
   * Opens a page, and walks through Google wherever the app sends there, until an answer of the app is no redirect.
   * @param decisions - one for each visit to Google; the last one serves the rest
   */
  async walk(address: string, ...decisions: ApproveOptions[]): Promise<Walk> {
    const visited: string[] = [];
    let visits = 0;
    let response = await this.open(address);
    for (let steps = 0; response.status >= 300 && response.status < 400; steps++) {
      if (steps === 12) throw new Error(`no end of redirects: ${visited.join(" → ")}`);
      const next = new URL(response.headers["location"] as string, this.#origin);
      visited.push(next.href);
      if (next.href.startsWith(this.#emulator.endpoints.authorization)) {
        const callback = await this.decide(next.href, decisions[Math.min(visits, decisions.length - 1)]);
        visits += 1;
        visited.push(callback);
        response = await this.open(callback, { "Sec-Fetch-Site": "cross-site" });
      } else {
        response = await this.open(next.href);
      }
    }
    return { response, visits, visited };
  }

  #pathOf(address: string): string {
    const url = new URL(address, this.#origin);
    if (url.origin !== this.#origin) throw new Error(`${url.origin} is not the app, ${this.#origin}`);
    return url.pathname + url.search;
  }
}

/** A walk that came to an end. */
export interface Walk {
  readonly response: Response;
  /** Times that the user was at Google. */
  readonly visits: number;
  /** Every address on the way. */
  readonly visited: readonly string[];
}
