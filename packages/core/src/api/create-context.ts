import { createHash } from "node:crypto";
import { Attempts, LIFETIME_MS } from "../flow/attempt.ts";
import type { FlowContext } from "../flow/context.ts";
import { LoopGuard } from "../flow/loop-guard.ts";
import { Notifier } from "../flow/notify.ts";
import { userIdForHooks } from "../flow/owner.ts";
import { Refresher } from "../flow/refresh.ts";
import { requireSession } from "../flow/session.ts";
import { SignIns } from "../flow/sign-in.ts";
import { SpentAttempts } from "../flow/spent-attempts.ts";
import { isGoogle } from "../google/endpoints.ts";
import { createIdTokenValidator } from "../google/id-token.ts";
import { createTokenClient } from "../google/token-client.ts";
import type { RequestView } from "../http/request-view.ts";
import type { Resolved } from "../options/resolve-options.ts";
import { createPages } from "../pages/index.ts";
import { createSealer } from "../seal/sealer.ts";
import { createTokenMaker } from "../seal/token-maker.ts";
import { boundedStore } from "../store/bounded-store.ts";
import { callStore } from "../store/call-store.ts";
import type { Grant } from "../store/grant.ts";
import { clientAt, storeOfIssuer } from "../store/issuer-store.ts";
import { createPlainSealer } from "../store/plain-text.ts";
import { sessionTokenStore } from "../store/session-token-store.ts";
import type { GrantKey } from "../store/types.ts";
import { GrantVault } from "../store/vault.ts";

/** Makes the parts of an instance from its options. */
export function createContext(
  { options, masters, isPlainText }: Resolved,
  isDeclared: (scope: string) => boolean,
): FlowContext {
  const { client, endpoints, name, now, dispatcher, timeout, store, hostedDomain } = options;
  // What one issuer granted is bound to it: in cookies, sessions and stores, another issuer's instance does not find it. For
  // Google the names have no issuer, so that they stay as they were.
  const issuer = isGoogle(endpoints) ? undefined : endpoints.issuer;
  const clientName = clientAt(client.clientId, issuer);
  // One instance cannot decrypt or find what another one stored.
  const instance = `${clientName} ${name}`;
  const tag = createHash("sha256").update(instance).digest("base64url").slice(0, 8);
  const sealer = (kind: string) => createSealer(masters, `${kind} ${instance}`);

  const shared = "kind" in store ? undefined : boundedStore(storeOfIssuer(store, issuer), timeout);
  const storedGrants = createSealer(masters, `stored grant ${clientName}`);
  const sharedVault = shared && new GrantVault(shared, isPlainText ? createPlainSealer(storedGrants) : storedGrants);
  const spentElsewhere = shared?.capabilities.shared
    ? new SpentAttempts(shared, client.clientId, LIFETIME_MS, now)
    : undefined;

  const sessionStore = "kind" in store ? store : sessionTokenStore();
  const sessionGrants = sealer("session grant");
  const sessionVaultOf = (request: RequestView) =>
    new GrantVault(sessionStore.bind(requireSession(request), `scopegate:${tag}:grants`), sessionGrants, {
      forgetsUnreadable: true,
    });

  const notify = new Notifier(options.on, timeout);
  const tokens = createTokenClient({ client, endpoints, dispatcher, timeout });
  return {
    options,
    attempts: new Attempts(sealer("attempt"), tag, now, spentElsewhere),
    signIns: new SignIns(`scopegate:${tag}`, now),
    loopGuard: new LoopGuard(tag, options.redirectUris),
    tokens,
    idTokens: createIdTokenValidator({
      clientId: client.clientId,
      endpoints,
      hostedDomain,
      now,
      dispatcher,
      timeout,
    }),
    refresher: new Refresher({
      tokens,
      now,
      instance: name,
      events: {
        refreshed: (key, grant) => notify.report("refreshed", eventOf(key, grant)),
        failed: (key, error) => notify.failed(error, undefined, key),
      },
    }),
    notify,
    pages: createPages(options.pages),
    formTokens: createTokenMaker(masters, `form ${instance}`),
    sharedVault,
    sessionVaultOf,
    vaultOf: (request) => sharedVault ?? sessionVaultOf(request),
    signedOutAt: (subject) => shared && callStore(() => shared.signedOutAt(client.clientId, subject)),
    isDeclared,
  };
}

function eventOf(key: GrantKey, { user, scopes, linked }: Grant) {
  return { user, scopes, ...userIdForHooks(key), ...(linked && { linked }) };
}
