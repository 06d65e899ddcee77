import type { Scopegate } from "../api/scopegate.ts";
import type { RequestView } from "../http/request-view.ts";
import type { SessionHandle } from "../http/session-handle.ts";
import { mountPointOf } from "../routes/mount-path.ts";
import { readFormBody } from "./form-body.ts";
import { withCookie } from "./set-cookie.ts";
import { isForSharedCaches } from "./shared-caches.ts";

/** A request of a framework on the web-standard `Request`. An adapter adds what its framework keeps elsewhere. */
export abstract class WebRequestView<Raw> implements RequestView {
  readonly raw: Raw;
  readonly url: string;
  readonly mountPath: string;
  protected readonly instance: Scopegate<Raw>;
  #headers: [name: string, value: string][] = [];
  /** The values of headers that are dropped if shared caches may store the response. */
  readonly #unlessShared = new Set<string>();
  #headersSent = false;

  /**
   * @param raw - the framework's request or context
   * @param address - the path and query as the client sent them, and the path that routers have removed from it
   */
  constructor(
    raw: Raw,
    { url, mountPath }: { readonly url: string; readonly mountPath: string },
    instance: Scopegate<Raw>,
  ) {
    this.raw = raw;
    this.url = url;
    this.mountPath = mountPointOf(url, mountPath, instance.routes.paths.callback);
    this.instance = instance;
  }

  /** The request as it is now: middleware may replace it. */
  protected abstract readonly request: Request;

  get method(): string {
    return this.request.method;
  }

  header(name: string): string | undefined {
    // A request of HTTP/2 has no `Host`: its host is only in the address (RFC 9113 section 8.3.1).
    return this.request.headers.get(name) ?? (name === "host" ? hostOf(this.request.url) : undefined);
  }

  /** Session middleware of web-standard frameworks has no common form, so only the own session is known. */
  get session(): SessionHandle | undefined {
    return this.instance.sessionOf(this);
  }

  get userId(): string | undefined {
    return this.instance.userIdOf(this.raw);
  }

  async body(limit: number): Promise<string> {
    const parsed = this.request.bodyUsed ? Object.fromEntries(await this.formData()) : undefined;
    return readFormBody(this.request.body ?? new Blob().stream(), parsed, limit);
  }

  /** The form that the framework has parsed. Called only after the body was read. */
  protected abstract formData(): Promise<FormData>;

  /** Headers wait until {@link takeHeaders}, because the response does not exist yet. */
  appendHeader(name: string, value: string, unless?: "shared"): void {
    if (unless === "shared") this.#unlessShared.add(value);
    if (name.toLowerCase() !== "set-cookie") return void this.#headers.push([name, value]);
    const cookies = this.#headers.filter(([each]) => each === "set-cookie").map(([, line]) => line);
    const others = this.#headers.filter(([each]) => each !== "set-cookie");
    this.#headers = [...others, ...withCookie(cookies, value).map((line): [string, string] => ["set-cookie", line])];
  }

  /**
   * The headers to append to the response, which is sent now.
   * @param response - the headers that the response has already. They decide whether shared caches may store it.
   */
  takeHeaders(response: Headers = new Headers()): readonly (readonly [name: string, value: string])[] {
    this.#headersSent = true;
    if (this.#unlessShared.size === 0 || !isForSharedCaches((name) => response.get(name) ?? undefined)) {
      return this.#headers;
    }
    return this.#headers.filter(([, value]) => !this.#unlessShared.has(value));
  }

  get headersSent(): boolean {
    return this.#headersSent;
  }
}

function hostOf(url: string): string | undefined {
  return URL.parse(url)?.host;
}
