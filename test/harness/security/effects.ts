import { memoryTokenStore } from "@scopegate/core";
import type { AuthError, ScopegateOptions, TokenStore } from "@scopegate/core";
import type { GrantKey, StoredGrant } from "@scopegate/core/store-kit";
import type { LoggedRequest } from "@scopegate/emulator";
import { expect } from "vitest";
import { clientAt } from "../../../packages/core/src/store/issuer-store.ts";
import { CLIENT, runningIssuers } from "../app/scenario.ts";
import type { Scenario } from "../app/scenario.ts";
import type { TestApp } from "../app/test-app.ts";

/** The option `on`, and the errors that its hook received, oldest first. */
export function collectFailures() {
  const failures: AuthError[] = [];
  return { failures, on: { failed: ({ error }: { readonly error: AuthError }) => void failures.push(error) } };
}

/** Scopegate's content of the app's sessions, by session ID. Sessions without such content are left out. */
export function keptInSessions(app: TestApp): Record<string, Record<string, unknown>> {
  const kept = Object.entries(app.sessions()).map(([id, content]) => {
    const own = Object.entries(content).filter(([key]) => key.startsWith("scopegate:"));
    return [id, Object.fromEntries(own)] as const;
  });
  return Object.fromEntries(kept.filter(([, own]) => Object.keys(own).length > 0));
}

/** Every grant of the tests' client in a store, still sealed, of all issuers that run. */
export async function grantsIn(store: TokenStore): Promise<{ key: GrantKey; grant: StoredGrant }[]> {
  const grants: { key: GrantKey; grant: StoredGrant }[] = [];
  for (const issuer of runningIssuers) {
    for await (const [key, grant] of store.entries(clientAt(CLIENT.clientId, issuer))) grants.push({ key, grant });
  }
  return grants;
}

/** Token requests of one grant type that reached Google. */
export function tokenRequests(
  { google }: Scenario,
  grantType: "authorization_code" | "refresh_token",
): LoggedRequest[] {
  return google.requests.of("token").filter(({ form }) => form["grant_type"] === grantType);
}

/** Expects the effect of a refused sign-in: no session, no grant, and a browser that is signed out. */
export async function expectSignedOut({ app, visitor }: Scenario, store?: TokenStore): Promise<void> {
  expect(keptInSessions(app)).toEqual({});
  if (store !== undefined) expect(await grantsIn(store)).toEqual([]);
  expect((await visitor.call("/")).body).toEqual({ signedIn: false, user: null, scopes: [] });
}

/** The two kinds of places for grants, with a function that reads the grants there. */
export const GRANT_STORES = [
  ["the session", () => ({ options: {}, grantsOf: ({ app }: Scenario) => Promise.resolve(sessionGrants(app)) })],
  [
    "a shared store",
    () => {
      const store = memoryTokenStore();
      return { options: { store }, grantsOf: () => grantsIn(store) };
    },
  ],
] as const satisfies readonly (readonly [
  name: string,
  make: () => { options: ScopegateOptions; grantsOf(scenario: Scenario): Promise<unknown[]> },
])[];

/** The sealed grants in the sessions. */
export function sessionGrants(app: TestApp): unknown[] {
  return Object.values(keptInSessions(app)).flatMap((own) =>
    Object.entries(own).flatMap(([key, value]) => (key.endsWith(":grants") ? (value as unknown[]) : [])),
  );
}
