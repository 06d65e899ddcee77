import { Agent, request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";

/** How a browser asks for a page. */
const NAVIGATION = { Accept: "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" } as const;
/** How a page's script asks for data. */
const CALL = { Accept: "application/json", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin" } as const;
/** Longer than any answer takes; what is not there by then hangs. */
const PATIENCE = 10_000;

const agent = new Agent({ keepAlive: true });

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** An answer, as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The `Location` header, `""` without one. */
  readonly location: string;
  /** The body, where it is JSON. */
  readonly json: Record<string, unknown>;
}

/**
 * A browser in an attacker's hands: request targets go out letter for letter, no URL parser tidies them up, and its
 * cookies can be read, planted and stolen. It follows no redirect.
 */
export class RawBrowser {
  /** Cookies by name, as they would be sent next. */
  readonly cookies = new Map<string, string>();
  readonly #origin: URL;

  constructor(origin: string) {
    this.#origin = new URL(origin);
  }

  /** Opens a page. `target` is a request target, or an absolute address of the app. */
  async open(target: string, headers: Headers = {}): Promise<RawAnswer> {
    return this.send("GET", target, { ...NAVIGATION, ...headers });
  }

  /** Asks as a script does. */
  async call(target: string, headers: Headers = {}): Promise<RawAnswer> {
    return this.send("GET", target, { ...CALL, ...headers });
  }

  /** Posts a form. */
  async post(target: string, fields: Readonly<Record<string, string>> = {}, headers: Headers = {}): Promise<RawAnswer> {
    const type = { "Content-Type": "application/x-www-form-urlencoded" };
    return this.send(
      "POST",
      target,
      { Accept: "text/html", ...type, ...headers },
      new URLSearchParams(fields).toString(),
    );
  }

  /** Sends anything. Rejects where no answer comes. */
  async send(method: string, target: string, headers: Headers = {}, body?: string): Promise<RawAnswer> {
    const { hostname, port, host, origin } = this.#origin;
    const path = target.startsWith(`${origin}/`) ? target.slice(origin.length) : target;
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const sent = request({
      host: hostname,
      port,
      path,
      method,
      agent,
      signal: AbortSignal.timeout(PATIENCE),
      headers: { Host: host, ...(cookie !== "" && { Cookie: cookie }), ...headers } as Record<string, string>,
    });
    const answer = await new Promise<RawAnswer>((resolve, reject) => {
      sent.once("error", reject).once("response", (response) => {
        text(response).then((content) => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: content,
            location: response.headers.location ?? "",
            get json() {
              return JSON.parse(content) as Record<string, unknown>;
            },
          });
        }, reject);
      });
      sent.end(body);
    });
    for (const line of answer.headers["set-cookie"] ?? []) this.#keep(line);
    return answer;
  }

  /** Another browser with a copy of these cookies, as of now: what a thief has. */
  clone(): RawBrowser {
    const copy = new RawBrowser(this.#origin.origin);
    for (const [name, value] of this.cookies) copy.cookies.set(name, value);
    return copy;
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const equals = pair.indexOf("=");
    const isOver = attributes.some((attribute) => /^max-age=0$|^expires=Thu, 01 Jan 1970/i.test(attribute));
    if (isOver) this.cookies.delete(pair.slice(0, equals));
    else this.cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
}
