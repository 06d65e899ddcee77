// Stores and functions of the app that never finish: each wait of a request has a limit.
import { memorySessionStore, memoryTokenStore, scopegateSession } from "@scopegate/core";
import type { ScopegateOptions, SessionRecordStore } from "@scopegate/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { hasMiddleware } from "../harness/app/matrix.ts";
import { ADA, ROUTES } from "../harness/app/scenario.ts";
import { startAttack } from "../harness/security/attack.ts";
import { grantsIn } from "../harness/security/effects.ts";

const GRACE = "grace@workspace.example";
const KEY = "a session key of the tests, 32 characters";
/** Long enough for a response on a busy machine, in milliseconds. */
const TIMEOUT = 1000;

const never = async (): Promise<never> => Promise.withResolvers<never>().promise;

/** A session store that responds later, and that stops to respond on demand. */
function stoppableStore() {
  const store = memorySessionStore();
  const stopped = new Set<"get" | "set" | "delete">();
  const unlessStopped = async <T>(method: "get" | "set" | "delete", work: () => T): Promise<Awaited<T>> => {
    if (stopped.has(method)) return never();
    return await work();
  };
  const slow: SessionRecordStore = {
    get: async (key) => unlessStopped("get", () => store.get(key)),
    set: async (key, record, options) => unlessStopped("set", () => store.set(key, record, options)),
    delete: async (key) => unlessStopped("delete", () => store.delete(key)),
  };
  return { store: slow, stopped };
}

async function timeOf(work: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work;
  return performance.now() - began;
}

/** Collects the process warnings with a code until the test ends. */
function warningsOf(code: string): string[] {
  const messages: string[] = [];
  const listener = (warning: Error & { code?: string }) => {
    if (warning.code === code) messages.push(warning.message);
  };
  process.on("warning", listener);
  onTestFinished(() => void process.off("warning", listener));
  return messages;
}

describe.each(frameworks.filter(hasMiddleware))(
  "an own session's store that stops to respond on %s",
  (_name, start) => {
    it("S67 leaves no request waiting, and serves the user again once it responds", async () => {
      const { store, stopped } = stoppableStore();
      const session = scopegateSession({ keys: [KEY], store });
      await using attack = await startAttack(start, { session: "none", options: { session, timeout: TIMEOUT } });
      const { victim } = attack;
      await attack.signIn();
      stopped.add("get");
      expect((await victim.call("/")).json).toMatchObject({ signedIn: false, user: null });
      // From now on requests wait a tenth.
      const times = [
        await timeOf(victim.call("/").then(({ json }) => expect(json).toMatchObject({ signedIn: false }))),
        await timeOf(victim.call("/me").then(({ status }) => expect(status).toBe(503))),
        await timeOf(victim.open("/authorize").then(({ status }) => expect(status).toBe(503))),
      ];
      expect(Math.min(...times)).toBeLessThan(TIMEOUT);
      // A browser without the cookie waits for nothing.
      expect((await attack.newBrowser().call("/me")).status).toBe(401);
      stopped.clear();
      expect((await victim.call("/me")).json["email"]).toBe(ADA);
    });

    it("S67 fails a sign-out that it cannot record, instead of leaving the browser waiting", async () => {
      const { store, stopped } = stoppableStore();
      const session = scopegateSession({ keys: [KEY], store });
      await using attack = await startAttack(start, { session: "none", options: { session, timeout: TIMEOUT } });
      const { victim } = attack;
      await attack.signIn();
      stopped.add("delete").add("set");
      expect((await victim.post("/signout", {}, { "Sec-Fetch-Site": "same-origin" })).status).toBe(503);
    });
  },
);

describe.each(frameworks)("a function of the app that never finishes on %s", (_name, start) => {
  const REFUSING: readonly (readonly [name: string, options: ScopegateOptions])[] = [
    ["admit", { admit: never }],
    ["on.authorized", { on: { authorized: never } }],
  ];

  it.each(REFUSING)("S68 refuses the sign-in with 503 for `%s`, and nothing is stored", async (name, options) => {
    const store = memoryTokenStore();
    await using attack = await startAttack(start, { options: { ...options, store, timeout: TIMEOUT } });
    const { victim } = attack;
    const { callback } = await attack.begin();
    const { status, headers, text } = await victim.open(callback.href);
    expect([status, headers["retry-after"]]).toEqual([503, "5"]);
    expect(text).toContain("app_timeout");
    expect(text).toContain(name);
    expect((await victim.call("/")).json).toMatchObject({ signedIn: false });
    expect(await grantsIn(store)).toHaveLength(0);
  });

  it("S68 leaves other hooks behind with a warning, and the work that they report stands", async () => {
    const warnings = warningsOf("SCOPEGATE_HOOK");
    const on = { signedOut: never, failed: never };
    await using attack = await startAttack(start, { options: { on, timeout: TIMEOUT } });
    const { victim } = attack;
    await attack.signIn();
    expect((await victim.post("/signout", {}, { "Sec-Fetch-Site": "same-origin" })).status).toBe(303);
    expect((await victim.call("/")).json).toMatchObject({ signedIn: false });
    expect(warnings).toContainEqual(expect.stringContaining("`on.signedOut` did not finish within"));
  });
});

describe.each(frameworks)("linking on %s", (_name, start) => {
  it("S68 refuses an account for which `admit` never finishes, and the sign-in stays", async () => {
    const store = memoryTokenStore();
    const options: ScopegateOptions = {
      store,
      timeout: TIMEOUT,
      admit: async ({ linked }) => (linked ? never() : true),
    };
    await using attack = await startAttack(start, {
      options,
      routes: [...ROUTES, { path: "/link", handle: (auth) => auth.authorizationUrl({ link: true }) }],
    });
    const { victim, google } = attack;
    await attack.signIn();
    const address = JSON.parse((await victim.call("/link")).text) as string;
    const response = await victim.open(await google.approve(address, { user: GRACE }));
    expect(response.status).toBe(503);
    expect((await victim.call("/me")).json["email"]).toBe(ADA);
    expect(await grantsIn(store)).toHaveLength(1);
  });
});
