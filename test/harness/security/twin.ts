import type { ScopegateOptions } from "@scopegate/core";
import { CLIENT, ROUTES } from "../app/scenario.ts";
import type { Scenario } from "../app/scenario.ts";
import type { StartApp, TestApp } from "../app/test-app.ts";
import { Visitor } from "../app/visitor.ts";

/** A second app with the same OAuth client at the same Google, which takes it for another process of a deployment. */
export interface Twin extends AsyncDisposable {
  readonly app: TestApp;
  readonly visitor: Visitor;
}

/** Starts a second app for a scenario. The options decide what the two apps share. */
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
