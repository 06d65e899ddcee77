import type { GoogleAuth, GuardOptions, ScopeArguments, ScopegateOptions } from "@scopegate/core";
import { checkMount, createAdapter, NodeRequestView, withCookie } from "@scopegate/core/adapter";
import type { InstanceMembers, Scopegate } from "@scopegate/core/adapter";
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { fastifySession } from "./session.ts";

export {
  AuthError,
  ERROR_TABLE,
  GOOGLE_ENDPOINTS,
  memorySessionStore,
  memoryTokenStore,
  scopegateSession,
  sessionTokenStore,
  storePlainText,
} from "@scopegate/core";
export type {
  AccessTokenOptions,
  Account,
  AdmissionCandidate,
  AuthErrorCode,
  AuthorizationUrlOptions,
  ClientCredentials,
  ClientOption,
  DeniedEvent,
  DiagnosticMessages,
  Endpoints,
  FailureEvent,
  GoogleAuth,
  GuardOptions,
  HookEvent,
  Hooks,
  InstanceMethods,
  MemorySessionStoreOptions,
  MemoryTokenStoreOptions,
  Outcome,
  PageAction,
  PageModel,
  PagesOption,
  PageTexts,
  PartialPageTexts,
  ResealOptions,
  ResealProgress,
  RoutesOption,
  ScopeArguments,
  ScopegateOptions,
  ScopegateSession,
  ScopegateSessionOptions,
  SessionRecord,
  SessionRecordStore,
  SetRecordOptions,
  SignedBlob,
  TokenSource,
  TokenStore,
  UserGrants,
  VerifiedUser,
} from "@scopegate/core";

declare module "fastify" {
  interface FastifyRequest {
    /** The signed-in user of this request, and the access that they granted. Present after `app.register(googleOAuth())`. */
    googleAuth: GoogleAuth;
  }
}

type Instance = Scopegate<FastifyRequest>;

/** In a route's config: the instance that owns the route. On a request: the instance whose own route it is for. */
const OWNER = Symbol("scopegate.owner");
type Owned = { [OWNER]?: Instance };

/** The key of the instances that a Fastify context serves. Child contexts inherit it. */
const SERVED = Symbol("scopegate.served");
type Serving = { [SERVED]?: readonly Instance[] };

/** A hook for `onRequest` or `preHandler`, of a route or of the whole app. It never stops a request for Scopegate's own routes. */
export type Guard = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;

/** The plugin that {@link googleOAuth} returns. */
export interface GoogleOAuth extends FastifyPluginAsync, InstanceMembers<FastifyRequest, Guard> {
  /**
   * Handles errors that handlers throw: `app.setErrorHandler(google.errorHandler)`, before the routes. The user of a
   * `reconnect_required` or similar error is asked as by a guard; for any other `AuthError` there is a page, or JSON. All
   * other errors go to the error handler of the parent context.
   */
  readonly errorHandler: (error: unknown, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
}

const adapter = createAdapter<FastifyRequest, Guard>({
  guard: (check) => (request, reply, done) => {
    check(request)
      .then(async (response) => {
        if (response === undefined) done();
        else await send(reply, response);
      })
      .catch(done);
  },
  attach(request, name, auth) {
    (request as unknown as Record<string, GoogleAuth>)[name] = auth;
  },
  isExempt: (request, scope) => (request as Owned)[OWNER]?.owns(scope) === true,
});

/**
 * Google OAuth 2.0 for a Fastify app. Register it after the session plugin and before the routes. It is not encapsulated:
 * it serves the context in which it is registered, below the prefix of that context.
 * @throws TypeError for an option that makes no sense, naming it
 * @example
 * ```ts
 * const google = googleOAuth(); // client and redirect URI come from the environment
 * await app.register(google);
 * app.setErrorHandler(google.errorHandler);
 * app.get("/files", { preHandler: requireScopes("https://www.googleapis.com/auth/drive.file") }, listFiles);
 * ```
 */
export function googleOAuth(options: ScopegateOptions<FastifyRequest> = {}): GoogleOAuth {
  const { instance, attach, recover, members } = adapter.mount(options);
  /** The prefixes below which a server has the routes already. Two contexts may have the same prefix. */
  const prefixesOf = new WeakMap<object, Set<string>>();
  // Fastify never reports the error of a plugin that throws synchronously, so this one is asynchronous.
  const plugin: FastifyPluginAsync = async (app) => {
    if (!serveOnce(app, instance)) return;
    app.decorateRequest(instance.name, null);
    app.addHook("onRequest", (request, reply, done) => {
      const view = new FastifyRequestView(request, reply, app.prefix, instance);
      // Fastify's router also matches other spellings of a path. The app decides about those.
      const isOwnRoute =
        (request.routeOptions.config as Owned)[OWNER] === instance &&
        instance.routes.match(view.url, view.mountPath) !== undefined;
      if (isOwnRoute) (request as Owned)[OWNER] = instance;
      const loading = attach(request, view);
      if (loading === undefined) done();
      else loading.then(done, done);
    });
    const prefixes = prefixesOf.get(app.server) ?? new Set();
    prefixesOf.set(app.server, prefixes);
    if (!prefixes.has(app.prefix)) await app.register(ownRoutes(instance, app.prefix));
    prefixes.add(app.prefix);
  };
  return Object.assign(fastifyPlugin(plugin, { fastify: "5.x", name: "@scopegate/fastify" }), members, {
    errorHandler: async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const response = await recover(request, error);
      if (response === undefined) throw error;
      return send(reply, response);
    },
  });
}

/**
 * A guard: lets a request pass if its user has granted all of these scopes, or one of them with `{ anyOf }`. Otherwise a
 * browser goes to Google's consent page and returns here, and any other request gets 401 or 403 with JSON.
 * @throws TypeError if the arguments are no list of scopes
 * @example
 * ```ts
 * app.get("/files", { preHandler: requireScopes("https://www.googleapis.com/auth/drive.file") }, listFiles);
 * ```
 */
export function requireScopes(...scopes: ScopeArguments<FastifyRequest>): Guard {
  return adapter.requireScopes(...scopes);
}

/**
 * A guard: lets a request pass if its user is signed in with Google. Otherwise a browser goes to Google's sign-in page and
 * returns here, and any other request gets 401 with JSON.
 * @example
 * ```ts
 * app.get("/account", { preHandler: requireSignIn() }, showAccount);
 * ```
 */
export function requireSignIn(options?: GuardOptions<FastifyRequest>): Guard {
  return adapter.requireSignIn(options);
}

/**
 * Notes that a context serves an instance. `false` if it does already, because the plugin was registered twice.
 * @throws TypeError if the context serves another instance of the same name
 */
function serveOnce(app: FastifyInstance, instance: Instance): boolean {
  const served = (app as Serving)[SERVED] ?? [];
  if (served.includes(instance)) return false;
  if (served.some(({ name }) => name === instance.name)) {
    throw new TypeError(
      `Two googleOAuth() instances with the \`name\` ${JSON.stringify(instance.name)} are registered in one context. Give ` +
        'one of them another `name`, such as `name: "adminGoogle"`, and use the guards of each instance.',
    );
  }
  (app as Serving)[SERVED] = [...served, instance];
  return true;
}

/** Scopegate's routes as routes of Fastify, so that the app's hooks run for them. Their context has a parser of its own. */
function ownRoutes(instance: Instance, prefix: string): FastifyPluginAsync {
  return async (app) => {
    // Core reads forms itself, with its own limit, so the app's parsers must not.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _payload, parsed) => parsed(null));
    const { routes } = instance;
    if (prefix !== "") checkMount(prefix, routes.paths.callback);
    for (const path of routes.below(prefix)) {
      app.all(path, { config: { [OWNER]: instance } }, async (request, reply) => {
        const view = new FastifyRequestView(request, reply, prefix, instance);
        const response = await instance.route(instance.scopeOf(view));
        // Fastify's router also matches other spellings of a path.
        return response === undefined ? reply.callNotFound() : send(reply, response);
      });
    }
  };
}

/** Sends through Fastify, not on `reply.raw`: the session plugin still sets its cookie afterwards. */
async function send(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  // Read before anything is set, because reading the body of an app's own response may fail.
  const body = await response.text();
  reply.code(response.status);
  for (const [name, value] of response.headers) reply.header(name, value);
  return reply.send(body);
}

class FastifyRequestView extends NodeRequestView<FastifyRequest> {
  readonly #reply: FastifyReply;

  constructor(request: FastifyRequest, reply: FastifyReply, mountPath: string, instance: Instance) {
    super(request, { req: request.raw, res: reply.raw, url: request.originalUrl, mountPath }, instance);
    this.#reply = reply;
  }

  get session(): ReturnType<typeof fastifySession> {
    return this.instance.sessionOf(this, this.raw, fastifySession);
  }

  protected get parsedBody() {
    return this.raw.body;
  }

  protected override append(name: string, value: string): void {
    const present = this.#reply.getHeader(name);
    if (present === undefined || name.toLowerCase() !== "set-cookie") return void this.#reply.header(name, value);
    this.#reply.removeHeader(name).header(name, withCookie([present].flat().map(String), value));
  }
}
