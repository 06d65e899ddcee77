import { ERROR_TABLE, memoryTokenStore } from "@scopegate/core";
import type { AuthErrorCode, ScopegateOptions } from "@scopegate/core";
import type { Fault } from "@scopegate/emulator";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ROUTES, startScenario } from "../harness/app/scenario.ts";
import type { Scenario } from "../harness/app/scenario.ts";
import type { StartApp, TestRoute } from "../harness/app/test-app.ts";
import { collectFailures, expectSignedOut, grantsIn } from "../harness/security/effects.ts";

const HOUR = 3600_000;
/** The option `timeout`, in milliseconds: the test waits for it where Google hangs, and Google responds within it elsewhere. */
const TIMEOUT = 1_500;
const TEN_MEGABYTES = "x".repeat(10 * 1024 * 1024);
/** An address where no server listens. */
const NOWHERE = "http://127.0.0.1:1/";

const LATER = "temporarily_unavailable";
const UNUSABLE = "invalid_response";
const HALF_DONE = "revocation_incomplete";
const done = "done";

type Strike = Omit<Fault, "endpoint">;

/** The result of an API call: a status, or the name of the error that `fetch` or reading the body throws. */
type CallEnd = number | "TimeoutError" | "TypeError" | "SyntaxError";

/**
 * Faults of Google's endpoints, and their results.
 *
 * - At sign-in, the user sees a page with a link to try again, and is not signed in.
 * - At a refresh, the response is a page or JSON. The user stays signed in, and the grant stays unchanged.
 * - At a revocation, the app forgets everything. `revocation_incomplete` says that Google may not have revoked the
 *   grant. With status 200 the body does not matter (RFC 7009 section 2.2), but it must be readable.
 * - At an API call, the app gets the result of `fetch`, and sets its own timeout.
 *
 * After each fault the next request works.
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
  // The endpoint                                            code      keys   refresh   revoke     API call
  ["hangs", { hang: true }, /*                           */ LATER, LATER, LATER, HALF_DONE, "TimeoutError"],
  ["responds too late", { delay: 2 * TIMEOUT }, /*       */ LATER, LATER, LATER, HALF_DONE, "TimeoutError"],
  ["responds in drips", { drip: { everyMs: 900 } }, /*   */ LATER, LATER, LATER, HALF_DONE, "TimeoutError"],
  ["resets the connection", { reset: true }, /*          */ LATER, LATER, LATER, HALF_DONE, "TypeError"],
  ["breaks off its response", { truncate: true }, /*     */ LATER, LATER, LATER, HALF_DONE, "TypeError"],
  ["responds with 429", { status: 429 }, /*              */ LATER, LATER, LATER, HALF_DONE, 429],
  ["asks for a minute by 429", waitAMinute(429), /*      */ LATER, LATER, LATER, HALF_DONE, 429],
  ["responds with 500", { status: 500 }, /*              */ LATER, LATER, LATER, HALF_DONE, 500],
  ["responds with 503", { status: 503 }, /*              */ LATER, LATER, LATER, HALF_DONE, 503],
  ["asks for a minute by 503", waitAMinute(503), /*      */ LATER, LATER, LATER, HALF_DONE, 503],
  ["sends a page", { body: "<html>Hi</html>" }, /*       */ UNUSABLE, LATER, UNUSABLE, done, "SyntaxError"],
  ["sends 10 MB", { body: { text: TEN_MEGABYTES } }, /*  */ UNUSABLE, LATER, UNUSABLE, HALF_DONE, 200],
  ["redirects", redirection(), /*                        */ UNUSABLE, LATER, UNUSABLE, HALF_DONE, "TypeError"],
];

function waitAMinute(status: number): Strike {
  return { status, headers: { "Retry-After": "60" } };
}

function redirection(): Strike {
  return { status: 307, headers: { location: NOWHERE } };
}

/** A route that calls an API as an app should: with a timeout, and with its failures handled. */
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

/** Starts an app and a Google whose endpoint `strike` breaks. */
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

/** Expects a page with a link, and `Retry-After` if the user should wait. */
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
    // A code is single-use and must not be sent twice (RFC 6749 section 4.1.2).
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
    const response = await scenario.visitor.post("/revoke", {}, { "Sec-Fetch-Site": "same-origin" });
    if (code === done) expect(response.status).toBe(303);
    else expectPage(response, code, fault);
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
      // A fault of an API does not concern the grant: no refresh, no call of `failed`, no change.
      expect(codes()).toEqual([]);
      expect(await grantsIn(store)).toEqual(before);
      google.faults.clear();
      expect((await visitor.call(call)).body).toEqual({ end: 200, isJson: true });
    });
  });
});

/** Expects that the same browser can sign in after the fault. */
async function expectRecovery({ google, visitor }: Scenario): Promise<void> {
  google.faults.clear();
  expect((await visitor.walk("/drive")).response.body).toMatchObject({ page: "drive" });
}
