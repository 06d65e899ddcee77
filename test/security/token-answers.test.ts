import { memoryTokenStore } from "@scopegate/core";
import type { Fault } from "@scopegate/emulator";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { startScenario } from "../harness/app/scenario.ts";
import { startServer } from "../harness/loopback-server.ts";
import { collectFailures, expectSignedOut, grantsIn, tokenRequests } from "../harness/security/effects.ts";

const HOUR = 3600_000;
type Strike = Omit<Fault, "endpoint">;
const INVALID = "invalid_response";
const change = (fields: object): Strike => ({
  transform: (answer: object) => ({ ...answer, ...fields }),
});

/** Responses of status 200 that are no valid token response, and the code of the resulting error. */
const UNUSABLE: readonly (readonly [name: string, strike: Strike, code: string])[] = [
  ["HTML", { body: "<!doctype html><title>Welcome to our Wi-Fi</title>" }, INVALID],
  ["nothing", { body: "" }, INVALID],
  ["JSON, but a list", { body: [{ access_token: "a" }] }, INVALID],
  ["JSON, but null", { body: "null" }, INVALID],
  ["cut off", { truncate: true }, "temporarily_unavailable"],
  [
    "10 MB long",
    { body: { access_token: "x".repeat(10 * 1024 * 1024), token_type: "Bearer", expires_in: 3600 } },
    INVALID,
  ],
  ["10 MB of padding", change({ padding: " ".repeat(10 * 1024 * 1024) }), INVALID],
  ["without `access_token`", change({ access_token: undefined }), INVALID],
  ["with an empty `access_token`", change({ access_token: "" }), INVALID],
  ["with an `access_token` that is an object", change({ access_token: { value: "ya29" } }), INVALID],
  ["with an `access_token` that ends the header", change({ access_token: "ya29.a\r\nX-Injected: 1" }), INVALID],
  ["of `token_type` mac", change({ token_type: "mac" }), INVALID],
  ["without `token_type`", change({ token_type: undefined }), INVALID],
  ["with a negative `expires_in`", change({ expires_in: -1 }), INVALID],
  ["without `expires_in`", change({ expires_in: undefined }), INVALID],
  ["with an `expires_in` that is no number", change({ expires_in: "soon" }), INVALID],
  ["with an `expires_in` of a thousand years", change({ expires_in: 1000 * 365 * 24 * 3600 }), INVALID],
  ["with a `refresh_token` that is a list", change({ refresh_token: ["1//a"] }), INVALID],
  ["with a `scope` that is a list", change({ scope: ["openid"] }), INVALID],
];

describe.each(frameworks)("responses of the token endpoint on %s", (_name, startApp) => {
  it.each(UNUSABLE)("S33 a response to a code that is %s fails the sign-in", async (_case, strike, code) => {
    const store = memoryTokenStore();
    const { failures, on } = collectFailures();
    await using scenario = await startScenario(startApp, { options: { store, on } });
    scenario.google.faults.add({ endpoint: "token", times: Infinity, ...strike });
    await scenario.visitor.walk("/drive");
    expect(failures.map((error) => error.code)).toEqual([code]);
    await expectSignedOut(scenario, store);
    // A code is single-use, and is not sent again.
    expect(tokenRequests(scenario, "authorization_code")).toHaveLength(1);
  });

  it.each(UNUSABLE)("S33 a response to a refresh that is %s changes nothing", async (_case, strike, code) => {
    const store = memoryTokenStore();
    await using scenario = await startScenario(startApp, { options: { store } });
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    const before = await grantsIn(store);
    google.clock.advance(HOUR);
    google.faults.add({ endpoint: "token", times: Infinity, ...strike });
    expect((await visitor.call("/token")).body).toEqual({ thrown: code });
    expect(await grantsIn(store)).toEqual(before);
    google.faults.clear();
    expect((await visitor.call("/token")).body.token).toMatch(/^ya29\./);
  });

  it.each([301, 302, 303, 307, 308])(
    "S34 a %d redirect of the token or revocation endpoint is not followed",
    async (status) => {
      const evil = await startServer((response) => response.end("{}"));
      const { failures, on } = collectFailures();
      await using scenario = await startScenario(startApp, { options: { on } });
      const { google, visitor } = scenario;
      const fault = { times: Infinity, status, headers: { location: `${evil.url}/token` } };
      const placed = google.faults.add({ endpoint: "token", ...fault });
      expect((await visitor.walk("/drive")).response.status).toBe(502);
      await expectSignedOut(scenario);
      placed.remove();

      await visitor.walk("/drive");
      google.clock.advance(HOUR);
      google.faults.add({ endpoint: "token", ...fault });
      google.faults.add({ endpoint: "revocation", ...fault });
      expect((await visitor.call("/token")).body).toEqual({ thrown: "invalid_response" });
      expect((await visitor.post("/revoke", {}, { "Sec-Fetch-Site": "same-origin" })).status).toBe(502);
      expect(failures.map(({ code }) => code)).toEqual([
        "invalid_response",
        "invalid_response",
        "revocation_incomplete",
      ]);
      expect(tokenRequests(scenario, "refresh_token")).toHaveLength(1);
      expect(google.requests.of("revocation")).toHaveLength(1);
      // No code, secret or token arrived at the other host.
      expect(evil.seen).toEqual([]);
    },
  );

  it.each([302, 307])("S34 a %d redirect of the key set is not followed, and the sign-in fails", async (status) => {
    const evil = await startServer((response) => response.end('{"keys":[]}'));
    await using scenario = await startScenario(startApp);
    scenario.google.faults.add({ endpoint: "jwks", times: Infinity, status, headers: { location: evil.url } });
    expect((await scenario.visitor.walk("/drive")).response.status).toBe(503);
    await expectSignedOut(scenario);
    expect(evil.seen).toEqual([]);
  });
});
