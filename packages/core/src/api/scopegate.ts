import type { FlowContext } from "../flow/context.ts";
import { checkUserId, ownerNamed } from "../flow/owner.ts";
import type { RequestScope } from "../flow/request-scope.ts";
import { timeOfSignOut } from "../flow/sign-outs.ts";
import { isDeclaredByGuard } from "../guard/declared-scopes.ts";
import { scopeRequirement } from "../guard/requirement.ts";
import type { Requirement, ScopeArguments } from "../guard/requirement.ts";
import type { RequestView } from "../http/request-view.ts";
import type { SessionHandle } from "../http/session-handle.ts";
import type { ScopegateOptions } from "../options/options.ts";
import { resolveOptions } from "../options/resolve-options.ts";
import type { ResolvedRoutes } from "../options/routes.ts";
import { handleRoute } from "../routes/handlers.ts";
import { checkMount } from "../routes/mount-path.ts";
import { middlewareSession } from "../session/middleware-session.ts";
import { securityOf } from "../session/own/cookie.ts";
import { callStore } from "../store/call-store.ts";
import type { ResealOptions, ResealProgress } from "../store/reseal-options.ts";
import { resealGrants } from "../store/reseal.ts";
import type { TokenStore } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";
import { createContext } from "./create-context.ts";
import { UserGrants } from "./user-grants.ts";

/** One OAuth client in one app. It holds no user's data: that lives in sessions and stores. */
export class Scopegate<Request = unknown> {
  /** The name of the property that an adapter attaches to requests. */
  readonly name: string;
  readonly #context: FlowContext;
  readonly #declared: Set<string>;
  readonly #isSecure: (request: RequestView) => boolean;

  /**
   * @param env - the environment variables that stand in for missing options
   * @throws TypeError for an option that makes no sense, naming it
   */
  constructor(
    options: ScopegateOptions<Request> = {},
    env: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    const resolved = resolveOptions(options, env);
    const { name, redirectUris, scopes, incrementalScopes, session, timeout } = resolved.options;
    this.name = name;
    session?.limitWaits?.(timeout);
    this.#isSecure = securityOf(redirectUris);
    this.#declared = new Set([...scopes, ...incrementalScopes]);
    this.#context = createContext(resolved, (scope) => this.#declared.has(scope) || isDeclaredByGuard(scope));
  }

  /** The paths of Scopegate's own routes, for routers that need a list. */
  get routes(): ResolvedRoutes {
    return this.#context.options.routes;
  }

  /** A request as this instance sees it. Reads nothing yet. */
  scopeOf(request: RequestView): RequestScope {
    return { context: this.#context, request };
  }

  /** Whether a scope belongs to this instance. */
  owns(scope: RequestScope): boolean {
    return scope.context === this.#context;
  }

  /**
   * The response to a request for one of Scopegate's routes; `undefined` for any other request.
   * @throws TypeError if the instance is mounted where its callback never arrives
   */
  route(scope: RequestScope): Promise<Response> | undefined {
    const { routes } = this.#context.options;
    const { url, mountPath } = scope.request;
    if (mountPath !== "") checkMount(mountPath, routes.paths.callback);
    const name = routes.match(url, mountPath);
    if (name === undefined) return undefined;
    const loading = this.load(scope.request);
    return loading === undefined ? handleRoute(name, scope) : loading.then(() => handleRoute(name, scope));
  }

  /**
   * Loads the own session of a request (option `session`) before its handler runs. Guards report a store that fails.
   * @returns `undefined` if there is nothing to wait for
   */
  load(request: RequestView): Promise<void> | undefined {
    return this.#context.options.session?.load(request, this.#isSecure(request));
  }

  /**
   * The session of a request: the own session with the option `session`, else that of the app's session middleware.
   * @param holder - the framework's request, if session middleware may have put a session on it
   * @param read - finds the session of the framework's session middleware
   */
  sessionOf(request: RequestView, holder?: object, read = middlewareSession): SessionHandle | undefined {
    const { session, timeout } = this.#context.options;
    if (session !== undefined) return session.of(request, this.#isSecure(request));
    return holder && read(holder, () => request.headersSent, timeout);
  }

  /** The app's own user of a request, by the option `userId`. */
  userIdOf(raw: unknown): string | undefined {
    return checkUserId(this.#context.options.userId?.(raw), "userId");
  }

  /** The requirement of a guard of this instance. `/authorize` may request its scopes from now on. */
  requireScopes(args: ScopeArguments<Request>): Requirement {
    const requirement = scopeRequirement(args);
    for (const scope of [...requirement.allOf, ...requirement.anyOf]) this.#declared.add(scope);
    return requirement;
  }

  /** See {@link InstanceMethods.forUser}. */
  forUser(userId: string | number, { account }: { readonly account?: string } = {}): UserGrants {
    const vault = this.#requireSharedStore("forUser");
    const id = checkUserId(userId, "forUser");
    if (id === undefined) throw new TypeError("google.forUser: pass the ID of a user.");
    return new UserGrants(this.#context, vault, ownerNamed(id, this.#context.options), account);
  }

  /** See {@link InstanceMethods.signOutEverywhere}. */
  async signOutEverywhere(subject: string): Promise<void> {
    const { store } = this.#requireSharedStore("signOutEverywhere");
    const { clientId } = this.#context.options.client;
    const at = await timeOfSignOut(this.#context, subject);
    await callStore(() => (store as TokenStore).setSignedOut(clientId, subject, at));
  }

  /** See {@link InstanceMethods.reseal}. */
  async reseal(options?: ResealOptions): Promise<ResealProgress> {
    return resealGrants(this.#requireSharedStore("reseal"), this.#context.options.client.clientId, options);
  }

  #requireSharedStore(method: string): GrantVault {
    const vault = this.#context.sharedVault;
    if (vault === undefined) {
      throw new TypeError(
        `google.${method}: the session token store works only with a request. Give googleOAuth() a \`store\` such as memoryTokenStore() or redisTokenStore({ client }).`,
      );
    }
    return vault;
  }
}
