import type { ApproveOptions, Emulator } from "@scopegate/emulator";
import supertest from "supertest";
import type { Response } from "supertest";

/** The headers of a browser's navigation. */
const NAVIGATION = {
  Accept: "text/html,application/xhtml+xml",
  "Sec-Fetch-Mode": "navigate",
  "Sec-Fetch-Dest": "document",
  "Sec-Fetch-Site": "none",
} as const;

/** The headers of a request by a page's script. */
const CALL = { Accept: "application/json", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin" } as const;

type Headers = Readonly<Record<string, string>>;

/** A browser without a screen. It keeps its cookies, follows no redirects by itself, and knows Google's pages. */
export class Visitor {
  readonly #origin: string;
  readonly #emulator: Emulator;
  readonly #agent: ReturnType<typeof supertest.agent>;

  constructor(origin: string, emulator: Emulator) {
    this.#origin = origin;
    this.#emulator = emulator;
    this.#agent = supertest.agent(origin);
  }

  /** Opens a page of the app, as by a click. Returns redirects without following them. */
  async open(address: string, headers: Headers = {}): Promise<Response> {
    return this.#agent
      .get(this.#pathOf(address))
      .redirects(0)
      .set({ ...NAVIGATION, ...headers });
  }

  /** Sends a request as a script does. */
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

  /** Makes the user's decision at Google. Returns the address of the callback without visiting it. */
  async decide(authorizationUrl: string, decision: ApproveOptions = {}): Promise<string> {
    return this.#emulator.approve(authorizationUrl, decision);
  }

  /**
   * Opens a page and follows all redirects, through Google too, until the app's response is no redirect.
   * @param decisions - the user's decision for each visit to Google. The last one also serves all further visits
   */
  async walk(address: string, ...decisions: ApproveOptions[]): Promise<Walk> {
    const visited: string[] = [];
    let visits = 0;
    let response = await this.open(address);
    for (let steps = 0; response.status >= 300 && response.status < 400; steps++) {
      if (steps === 12) throw new Error(`the redirects do not end: ${visited.join(" → ")}`);
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
    if (url.origin !== this.#origin) throw new Error(`${url.origin} is not the origin of the app, ${this.#origin}`);
    return url.pathname + url.search;
  }
}

/** The result of a walk. */
export interface Walk {
  readonly response: Response;
  /** The number of visits to Google. */
  readonly visits: number;
  /** Every address of the walk. */
  readonly visited: readonly string[];
}
