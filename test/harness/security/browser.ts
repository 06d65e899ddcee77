import { Agent, request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";

/** The headers of a browser's navigation. */
const NAVIGATION = { Accept: "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" } as const;
/** The headers of a request by a page's script. */
const CALL = { Accept: "application/json", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin" } as const;
/** A limit for hangs, in milliseconds. */
const LIMIT = 60_000;

const agent = new Agent({ keepAlive: true });

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** A response, unparsed. */
export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The `Location` header, or `""`. */
  readonly location: string;
  /** The parsed body. Reading it throws unless the body is JSON. */
  readonly json: Record<string, unknown>;
}

/**
 * An attacker's browser: it sends request targets unchanged, without a URL parser, and its cookies can be read, planted
 * and stolen. It follows no redirects.
 */
export class RawBrowser {
  /** The cookies of the next request, by name. */
  readonly cookies = new Map<string, string>();
  readonly #origin: URL;

  constructor(origin: string) {
    this.#origin = new URL(origin);
  }

  /** Opens a page. `target` is a request target, or an absolute address of the app. */
  async open(target: string, headers: Headers = {}): Promise<RawResponse> {
    return this.send("GET", target, { ...NAVIGATION, ...headers });
  }

  /** Sends a request as a script does. */
  async call(target: string, headers: Headers = {}): Promise<RawResponse> {
    return this.send("GET", target, { ...CALL, ...headers });
  }

  /** Posts a form. */
  async post(
    target: string,
    fields: Readonly<Record<string, string>> = {},
    headers: Headers = {},
  ): Promise<RawResponse> {
    const type = { "Content-Type": "application/x-www-form-urlencoded" };
    return this.send(
      "POST",
      target,
      { Accept: "text/html", ...type, ...headers },
      new URLSearchParams(fields).toString(),
    );
  }

  /** Sends any request. Rejects without a response. */
  async send(method: string, target: string, headers: Headers = {}, body?: string): Promise<RawResponse> {
    const { hostname, port, host, origin } = this.#origin;
    const path = target.startsWith(`${origin}/`) ? target.slice(origin.length) : target;
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const sent = request({
      host: hostname,
      port,
      path,
      method,
      agent,
      signal: AbortSignal.timeout(LIMIT),
      headers: { Host: host, ...(cookie !== "" && { Cookie: cookie }), ...headers } as Record<string, string>,
    });
    const received = await new Promise<RawResponse>((resolve, reject) => {
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
    for (const line of received.headers["set-cookie"] ?? []) this.#keep(line);
    return received;
  }

  /** Another browser with a copy of the current cookies, as a thief has. */
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
