import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { scopegateSession } from "@scopegate/core";
import type { ScopegateOptions } from "@scopegate/core";
import { startEmulator } from "@scopegate/emulator";
import { expect } from "vitest";
import { CLIENT, DRIVE } from "../app/scenario.ts";
import { RawBrowser } from "./browser.ts";
import { reaching, spellings } from "./odd-paths.ts";

/** The parts of an app with guarded routes: options for `googleOAuth()`, and the work of the guarded handler. */
export interface RouterParts {
  readonly options: Required<Pick<ScopegateOptions, "client" | "redirectUri" | "endpoints" | "session">>;
  /** Only the guarded handler may call it. */
  readonly run: () => void;
}

/**
 * Tries every spelling of `/files/drive` on a server: signed out, signed in without the scope, and with the scope.
 * Only the user with the scope may reach the handler.
 * @returns the spellings that reached it
 */
export async function tryOddPaths(
  build: (parts: RouterParts) => RequestListener | Promise<RequestListener>,
  more: readonly string[] = [],
): Promise<string[]> {
  const google = await startEmulator();
  const server = createServer();
  server.listen(0, "localhost");
  await once(server, "listening");
  try {
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    const redirectUri = `${origin}/oauth2callback`;
    google.addClient({ ...CLIENT, redirectUris: [redirectUri] });
    const session = scopegateSession({ keys: ["a session key of the tests, 32 characters"] });
    let runs = 0;
    const options = { client: CLIENT, redirectUri, endpoints: google.endpoints, session };
    server.on("request", await build({ options, run: () => void (runs += 1) }));

    const targets = [...spellings("/files/drive"), ...more];
    const signIn = async (browser: RawBrowser, target: string) => {
      const { location } = await browser.open(target);
      expect((await browser.open(await google.approve(location))).status).toBe(302);
    };
    const user = new RawBrowser(origin);
    expect(await reaching(user, targets, () => runs), "signed out").toEqual([]);
    await signIn(user, "/authorize");
    expect(await reaching(user, targets, () => runs), "without the scope").toEqual([]);
    await signIn(user, `/authorize?scope=${DRIVE}`);
    return await reaching(user, targets, () => runs);
  } finally {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
    await google.stop();
  }
}

/** Spellings that must reach the handler, and spellings that must not. They show that a router's setting has effect. */
export type Expected = readonly [reached: readonly string[], others?: readonly string[]];

export function expectReached(reached: readonly string[], [some, others = []]: Expected): void {
  expect(reached).toEqual(expect.arrayContaining(["GET /files/drive", ...some]));
  for (const other of others) expect(reached).not.toContain(other);
}

/** Spellings for these expectations. */
export const UPPER = "GET /FILES/DRIVE";
export const SLASH = "GET /files/drive/";
export const DOUBLE = "GET /files//drive";
export const ENCODED = "GET /files/%64rive";
