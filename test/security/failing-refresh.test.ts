import type { Fault } from "@scopegate/emulator";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, startScenario } from "../harness/app/scenario.ts";
import { GRANT_STORES, tokenRequests } from "../harness/security/effects.ts";

const HOUR = 3600_000;
/** The option `timeout`, in milliseconds: the test waits for it where Google hangs, and Google responds within it elsewhere. */
const TIMEOUT = 1_500;
/** The documented limit of the HTTP client: three attempts. */
const ATTEMPTS = 3;

type Strike = Omit<Fault, "endpoint">;

/** Retryable failures, and the number of attempts at a refresh for each. */
const RETRYABLE: readonly (readonly [name: string, strike: Strike, sent: number])[] = [
  ["a 500", { status: 500 }, ATTEMPTS],
  ["a 503", { status: 503 }, ATTEMPTS],
  ["a 503 that says `invalid_grant`", { status: 503, body: { error: "invalid_grant" } }, ATTEMPTS],
  ["a 429", { status: 429 }, ATTEMPTS],
  ["a 429 that asks for a minute", { status: 429, headers: { "Retry-After": "60" } }, 1],
  ["a hung connection", { hang: true }, ATTEMPTS],
  ["a reset connection", { reset: true }, ATTEMPTS],
  ["a lost response", { reset: true, after: true }, ATTEMPTS],
  ["a proxy's 403 page", { status: 403, body: "<html>Blocked</html>" }, 1],
  ["an `internal_failure`", { status: 400, body: { error: "internal_failure" } }, 1],
];

describe.concurrent.each(frameworks)("a refresh that fails on %s", (_name, startApp) => {
  describe.each(GRANT_STORES)("with grants in %s", (_store, make) => {
    it.each(RETRYABLE)(
      "S31 because of %s deletes nothing, stops after a few attempts, and the next refresh works",
      async (_case, strike, sent) => {
        const { options, grantsOf } = make();
        const hung = "hang" in strike && { timeout: TIMEOUT };
        await using scenario = await startScenario(startApp, { options: { ...options, ...hung } });
        const { google, visitor } = scenario;
        await visitor.walk("/drive");
        const before = await grantsOf(scenario);
        google.clock.advance(HOUR);
        google.faults.add({ endpoint: "token", times: Infinity, ...strike });

        const response = await visitor.call("/token");
        const isPage = "body" in strike && typeof strike.body === "string";
        expect(response.body).toEqual({ thrown: isPage ? "invalid_response" : "temporarily_unavailable" });
        expect(tokenRequests(scenario, "refresh_token")).toHaveLength(sent);
        expect(await grantsOf(scenario)).toEqual(before);
        // The user stays signed in, and pages that need no token still work.
        expect((await visitor.call("/drive")).status).toBe(200);

        google.faults.clear();
        expect((await visitor.call("/token")).body.token).toMatch(/^ya29\./);
      },
    );

    it("S31 `invalid_rapt` asks for a new sign-in, and deletes nothing", async () => {
      const { options, grantsOf } = make();
      await using scenario = await startScenario(startApp, { options });
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      const before = await grantsOf(scenario);
      google.clock.advance(HOUR);
      google.requireReauth(ADA);
      expect((await visitor.call("/token")).body).toEqual({ thrown: "reauthentication_required" });
      expect(await grantsOf(scenario)).toEqual(before);
      await visitor.walk("/calendar");
      expect((await visitor.call("/token")).body.token).toMatch(/^ya29\./);
    });

    it("S32 because the token endpoint hangs fails all callers after a few shared attempts, and the next call works", async () => {
      const { options, grantsOf } = make();
      await using scenario = await startScenario(startApp, { options: { ...options, timeout: TIMEOUT } });
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      const before = await grantsOf(scenario);
      google.clock.advance(HOUR);
      google.faults.add({ endpoint: "token", times: ATTEMPTS, hang: true });
      const responses = await Promise.all(Array.from({ length: 30 }, () => visitor.call("/token")));
      expect(new Set(responses.map(({ body }) => body.thrown as string))).toEqual(new Set(["temporarily_unavailable"]));
      expect(tokenRequests(scenario, "refresh_token")).toHaveLength(ATTEMPTS);
      expect(await grantsOf(scenario)).toEqual(before);
      expect((await visitor.call("/token")).body.token).toMatch(/^ya29\./);
    });
  });

  it("S31 with a short `Retry-After` waits that long, and the retry succeeds", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    google.clock.advance(HOUR);
    google.faults.add({ endpoint: "token", status: 429, headers: { "Retry-After": "1" } });
    expect((await visitor.call("/token")).status).toBe(200);
    const [refused, sent] = tokenRequests(scenario, "refresh_token");
    expect(sent!.at - refused!.at).toBeGreaterThanOrEqual(990);
  });

  it("S31 with a long `Retry-After` passes it on to the client", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    google.clock.advance(HOUR);
    google.faults.add({ endpoint: "token", times: Infinity, status: 503, headers: { "Retry-After": "120" } });
    const response = await visitor.call("/token");
    expect([response.status, response.headers["retry-after"]]).toEqual([503, "120"]);
  });
});
