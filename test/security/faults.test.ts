import { memoryTokenStore } from "@scopegate/core";
import type { AuthErrorCode, ScopegateOptions } from "@scopegate/core";
import { ERROR_TABLE } from "@scopegate/core/adapter";
import type { Fault } from "@scopegate/emulator";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ROUTES, startScenario } from "../harness/app/scenario.ts";
import type { Scenario } from "../harness/app/scenario.ts";
import type { StartApp, TestRoute } from "../harness/app/test-app.ts";
import { collectFailures, expectSignedOut, grantsIn } from "../harness/security/effects.ts";

const HOUR = 3600_000;
/** Milliseconds for what hangs: longer than any answer takes on a busy machine. */
const TIMEOUT = 600;
const TEN_MEGABYTES = "x".repeat(10 * 1024 * 1024);
/** Where nobody listens. */
const NOWHERE = "http://127.0.0.1:1/";

const LATER = "temporarily_unavailable";
const UNUSABLE = "invalid_response";
const HALF_DONE = "revocation_incomplete";
const done = "done";

type Strike = Omit<Fault, "endpoint">;

/** How an API call ends: with a status, or with the error that `fetch` or reading the answer throws. */
type CallEnd = number | "TimeoutError" | "TypeError" | "SyntaxError";

/**
 * What Google's endpoints do wrong, and what becomes of it.
 *
 * - At sign-in, the user sees a page with a way to try again, and nobody is signed in.
 * - At a refresh, a page or JSON; the user stays signed in, and the grant stays as it was.
 * - At a revocation, all is gone here; `revocation_incomplete` says that Google may not know. Of an answer of 200 the
 *   body says nothing (RFC 7009 section 2.2), as long as it can be read.
 * - A call of an API is the app's: it gets what `fetch` gives, and brings its own time-out.
 *
 * Whatever it was, the next request works.
 */
const MATRIX: readonly (readonly [
  name: string,
  fault: Strike,
  codeExchange: AuthErrorCode,
  signingKeys: AuthErrorCode,
  refresh: AuthErrorCode,
  revocation: AuthErrorCode | typeof done,
  apiCall: CallEnd,
])[] = [
  // What Google does                                       code      keys   refresh   revoke     API call
  ["hangs", { hang: true }, /*                           */ LATER, LATER, LATER, HALF_DONE, "TimeoutError"],
  ["answers too late", { delay: 3 * TIMEOUT }, /*        */ LATER, LATER, LATER, HALF_DONE, "TimeoutError"],
  ["answers in drips", { drip: { everyMs: 400 } }, /*    */ LATER, LATER, LATER, HALF_DONE, "TimeoutError"],
  ["resets the connection", { reset: true }, /*          */ LATER, LATER, LATER, HALF_DONE, "TypeError"],
  ["is cut off in its answer", { truncate: true }, /*    */ LATER, LATER, LATER, HALF_DONE, "TypeError"],
  ["answers 429", { status: 429 }, /*                    */ LATER, LATER, LATER, HALF_DONE, 429],
  ["answers 429 for a minute", patience(429), /*         */ LATER, LATER, LATER, HALF_DONE, 429],
  ["answers 500", { status: 500 }, /*                    */ LATER, LATER, LATER, HALF_DONE, 500],
  ["answers 503", { status: 503 }, /*                    */ LATER, LATER, LATER, HALF_DONE, 503],
  ["answers 503 for a minute", patience(503), /*         */ LATER, LATER, LATER, HALF_DONE, 503],
  ["answers with a page", { body: "<html>Hi</html>" }, /**/ UNUSABLE, LATER, UNUSABLE, done, "SyntaxError"],
  ["answers 10 MB", { body: { text: TEN_MEGABYTES } }, /**/ UNUSABLE, LATER, UNUSABLE, HALF_DONE, 200],
  ["redirects", redirection(), /*                        */ UNUSABLE, LATER, UNUSABLE, HALF_DONE, "TypeError"],
];

function patience(status: number): Strike {
  return { status, headers: { "Retry-After": "60" } };
}

function redirection(): Strike {
  return { status: 307, headers: { location: NOWHERE } };
}

/** A route that calls an API as an app should: with a time-out, and with eyes for what may fail. */
const CALL: TestRoute = {
  path: "/fetch",
  handle: async (auth, _session, query) => {
    try {
      const response = await auth.fetch(query.get("url")!, { signal: AbortSignal.timeout(TIMEOUT) });
      const body = (await response.json()) as object;
      return { end: response.status, isJson: typeof body === "object" };
    } catch (error) {
      return { end: (error as Error).name };
    }
  },
};

/** Starts an app whose Google does something wrong at one endpoint, now or later. */
async function start(startApp: StartApp, fault: Strike) {
  const store = memoryTokenStore();
  const { failures, on } = collectFailures();
  const isSlow = "hang" in fault || "delay" in fault || "drip" in fault;
  const options: ScopegateOptions = { store, on, ...(isSlow && { timeout: TIMEOUT }) };
  const scenario = await startScenario(startApp, { options, routes: [...ROUTES, CALL], errorHandler: true });
  const strike = (endpoint: Fault["endpoint"]) => scenario.google.faults.add({ ...fault, endpoint, times: Infinity });
  const codes = () => failures.map(({ code }) => code);
  return { scenario, store, strike, codes };
}

/** A page for people, with a way on; and `Retry-After` where it makes sense to wait. */
function expectPage(
  { status, headers, text }: Awaited<ReturnType<Scenario["visitor"]["open"]>>,
  code: AuthErrorCode,
  fault: Strike,
): void {
  expect(status).toBe(ERROR_TABLE[code].status);
  expect(headers["content-type"]).toContain("text/html");
  expect(headers["cache-control"]).toBe("no-store");
  expect(text).toMatch(/<a [^>]*href="/);
  const isWait = ERROR_TABLE[code].status === 503;
  expect(headers["retry-after"]).toBe(isWait ? (fault.headers?.["Retry-After"] ?? "5") : undefined);
}

describe.concurrent.each(frameworks)("faults of Google on %s", (_name, startApp) => {
  it.each(MATRIX)("a token endpoint that %s, at sign-in", async (_case, fault, code) => {
    const { scenario, store, strike, codes } = await start(startApp, fault);
    await using _ = scenario;
    strike("token");
    expectPage((await scenario.visitor.walk("/drive")).response, code, fault);
    expect(codes()).toEqual([code]);
    await expectSignedOut(scenario, store);
    // A code is single-use: never sent twice (RFC 6749 section 4.1.2).
    expect(scenario.google.requests.of("token")).toHaveLength(1);
    await expectRecovery(scenario);
  });

  it.each(MATRIX)("signing keys whose endpoint %s, at sign-in", async (_case, fault, _code, code) => {
    const { scenario, store, strike, codes } = await start(startApp, fault);
    await using _ = scenario;
    strike("jwks");
    expectPage((await scenario.visitor.walk("/drive")).response, code, fault);
    expect(codes()).toEqual([code]);
    await expectSignedOut(scenario, store);
    await expectRecovery(scenario);
  });

  it.each(MATRIX)("a token endpoint that %s, at a refresh", async (_case, fault, _code, _keys, code) => {
    const { scenario, store, strike, codes } = await start(startApp, fault);
    await using _ = scenario;
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    const before = await grantsIn(store);
    google.clock.advance(HOUR);
    strike("token");
    const [page, json] = await Promise.all([visitor.open("/token"), visitor.call("/token")]);
    expectPage(page, code, fault);
    expect([json.status, json.body]).toEqual([ERROR_TABLE[code].status, { error: code }]);
    expect(new Set(codes())).toEqual(new Set([code]));
    expect(await grantsIn(store)).toEqual(before);
    expect((await visitor.call("/drive")).status).toBe(200);
    google.faults.clear();
    expect((await visitor.call("/token")).body.token).toMatch(/^ya29\./);
  });

  it.each(MATRIX)("a revocation endpoint that %s", async (_case, fault, _code, _keys, _refresh, code) => {
    const { scenario, store, strike, codes } = await start(startApp, fault);
    await using _ = scenario;
    await scenario.visitor.walk("/drive");
    strike("revocation");
    const answer = await scenario.visitor.post("/revoke", {}, { "Sec-Fetch-Site": "same-origin" });
    if (code === done) expect(answer.status).toBe(303);
    else expectPage(answer, code, fault);
    expect(codes()).toEqual(code === done ? [] : [code]);
    await expectSignedOut(scenario, store);
    await expectRecovery(scenario);
  });

  describe.each(["drive", "userinfo"] as const)("of its %s API", (api) => {
    it.each(MATRIX)("which %s", async (_case, fault, _code, _keys, _refresh, _revoke, end) => {
      const { scenario, store, strike, codes } = await start(startApp, fault);
      await using _ = scenario;
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      const before = await grantsIn(store);
      const url = api === "drive" ? `${google.apis.drive}/files` : google.endpoints.userinfo;
      const call = `/fetch?url=${encodeURIComponent(url)}`;
      strike(api);
      expect((await visitor.call(call)).body).toMatchObject({ end });
      // An API's trouble is none of the grant's: nothing is refreshed, told or lost.
      expect(codes()).toEqual([]);
      expect(await grantsIn(store)).toEqual(before);
      google.faults.clear();
      expect((await visitor.call(call)).body).toEqual({ end: 200, isJson: true });
    });
  });
});

/** The fault has passed: the same browser signs in as if nothing had been. */
async function expectRecovery({ google, visitor }: Scenario): Promise<void> {
  google.faults.clear();
  expect((await visitor.walk("/drive")).response.body).toMatchObject({ page: "drive" });
}
