import type { ScopegateOptions } from "@scopegate/core";
import { GOOGLE_ENDPOINTS } from "@scopegate/core";
import { startEmulator } from "@scopegate/emulator";
import express from "express";
import { startOnExpress } from "../harness/app/express.ts";
import { CLIENT, ROUTES } from "../harness/app/scenario.ts";
import { Visitor } from "../harness/app/visitor.ts";

/**
 * The content of a session after a real sign-in with access to Drive. The issuer is Google's own, so that every app of the
 * same client reads the session with its default endpoints: values of another issuer are bound to that issuer.
 */
export async function signInAtGoogle(options: ScopegateOptions = {}): Promise<Record<string, unknown>> {
  const { issuer } = GOOGLE_ENDPOINTS;
  await using google = await startEmulator({ callbackExtras: { iss: false } });
  google.faults.add({
    endpoint: "token",
    times: Infinity,
    idToken: (claims) => ({ claims: { ...claims, iss: issuer } }),
  });
  const app = await startOnExpress(express)({
    routes: ROUTES,
    options: (origin) => {
      const redirectUri = `${origin}/oauth2callback`;
      google.addClient({ ...CLIENT, redirectUris: [redirectUri] });
      return { client: CLIENT, redirectUri, endpoints: { ...google.endpoints, issuer }, ...options };
    },
  });
  await new Visitor(app.origin, google).walk("/drive");
  const [content] = Object.values(app.sessions());
  await app.stop();
  if (content === undefined) throw new Error("The sign-in left no session");
  return content;
}
