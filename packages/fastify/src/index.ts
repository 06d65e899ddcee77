import type { GoogleAuth, GuardOptions, ScopeArguments, ScopegateOptions } from "@scopegate/core";
import {
  answerThrown,
  checkMount,
  checkRequirement,
  declaredRequirement,
  isMountedOn,
  mountedOn,
  mountOn,
  NodeRequestView,
  Scopegate,
  signInRequirement,
  withCookie,
} from "@scopegate/core/adapter";
import type { Offline, Requirement } from "@scopegate/core/adapter";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { fastifySession } from "./session.ts";

export { AuthError, memorySessionStore, memoryTokenStore, scopegateSession, sessionTokenStore } from "@scopegate/core";
export type { Account, AuthErrorCode, GoogleAuth, GuardOptions, HookEvent, PageModel } from "@scopegate/core";
export type { ScopegateOptions, TokenStore, UserGrants, VerifiedUser } from "@scopegate/core";

declare module "fastify" {
  interface FastifyRequest {
    /** The signed-in Google user of this request, and what they granted. There after `app.register(googleOAuth())`. */
    googleAuth: GoogleAuth;
  }
}

/** On a route of ours, whose it is; on a request for one, the attachment whose guards let it pass. */
const OURS = Symbol("scopegate.ours");
type Marked = { [OURS]?: unknown };

/** A hook for `onRequest` or `preHandler`, of a route or of the whole app, where it leaves the way through Google open. */
export type Guard = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;

/** The plugin of {@link googleOAuth}, and what belongs to its instance. */
export interface GoogleOAuth extends FastifyPluginAsync, Offline {
  /** As {@link requireScopes}, bound to this instance. */
  requireScopes(...scopes: ScopeArguments<FastifyRequest>): Guard;
  /** As {@link requireSignIn}, bound to this instance. */
  requireSignIn(options?: GuardOptions<FastifyRequest>): Guard;
  /**
   * For `app.setErrorHandler()`, before the routes: `reconnect_required` and its like, thrown by handlers, are answered
   * as a guard answers, others with a page or JSON. Errors that are none of ours go to the handler of the context above.
   */
  readonly errorHandler: (error: unknown, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
}

/**
 * Google OAuth 2.0 for a Fastify app: `await app.register(googleOAuth())`, after the session plugin and before the
 * routes. Not encapsulated: it serves the context that it is registered in, below that context's prefix.
 * @throws TypeError for options that make no sense, naming the option
 */
export function googleOAuth(options: ScopegateOptions<FastifyRequest> = {}): GoogleOAuth {
  const instance = new Scopegate<FastifyRequest>(options);
  // Asynchronous, since Fastify waits in vain for plugins of the other kind that throw.
  const plugin: FastifyPluginAsync = async (app) => {
    app.decorateRequest(instance.name, null);
    app.addHook("onRequest", (request, reply, next) => {
      const view = new FastifyRequestView(request, reply, app.prefix, instance);
      const auth = instance.attach(view);
      (request as unknown as Record<string, GoogleAuth>)[instance.name] = auth;
      mountOn(request, auth);
      // By the address too: of other spellings that Fastify's router takes for it, the app decides.
      const isOurs =
        instance.routes.match(view.url, view.mountPath) && (request.routeOptions.config as Marked)[OURS] === instance;
      if (isOurs) (request as Marked)[OURS] = auth;
      void instance.whenLoaded(view, next);
    });
    await app.register(routesOf(instance, app.prefix));
  };
  return Object.assign(fastifyPlugin(plugin, { fastify: "5.x", name: "@scopegate/fastify" }), {
    requireScopes: (...scopes: ScopeArguments<FastifyRequest>) => guard(instance.requireScopes(scopes), instance),
    requireSignIn: (guardOptions?: GuardOptions<FastifyRequest>) =>
      guard(instance.requireSignIn(guardOptions), instance),
    errorHandler: async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const answer = isMountedOn(request, instance) && (await answerThrown(mountedOn(request, instance), error));
      if (!answer) throw error;
      return send(reply, answer);
    },
    ...instance.offline,
  });
}

/**
 * Lets a request pass whose user has granted all of these scopes (or any, with `{ anyOf }`), and asks the others for
 * them, as the README's table of guards has it.
 */
export function requireScopes(...scopes: ScopeArguments<FastifyRequest>): Guard {
  return guard(declaredRequirement(scopes));
}

/** Lets a request pass whose user is signed in with Google, and signs the others in. */
export function requireSignIn(options?: GuardOptions<FastifyRequest>): Guard {
  return guard(signInRequirement(options));
}

function guard(requirement: Requirement, instance?: Scopegate<FastifyRequest>): Guard {
  return (request, reply, done) => {
    const auth = mountedOn(request, instance);
    const answer = (request as Marked)[OURS] === auth ? undefined : checkRequirement(auth, requirement);
    if (answer === undefined) return done();
    Promise.resolve(answer)
      .then(async (response) => {
        if (response === undefined) done();
        else await send(reply, response);
      })
      .catch(done);
  };
}

/** Our routes, as routes of Fastify, so that every hook of the app runs for them; a context of its own for its parser. */
function routesOf(instance: Scopegate<FastifyRequest>, prefix: string): FastifyPluginAsync {
  return async (app) => {
    // Whatever parsers the app has: core reads the form itself, and has its own limit.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _payload, parsed) => parsed(null));
    const { callback, paths } = instance.routes;
    if (prefix !== "") checkMount(prefix, callback);
    for (const path of [callback.slice(prefix.length), ...Object.values(paths)]) {
      if (path === undefined) continue;
      app.all(path, { config: { [OURS]: instance } }, async (request, reply) => {
        const answer = instance.route(new FastifyRequestView(request, reply, prefix, instance));
        // Fastify's router also matches other spellings of a path.
        return answer === undefined ? reply.callNotFound() : send(reply, await answer);
      });
    }
  };
}

/** Through Fastify, and not on `reply.raw`: the session plugin still has a cookie to set. */
async function send(reply: FastifyReply, answer: Response): Promise<FastifyReply> {
  // First, since an answer of the app's own may have none to give.
  const body = await answer.text();
  reply.code(answer.status);
  for (const [name, value] of answer.headers) reply.header(name, value);
  return reply.send(body);
}

class FastifyRequestView extends NodeRequestView<FastifyRequest> {
  readonly #reply: FastifyReply;

  constructor(request: FastifyRequest, reply: FastifyReply, mountPath: string, instance: Scopegate<FastifyRequest>) {
    super(request, { req: request.raw, res: reply.raw, url: request.originalUrl, mountPath }, instance);
    this.#reply = reply;
  }

  get session(): ReturnType<typeof fastifySession> {
    return this.instance.sessionOf(this, this.raw, fastifySession);
  }

  get parsedBody() {
    return this.raw.body;
  }

  override appendHeader(name: string, value: string): void {
    const present = this.#reply.getHeader(name);
    if (present === undefined || name.toLowerCase() !== "set-cookie") return void this.#reply.header(name, value);
    this.#reply.removeHeader(name).header(name, withCookie([present].flat().map(String), value));
  }
}
