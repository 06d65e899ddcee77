import type { ScopegateOptions } from "@scopegate/core";
import { CLIENT, ROUTES } from "../app/scenario.ts";
import type { Scenario } from "../app/scenario.ts";
import type { StartApp, TestApp } from "../app/test-app.ts";
import { Visitor } from "../app/visitor.ts";

/** A second app of the same OAuth client at the same Google: another process of a deployment, as far as Google knows. */
export interface Twin extends AsyncDisposable {
  readonly app: TestApp;
  readonly visitor: Visitor;
}

/** Starts an app beside a scenario's; whatever they share is given by the options. */
export async function startTwin(startApp: StartApp, { google }: Scenario, options: ScopegateOptions): Promise<Twin> {
  const twin = await startApp({
    routes: ROUTES,
    options: (origin) => {
      const redirectUri = `${origin}/oauth2callback`;
      const client = google.clients.find(({ clientId }) => clientId === CLIENT.clientId)!;
      google.addClient({ ...client, redirectUris: [...client.redirectUris, redirectUri] });
      return { client: CLIENT, redirectUri, endpoints: google.endpoints, now: () => google.clock.now(), ...options };
    },
  });
  return { app: twin, visitor: new Visitor(twin.origin, google), [Symbol.asyncDispose]: () => twin.stop() };
}
