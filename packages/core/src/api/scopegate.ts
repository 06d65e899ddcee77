import { createHash } from "node:crypto";
import { Attempts, LIFETIME_MS } from "../flow/attempt.ts";
import type { FlowContext } from "../flow/context.ts";
import { LoopGuard } from "../flow/loop-guard.ts";
import { Notifier } from "../flow/notify.ts";
import { checkUserId, ownerNamed, toldOwner } from "../flow/owner.ts";
import { Refresher } from "../flow/refresh.ts";
import { requireSession } from "../flow/session.ts";
import { SignIns } from "../flow/sign-in.ts";
import { SpentAttempts } from "../flow/spent-attempts.ts";
import { createIdTokenValidator } from "../google/id-token.ts";
import { createTokenClient } from "../google/token-client.ts";
import { isDeclaredEverywhere } from "../guard/declared-scopes.ts";
import { scopeRequirement, signInRequirement } from "../guard/requirement.ts";
import type { GuardOptions, Requirement, ScopeArguments } from "../guard/requirement.ts";
import type { RequestView } from "../http/request-view.ts";
import type { SessionHandle } from "../http/session-handle.ts";
import type { ScopegateOptions } from "../options/options.ts";
import { resolveOptions } from "../options/resolve-options.ts";
import type { ResolvedRoutes, RouteName } from "../options/route-paths.ts";
import { createPages } from "../pages/index.ts";
import { authorizeRoute } from "../routes/authorize.ts";
import { callbackRoute } from "../routes/callback.ts";
import { confirmationRoute } from "../routes/confirmation.ts";
import { checkMount } from "../routes/mount-path.ts";
import { createSealer } from "../seal/sealer.ts";
import { createTokenMaker } from "../seal/token-maker.ts";
import { middlewareSession } from "../session/middleware-session.ts";
import { securityOf } from "../session/own/cookie.ts";
import { boundedStore } from "../store/bounded-store.ts";
import { callStore } from "../store/call-store.ts";
import type { Grant } from "../store/grant.ts";
import { createPlainSealer } from "../store/plain-text.ts";
import { resealGrants } from "../store/reseal.ts";
import type { ResealOptions, ResealProgress } from "../store/reseal.ts";
import { sessionTokenStore } from "../store/session.ts";
import type { GrantKey, TokenStore } from "../store/types.ts";
import { GrantVault } from "../store/vault.ts";
import { GoogleAuth } from "./google-auth.ts";
import { UserGrants } from "./user-grants.ts";

/** What an instance can do without a request: for jobs, maintenance and the app's own administration. */
export type Offline = Pick<Scopegate, "forUser" | "reseal" | "signOutEverywhere">;

/** One OAuth client in one app: what an adapter mounts. It keeps no user's data; that lives in sessions and stores. */
export class Scopegate<Request = unknown> {
  /** The name of the property that an adapter attaches. */
  readonly name: string;
  readonly #context: FlowContext;
  readonly #declared: Set<string>;
  readonly #isSecure: (request: RequestView) => boolean;
  readonly #handlers: Readonly<Record<RouteName, (request: RequestView) => Promise<Response>>> = {
    authorize: (request) => authorizeRoute(this.#context, request),
    callback: (request) => callbackRoute(this.#context, request),
    revoke: (request) => confirmationRoute(this.attach(request), "revoke"),
    signOut: (request) => confirmationRoute(this.attach(request), "signOut"),
  };

  /** @throws TypeError for options that make no sense, naming the option */
  constructor(
    options: ScopegateOptions<Request> = {},
    env: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    const { options: resolved, masters, isPlainText } = resolveOptions(options, env);
    const { client, endpoints, name, now, dispatcher, timeout, store } = resolved;
    this.name = name;
    this.#isSecure = securityOf(resolved.redirectUris);
    this.#declared = new Set([...resolved.scopes, ...resolved.incrementalScopes]);

    // What is sealed or kept by one instance is nothing to another.
    const instance = `${client.clientId} ${name}`;
    const tag = createHash("sha256").update(instance).digest("base64url").slice(0, 8);
    const sealer = (kind: string) => createSealer(masters, `${kind} ${instance}`);
    const shared = "kind" in store ? undefined : boundedStore(store, timeout);
    const notify = new Notifier(resolved.on);
    const tokens = createTokenClient({ client, endpoints, dispatcher, timeout });
    const spentElsewhere = shared?.capabilities.shared
      ? new SpentAttempts(shared, client.clientId, LIFETIME_MS, now)
      : undefined;
    const storedGrants = createSealer(masters, `stored grant ${client.clientId}`);
    const sharedVault = shared && new GrantVault(shared, isPlainText ? createPlainSealer(storedGrants) : storedGrants);
    const sessionGrants = sealer("session grant");
    const sessionStore = "kind" in store ? store : sessionTokenStore();
    const sessionVaultOf = (request: RequestView) =>
      new GrantVault(sessionStore.bind(requireSession(request), `scopegate:${tag}:grants`), sessionGrants, {
        forgetsUnreadable: true,
      });

    this.#context = {
      options: resolved,
      attempts: new Attempts(sealer("attempt"), tag, now, spentElsewhere),
      signIns: new SignIns(`scopegate:${tag}`, now),
      loopGuard: new LoopGuard(tag),
      tokens,
      idTokens: createIdTokenValidator({
        clientId: client.clientId,
        endpoints,
        hostedDomain: resolved.hostedDomain,
        now,
        dispatcher,
        timeout,
      }),
      refresher: new Refresher({
        tokens,
        now,
        instance: name,
        events: {
          refreshed: (key, grant) => notify.refreshed(eventOf(key, grant)),
          failed: (key, error) => notify.failed(error, undefined, key),
        },
      }),
      notify,
      pages: createPages(resolved.pages),
      formTokens: createTokenMaker(masters, `form ${instance}`),
      sharedVault,
      sessionVaultOf,
      vaultOf: (request) => sharedVault ?? sessionVaultOf(request),
      signedOutAt: (subject) => shared && callStore(() => shared.signedOutAt(client.clientId, subject)),
      isDeclared: (scope) => this.#declared.has(scope) || isDeclaredEverywhere(scope),
    };
  }

  /**
   * Passes a request on once its session of our own is loaded: at once where there is nothing to wait for (no option
   * `session`, no cookie of it, a store that answers at once). A store that fails is the guards' to report.
   */
  whenLoaded<Result>(request: RequestView, pass: () => Result): Result | Promise<Awaited<Result>> {
    const loading = this.#context.options.session?.load(request, this.#isSecure(request));
    return loading === undefined ? pass() : (loading.then(() => pass()) as Promise<Awaited<Result>>);
  }

  /**
   * A request's session: of our own with the option `session`, else the one that middleware put on `holder`.
   * @param holder - the framework's request; not given by adapters that look for middleware's sessions themselves
   * @param read - knows the framework's session middleware
   */
  sessionOf(request: RequestView, holder?: object, read = middlewareSession): SessionHandle | undefined {
    const { session } = this.#context.options;
    if (session !== undefined) return session.of(request, this.#isSecure(request));
    return holder && read(holder, () => request.headersSent);
  }

  /** The answer to a request for one of our routes; `undefined`, at once, for any other. */
  route(request: RequestView): Promise<Response> | undefined {
    const { routes } = this.#context.options;
    if (request.mountPath !== "") checkMount(request.mountPath, routes.callback);
    const name = routes.match(request.url, request.mountPath);
    return name && this.whenLoaded(request, () => this.#handlers[name](request));
  }

  /** Where our routes are, for routers that must be told: the callback from the root, the others below the mount point. */
  get routes(): ResolvedRoutes {
    return this.#context.options.routes;
  }

  /** What a request's handlers are given. Reads nothing. */
  attach(request: RequestView): GoogleAuth {
    return new GoogleAuth(this.#context, request);
  }

  /** The app's own user of a request, by the `userId` option. */
  userIdOf(raw: unknown): string | undefined {
    return checkUserId(this.#context.options.userId?.(raw), "userId");
  }

  /** Whether a request's attachment is this instance's. */
  owns(auth: GoogleAuth): boolean {
    return GoogleAuth.partsOf(auth).context === this.#context;
  }

  /** The requirement of a guard of this instance; its scopes may be asked for from now on. */
  requireScopes(args: ScopeArguments<Request>): Requirement {
    const requirement = scopeRequirement(args);
    for (const scope of [...requirement.allOf, ...requirement.anyOf]) this.#declared.add(scope);
    return requirement;
  }

  requireSignIn(options?: GuardOptions<Request>): Requirement {
    return signInRequirement(options);
  }

  /**
   * What a user of the app has granted, without a request of theirs.
   * @param userId - as `userId` gives it; without that option, the Google subject
   * @throws TypeError with a session store, which exists only with a request
   */
  forUser(userId: string | number, { account }: { readonly account?: string } = {}): UserGrants {
    const vault = this.#shared("forUser");
    const id = checkUserId(userId, "forUser");
    if (id === undefined) throw new TypeError("google.forUser: name the user");
    return new UserGrants(this.#context, vault, ownerNamed(id, this.#context.options), account);
  }

  /**
   * Ends every sign-in of a Google subject in this app, on all devices; grants stay.
   * @throws TypeError with a session store, which no other session can see
   */
  async signOutEverywhere(subject: string): Promise<void> {
    const { store } = this.#shared("signOutEverywhere");
    const { client, now } = this.#context.options;
    await callStore(() => (store as TokenStore).setSignedOut(client.clientId, subject, now()));
  }

  /**
   * Seals every stored grant by the newest of `encryptionKeys`, while the app goes on; then the older keys can go. What
   * was ended early goes on where it was when it is called again.
   * @returns how many grants were resealed, skipped (the newest key had sealed them) and unreadable (left as they are)
   * @throws TypeError with a session store; AuthError `store_unavailable`; the signal's reason
   */
  async reseal(options?: ResealOptions): Promise<ResealProgress> {
    return resealGrants(this.#shared("reseal"), this.#context.options.client.clientId, options);
  }

  /** What needs no request, bound: for adapters to hand on. */
  get offline(): Offline {
    return {
      forUser: this.forUser.bind(this),
      reseal: this.reseal.bind(this),
      signOutEverywhere: this.signOutEverywhere.bind(this),
    };
  }

  #shared(method: string): GrantVault {
    const vault = this.#context.sharedVault;
    if (vault === undefined) {
      throw new TypeError(
        `google.${method}: the session token store exists only with a request; give googleOAuth a \`store\` such as memoryTokenStore() or a durable one`,
      );
    }
    return vault;
  }
}

function eventOf(key: GrantKey, { user, scopes, linked }: Grant) {
  return { user, scopes, ...toldOwner(key), ...(linked && { linked }) };
}
