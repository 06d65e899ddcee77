import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { inspect } from "node:util";
import { memoryTokenStore, sessionTokenStore } from "@scopegate/core";
import { Agent } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestContext } from "vitest";
import { findScope } from "../../packages/core/src/api/attachments.ts";
import type { RequestScope } from "../../packages/core/src/flow/request-scope.ts";
import { frameworks } from "../harness/app/frameworks.ts";
import { startScenario } from "../harness/app/scenario.ts";
import { Canaries, RecordingVisitor, visibleParts } from "../harness/security/canaries.ts";
import { talkativeApp, travel } from "../harness/security/journey.ts";
import type { Exhibits } from "../harness/security/journey.ts";

const KEY = "the key that seals grants, at least 32 characters";
const SECRETS = ["access token", "attempt cookie", "client secret", "code", "id token", "refresh token", "verifier"];
const CHANNELS = ["authorize", "callback", "refresh", "revoke", "guard"].map((name) => `scopegate:${name}`);

/** Everything that an object shows, including hidden properties and getters. */
function show(value: unknown): string {
  return inspect(value, {
    showHidden: true,
    depth: Infinity,
    getters: true,
    maxArrayLength: null,
    maxStringLength: null,
  });
}

/** Everything that an error shows: its stack, its causes, its JSON, its properties. */
function tell(error: unknown): string {
  const { message, stack, cause } = error as Error;
  const own = [message, String(stack), String(error), show(error), JSON.stringify(error)];
  return [...own, ...(cause === undefined ? [] : [tell(cause)])].join("\n");
}

function collectMessages({ onTestFinished }: TestContext): unknown[] {
  const messages: unknown[] = [];
  const listen = (message: unknown) => void messages.push(message);
  for (const channel of CHANNELS) subscribe(channel, listen);
  onTestFinished(() => {
    for (const channel of CHANNELS) unsubscribe(channel, listen);
  });
  return messages;
}

/** The warnings of this process. The tests run concurrently, so that they share one listener. */
const warnings: Error[] = [];
const onWarning = (warning: Error) => void warnings.push(warning);
beforeAll(() => void process.on("warning", onWarning));
afterAll(() => void process.off("warning", onWarning));

const STORES = [
  ["the session", sessionTokenStore],
  ["a shared store", memoryTokenStore],
] as const;

describe.concurrent.each(frameworks)("secrets on %s", (_name, startApp) => {
  describe.each(STORES)("with grants in %s", (_store, makeStore) => {
    /** Goes through a whole journey, and collects everything that it showed. */
    async function travelOnce(test: TestContext) {
      const store = makeStore();
      const canaries = new Canaries();
      canaries.plant("encryption key", KEY);
      let userinfo = "";
      const { exhibits, routes, options } = talkativeApp(() => userinfo);
      const messages = collectMessages(test);
      const scenario = await startScenario(startApp, { routes, options: { ...options, store, encryptionKeys: [KEY] } });
      test.onTestFinished(() => scenario[Symbol.asyncDispose]());
      userinfo = scenario.google.endpoints.userinfo;
      const visitor = new RecordingVisitor(scenario.app.origin, scenario.google);
      await travel(scenario, visitor, canaries);
      return { store, canaries, exhibits, messages, scenario, visitor };
    }

    it("S27 no secret appears in responses, errors, objects, warnings and diagnostics of a whole journey", async (test) => {
      const { store, canaries, exhibits, messages, scenario, visitor } = await travelOnce(test);
      for (const name of [...SECRETS, "session", "encryption key"])
        expect(canaries.count(name), name).toBeGreaterThan(0);
      expect(visitor.responses.length).toBeGreaterThan(80);
      for (const response of visitor.responses) {
        const { method, url } = response.request as { method: string; url: string };
        expect(canaries.foundIn(visibleParts(response)), `${method} ${url}`).toEqual([]);
      }

      const { app } = scenario;
      const errors = [...exhibits.errors, ...app.errors];
      expect(new Set(app.errors.map(({ code }) => code))).toContain("temporarily_unavailable");
      for (const error of errors) expect(canaries.foundIn(tell(error)), tell(error)).toEqual([]);

      for (const [what, value] of Object.entries(publicObjects(exhibits, app.google, store))) {
        expect(canaries.foundIn(show(value)), what).toEqual([]);
      }
      expect(messages.length).toBeGreaterThan(20);
      expect(canaries.foundIn([messages, exhibits.events].map(show).join("\n"))).toEqual([]);
      expect(warnings.map(tell).join("\n")).toBe("");
    });
  });

  it("S27 a log that inspects the framework's request shows no option of the instance", async ({ onTestFinished }) => {
    const requests: object[] = [];
    const loginHint = (request: unknown) => {
      requests.push(request as object);
      return undefined;
    };
    const dispatcher = Object.assign(new Agent(), { password: "CANARY-of-the-proxy" });
    onTestFinished(() => dispatcher.close());
    await using scenario = await startScenario(startApp, { options: { dispatcher, loginHint } });
    await scenario.visitor.walk("/drive");
    expect(requests.length).toBeGreaterThan(0);
    for (const request of requests) expect(inspect(request, { depth: 12 })).not.toContain("CANARY-of-the-proxy");
  });

  it("S27 the search itself finds encoded secrets", () => {
    const canaries = new Canaries();
    const secret = "GOCSPX-a/secret+with~signs";
    canaries.plant("secret", secret);
    const bytes = Buffer.from(secret);
    for (const text of [
      `x${secret}y`,
      new URLSearchParams({ secret }).toString(),
      `/a?b=${encodeURIComponent(`/c?d=${encodeURIComponent(secret)}`)}`,
      `x${bytes.toString("base64")}`,
      `.${Buffer.from(`{"a":"${secret}"}`).toString("base64url")}.`,
      show({ bytes }),
      JSON.stringify({ bytes }),
      bytes.toString("hex"),
    ]) {
      expect(canaries.foundIn(text), text).toEqual(["secret"]);
    }
    expect(canaries.foundIn("nothing of it")).toEqual([]);
  });
});

/** The scopes of the requests, which core keeps apart from the framework's objects. */
function innerScopes(requests: readonly object[]): RequestScope[] {
  return requests.map((request) => findScope(request, { owns: () => true })).filter((scope) => scope !== undefined);
}

/** The objects that an app can reach, and the inner parts of the instance that it should not reach. */
function publicObjects(
  { auths, accounts, requests }: Exhibits,
  google: unknown,
  store: unknown,
): Record<string, unknown> {
  expect(auths.length).toBeGreaterThan(0);
  expect(accounts.length).toBeGreaterThan(0);
  const contexts = innerScopes(requests).map(({ context }) => context);
  expect(contexts.length).toBeGreaterThan(0);
  return {
    "the instance": google,
    "the request's googleAuth": auths,
    accounts: accounts,
    "the store": store,
    "the inner context": contexts[0],
  };
}
