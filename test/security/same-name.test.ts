import { once } from "node:events";
import { scopegateSession } from "@scopegate/core";
import type { ScopegateOptions } from "@scopegate/core";
import { startEmulator } from "@scopegate/emulator";
import { describe, expect, it, onTestFinished } from "vitest";
import { CLIENT } from "../harness/app/scenario.ts";
import { RawBrowser } from "../harness/security/browser.ts";
import { atRequest, everyFrameworkWithTwo, listening } from "../harness/security/two-instances.ts";
import type { StartTwo } from "../harness/security/two-instances.ts";

const GRACE = "grace@workspace.example";

/** An app in which any user may sign in at the first instance, and only some at the second one. */
async function startTwo(start: StartTwo, changes: ScopegateOptions) {
  const google = await startEmulator();
  const { server, origin } = await listening();
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await Promise.all([once(server, "close"), google.stop()]);
  });
  const uris = [`${origin}/oauth2callback`, `${origin}/only-staff/oauth2callback`] as const;
  google.addClient({ ...CLIENT, redirectUris: [...uris] });
  const shared = {
    client: CLIENT,
    endpoints: google.endpoints,
    session: scopegateSession({ keys: ["the key of the tests' own session"] }),
    now: () => google.clock.now(),
  };
  const second = { ...shared, redirectUri: uris[1], basePath: "/only-staff", ...changes };
  await start(server, [{ ...shared, redirectUri: uris[0] }, second]);
  const browser = new RawBrowser(origin);
  return {
    browser,
    async signIn(at: string, user: string) {
      const { location } = await browser.open(`${at}/authorize`);
      return browser.open(await google.approve(location, { user }));
    },
  };
}

/** The demands of the second instance, which the first one does not have. */
const DEMANDS: readonly (readonly [name: string, demand: ScopegateOptions])[] = [
  ["hostedDomain", { hostedDomain: "workspace.example" }],
  ["admit", { admit: ({ user }) => user.email === GRACE }],
];

describe.each(atRequest)("two instances of one name on %s", (_name, start) => {
  it.each(DEMANDS)("S77 serve no request of a user that `%s` of the second one refuses", async (_demand, demand) => {
    const { browser, signIn } = await startTwo(start, demand);
    expect((await signIn("", "ada@example.com")).location).toBe("/");
    for (const target of ["/staff", "/only-staff/authorize", "/only-staff/signout"]) {
      const { status, text, location } = await browser.open(target);
      expect([status, location], target).toEqual([500, ""]);
      expect(text).toContain('TypeError: Two googleOAuth() instances with the `name` "googleAuth" serve this request.');
    }
  });
});

describe.each(everyFrameworkWithTwo)("two instances with their own names on %s", (_name, start) => {
  it.each(DEMANDS)("S77 ask each user for the sign-in that `%s` of the second one accepts", async (_demand, demand) => {
    const { browser, signIn } = await startTwo(start, { ...demand, name: "staffGoogle" });
    expect((await signIn("", "ada@example.com")).location).toBe("/");
    expect((await browser.call("/staff")).status).toBe(401);
    expect((await signIn("/only-staff", "ada@example.com")).status).toBe(403);
    expect((await browser.call("/staff")).status).toBe(401);
    expect((await signIn("/only-staff", GRACE)).location).toBe("/");
    expect((await browser.call("/staff")).text).toBe("the staff's page");
  });
});

describe("two instances of one name on Fastify 5", () => {
  it("S77 are a TypeError when the app registers the second one", async () => {
    const [, startOnFastify] = everyFrameworkWithTwo.at(-1)!;
    await expect(startTwo(startOnFastify, { hostedDomain: "workspace.example" })).rejects.toThrow(
      'Two googleOAuth() instances with the `name` "googleAuth" are registered in one context.',
    );
  });
});
