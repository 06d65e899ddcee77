import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator } from "@scopegate/emulator";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished } from "vitest";
import { createApp } from "../../examples/express-drive/app.ts";
import { newContext } from "../harness/chromium.ts";
import { Person } from "./person.ts";

/** The demo app with its own Google, for all tests of a suite. Google is reset between them. */
export interface Demo {
  readonly origin: string;
  readonly google: Emulator;
  /** The entries that the app has logged since the start of the test. */
  readonly logged: readonly unknown[];
  /** A person with a new browser profile, which records what a page must not do. */
  newPerson(options?: BrowserContextOptions): Promise<Person>;
}

/** Runs the demo app for the suite that calls this. */
export function useDemo(browser: () => Browser): () => Demo {
  let server: Server;
  let google: Emulator;
  let origin: string;
  const logged: unknown[] = [];

  beforeAll(async () => {
    server = createServer().listen(0, "localhost");
    await once(server, "listening");
    origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    const client = { clientId: "browser-tests.apps.googleusercontent.com", clientSecret: "browser-tests-secret" };
    const redirectUri = `${origin}/oauth2callback`;
    google = await startEmulator({ clients: [{ ...client, redirectUris: [redirectUri], name: "Scopegate demo" }] });
    const app = createApp({
      google: { client, redirectUri, endpoints: google.endpoints },
      apis: google.apis,
      localGoogle: { url: google.url, removeAccess: (subject) => google.revokeUser(subject) },
      log: (error) => logged.push(error),
    });
    server.on("request", app);
  });
  beforeEach(() => {
    google.reset();
    logged.length = 0;
  });
  afterAll(async () => {
    await google.stop();
    server.closeAllConnections();
    server.close();
  });

  return () => ({
    origin,
    google,
    logged,
    async newPerson(options = {}) {
      const context = await newContext(browser(), {
        baseURL: origin,
        locale: "en-GB",
        reducedMotion: "reduce",
        ...options,
      });
      const person = new Person(await context.newPage(), origin, google);
      onTestFinished(async () => {
        await context.close();
        expect(person.complaints).toEqual([]);
      });
      return person;
    },
  });
}
