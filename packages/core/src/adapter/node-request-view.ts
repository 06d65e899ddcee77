import type { IncomingMessage, ServerResponse } from "node:http";
import type { Scopegate } from "../api/scopegate.ts";
import type { RequestView } from "../http/request-view.ts";
import type { SessionHandle } from "../http/session-handle.ts";
import { mountPointOf } from "../routes/mount-path.ts";
import { readFormBody } from "./form-body.ts";
import { appendNodeHeader, takesHeaders } from "./node-response.ts";
import { dropFromShared } from "./shared-caches.ts";

/** Where a request of `node:http` is, and how it is addressed. */
export interface NodeRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The path and query as the client sent them. */
  readonly url: string;
  /** The path that routers have removed on the way to the middleware, `""` for none. See {@link mountPointOf}. */
  readonly mountPath: string;
}

/** A request of a framework on `node:http`. An adapter adds what its framework keeps elsewhere. */
export abstract class NodeRequestView<Raw> implements RequestView {
  readonly raw: Raw;
  readonly url: string;
  readonly mountPath: string;
  abstract readonly session: SessionHandle | undefined;
  /** The result of the app's body parser; `undefined` if there was none. */
  protected abstract readonly parsedBody: unknown;
  protected readonly instance: Scopegate<Raw>;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;

  /** @param raw - the framework's request or context */
  constructor(raw: Raw, { req, res, url, mountPath }: NodeRequest, instance: Scopegate<Raw>) {
    this.raw = raw;
    this.url = url;
    this.mountPath = mountPointOf(url, mountPath, instance.routes.paths.callback);
    this.instance = instance;
    this.#req = req;
    this.#res = res;
  }

  get method(): string {
    return this.#req.method ?? "GET";
  }

  header(name: string): string | undefined {
    const { headers } = this.#req;
    // With HTTP/2, `:authority` stands for `Host`, which must not count beside it (RFC 9113 section 8.3.1).
    const value = (name === "host" ? headers[":authority"] : undefined) ?? headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  get userId(): string | undefined {
    return this.instance.userIdOf(this.raw);
  }

  body(limit: number): Promise<string> {
    return readFormBody(this.#req, this.parsedBody, limit);
  }

  appendHeader(name: string, value: string, unless?: "shared"): void {
    this.append(name, value);
    if (unless === "shared") dropFromShared(this.#res, value);
  }

  /** Adds a header. A framework that keeps its headers elsewhere until it writes the head overrides this. */
  protected append(name: string, value: string): void {
    appendNodeHeader(this.#res, name, value);
  }

  get headersSent(): boolean {
    return !takesHeaders(this.#res) || this.#res.headersSent;
  }
}

/** A request of a connect-style server, such as Express: middleware puts the session and the parsed body on the request. */
export class MiddlewareRequestView<Raw extends IncomingMessage> extends NodeRequestView<Raw> {
  constructor(
    req: Raw,
    res: ServerResponse,
    address: Pick<NodeRequest, "url" | "mountPath">,
    instance: Scopegate<Raw>,
  ) {
    super(req, { req, res, ...address }, instance);
  }

  get session(): SessionHandle | undefined {
    return this.instance.sessionOf(this, this.raw);
  }

  protected get parsedBody(): unknown {
    return (this.raw as { body?: unknown }).body;
  }
}
