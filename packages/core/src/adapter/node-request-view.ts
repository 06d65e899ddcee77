import type { IncomingMessage, ServerResponse } from "node:http";
import type { Scopegate } from "../api/scopegate.ts";
import type { RequestView } from "../http/request-view.ts";
import type { SessionHandle } from "../http/session-handle.ts";
import { readFormBody } from "./form-body.ts";
import { appendNodeHeader } from "./node-response.ts";

/** What requests of frameworks on `node:http` have in common; an adapter adds where its framework keeps the rest. */
export abstract class NodeRequestView<Raw> implements RequestView {
  readonly raw: Raw;
  readonly url: string;
  readonly mountPath: string;
  abstract readonly session: SessionHandle | undefined;
  /** What the app's body parser made of the body; `undefined` where there was none. */
  protected abstract readonly parsedBody: unknown;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  protected readonly instance: Scopegate<Raw>;

  constructor(
    raw: Raw,
    { req, res, url, mountPath }: { req: IncomingMessage; res: ServerResponse; url: string; mountPath: string },
    instance: Scopegate<Raw>,
  ) {
    this.raw = raw;
    this.url = url;
    this.mountPath = mountPath;
    this.#req = req;
    this.#res = res;
    this.instance = instance;
  }

  get method(): string {
    return this.#req.method ?? "GET";
  }

  header(name: string): string | undefined {
    const value = this.#req.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  get userId(): string | undefined {
    return this.instance.userIdOf(this.raw);
  }

  body(limit: number): Promise<string> {
    return readFormBody(this.#req, this.parsedBody, limit);
  }

  appendHeader(name: string, value: string): void {
    appendNodeHeader(this.#res, name, value);
  }

  get headersSent(): boolean {
    return this.#res.headersSent;
  }
}

/** A request of connect-style servers, Express among them: middleware puts session and parsed body on the request itself. */
export class MiddlewareRequestView<Raw extends IncomingMessage> extends NodeRequestView<Raw> {
  constructor(
    req: Raw,
    res: ServerResponse,
    { url, mountPath }: { url: string; mountPath: string },
    instance: Scopegate<Raw>,
  ) {
    super(req, { req, res, url, mountPath }, instance);
  }

  get session(): SessionHandle | undefined {
    return this.instance.sessionOf(this, this.raw);
  }

  protected get parsedBody(): unknown {
    return (this.raw as { body?: unknown }).body;
  }
}
