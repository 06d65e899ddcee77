import type { GoogleAuth, GuardOptions, ScopeArguments, ScopegateOptions } from "@scopegate/core";
import {
  answerThrown,
  checkRequirement,
  declaredRequirement,
  isMountedOn,
  mountedOn,
  mountOn,
  mountPathOf,
  readFormBody,
  Scopegate,
  signInRequirement,
  withCookie,
} from "@scopegate/core/adapter";
import type { Offline, Requirement } from "@scopegate/core/adapter";
import type { Context, ErrorHandler, MiddlewareHandler } from "hono";
import { routePath } from "hono/route";

export { AuthError, memorySessionStore, memoryTokenStore, scopegateSession, sessionTokenStore } from "@scopegate/core";
export type { Account, AuthErrorCode, GoogleAuth, GuardOptions, HookEvent, PageModel } from "@scopegate/core";
export type { ScopegateOptions, TokenStore, UserGrants, VerifiedUser } from "@scopegate/core";

declare module "hono" {
  interface ContextVariableMap {
    /** The signed-in Google user of this request, and what they granted. There after `app.use(googleOAuth(…))`. */
    googleAuth: GoogleAuth;
  }
}

/** Options of {@link googleOAuth}. Hono has no session of its own, so that one of ours is needed. */
export interface HonoOptions extends ScopegateOptions<Context> {
  readonly session: NonNullable<ScopegateOptions["session"]>;
}

/** The middleware of {@link googleOAuth}, and what belongs to its instance. */
export interface GoogleOAuth extends MiddlewareHandler, Offline {
  /** As {@link requireScopes}, bound to this instance. */
  requireScopes(...scopes: ScopeArguments<Context>): MiddlewareHandler;
  /** As {@link requireSignIn}, bound to this instance. */
  requireSignIn(options?: GuardOptions<Context>): MiddlewareHandler;
  /**
   * For `app.onError()`: `reconnect_required` and its like, thrown by handlers, are answered as a guard answers, others
   * with a page or JSON. Errors that are none of ours are answered and logged as Hono itself does it.
   */
  readonly errorHandler: ErrorHandler;
}

/**
 * Google OAuth 2.0 for a Hono app: `app.use(googleOAuth({ session }))`, before the guards.
 * @throws TypeError for options that make no sense, naming the option
 */
export function googleOAuth(options: HonoOptions): GoogleOAuth {
  if ((options as Partial<HonoOptions> | undefined)?.session === undefined) {
    throw new TypeError(
      "googleOAuth: `session` is needed, since Hono has none of its own: `session: scopegateSession({ keys: [key] })`, " +
        "with a key that `openssl rand -base64 32` makes",
    );
  }
  const instance = new Scopegate<Context>(options);
  const middleware: MiddlewareHandler = async (c, next) => {
    if (isMountedOn(c, instance)) return next();
    const view = new HonoRequestView(c, instance);
    const answer = instance.route(view);
    if (answer !== undefined) return send(c, await answer, view);
    const auth = instance.attach(view);
    c.set(instance.name as "googleAuth", auth);
    mountOn(c, auth);
    await instance.whenLoaded<Promise<void>>(view, next);
    view.sendHeaders();
  };
  return Object.assign(middleware, {
    requireScopes: (...scopes: ScopeArguments<Context>) => guard(instance.requireScopes(scopes), instance),
    requireSignIn: (guardOptions?: GuardOptions<Context>) => guard(instance.requireSignIn(guardOptions), instance),
    errorHandler: (async (error, c) => {
      const answer = isMountedOn(c, instance) && (await answerThrown(mountedOn(c, instance), error));
      if (answer) return send(c, answer);
      if ("getResponse" in error) return send(c, error.getResponse());
      // oxlint-disable-next-line no-console -- as Hono's own error handling does: nobody else would tell of it
      console.error(error);
      return c.text("Internal Server Error", 500);
    }) satisfies ErrorHandler,
    ...instance.offline,
  });
}

/**
 * Lets a request pass whose user has granted all of these scopes (or any, with `{ anyOf }`), and asks the others for
 * them, as the README's table of guards has it.
 */
export function requireScopes(...scopes: ScopeArguments<Context>): MiddlewareHandler {
  return guard(declaredRequirement(scopes));
}

/** Lets a request pass whose user is signed in with Google, and signs the others in. */
export function requireSignIn(options?: GuardOptions<Context>): MiddlewareHandler {
  return guard(signInRequirement(options));
}

function guard(requirement: Requirement, instance?: Scopegate<Context>): MiddlewareHandler {
  return async (c, next) => {
    const answer = await checkRequirement(mountedOn(c, instance), requirement);
    return answer === undefined ? next() : send(c, answer);
  };
}

/** By `c.header()`, so that headers which middleware before us has set stay, and none of them overrides one of ours. */
async function send(c: Context, answer: Response, view?: HonoRequestView): Promise<Response> {
  const body = answer.body && (await answer.arrayBuffer());
  for (const [name, value] of answer.headers) c.header(name, value, { append: name === "set-cookie" });
  view?.sendHeaders();
  return c.newResponse(body, answer.status as 200);
}

/** Path and query of an absolute address. */
const pathOf = (url: string) => url.slice(url.indexOf("/", "https://".length));

class HonoRequestView {
  readonly raw: Context;
  readonly url: string;
  readonly mountPath: string;
  readonly #instance: Scopegate<Context>;
  #cookies: string[] = [];
  #isOver = false;

  constructor(c: Context, instance: Scopegate<Context>) {
    this.raw = c;
    this.#instance = instance;
    const routed = pathOf(c.req.url);
    const { incoming } = (c.env ?? {}) as { incoming?: { url?: string } };
    // On Node.js what Hono routes by is normalised, and lacks the path of `app.mount()`.
    this.url = incoming?.url?.startsWith("/") ? incoming.url : routed;
    const normalised = this.url === routed ? routed : pathOf(new URL(`http://localhost${this.url}`).href);
    this.mountPath = mountPathOf(normalised, routed.split("?", 1)[0]!) + routePath(c).replace(/\/\*?$/, "");
  }

  get method(): string {
    return this.raw.req.method;
  }

  header(name: string): string | undefined {
    return this.raw.req.header(name);
  }

  get session(): ReturnType<Scopegate["sessionOf"]> {
    return this.#instance.sessionOf(this);
  }

  get userId(): string | undefined {
    return this.#instance.userIdOf(this.raw);
  }

  async body(limit: number): Promise<string> {
    const { req } = this.raw;
    const parsed = req.raw.bodyUsed ? Object.fromEntries(await req.formData()) : undefined;
    return readFormBody(req.raw.body ?? new Blob().stream(), parsed, limit);
  }

  /** Cookies wait for the handler's response: Hono drops a response's own ones where some stand on `c.res` before. */
  appendHeader(name: string, value: string): void {
    if (name.toLowerCase() === "set-cookie") this.#cookies = withCookie(this.#cookies, value);
    else this.raw.header(name, value, { append: true });
  }

  /** Puts what waits onto the response. The head leaves soon afterwards. */
  sendHeaders(): void {
    this.#isOver = true;
    for (const line of this.#cookies) this.raw.header("Set-Cookie", line, { append: true });
  }

  get headersSent(): boolean {
    return this.#isOver;
  }
}
