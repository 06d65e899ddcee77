import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, startScenario } from "../harness/app/scenario.ts";
import type { Scenario } from "../harness/app/scenario.ts";

const FLOOD = 40;
/** As documented, unknown keys cause at most one fetch in half a minute. */
const COOLDOWN = 30_000;

/** Signs in several times with ID tokens of invented keys, at once or one by one. */
async function flood({ google, anotherVisitor }: Scenario, how: "at once" | "one by one"): Promise<number[]> {
  let kid = 0;
  const handle = google.faults.add({ endpoint: "token", times: FLOOD, idToken: () => ({ kid: `invented-${kid++}` }) });
  const statuses: number[] = [];
  const signIn = async () => void statuses.push((await anotherVisitor().walk("/me")).response.status);
  if (how === "at once") await Promise.all(Array.from({ length: FLOOD }, signIn));
  else for (let count = 0; count < FLOOD; count++) await signIn();
  expect(handle.hits).toBe(FLOOD);
  return statuses;
}

describe.each(frameworks)("Google's signing keys on %s", (_name, startApp) => {
  it.each(["at once", "one by one"] as const)(
    "S45 unknown keys, %s, cause a bounded number of fetches",
    async (how) => {
      await using scenario = await startScenario(startApp);
      const { google, visitor } = scenario;
      expect(new Set(await flood(scenario, how))).toEqual(new Set([502]));
      // The first fetch, and one for all unknown keys.
      expect(google.requests.of("jwks").length).toBeLessThanOrEqual(2);
      // Known keys still work meanwhile.
      expect((await visitor.walk("/me")).response.body).toEqual({ email: ADA });
      expect(google.requests.of("jwks").length).toBeLessThanOrEqual(2);
    },
  );

  it("S45 a rotation is noticed without a restart, and without a flood at once", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor, anotherVisitor } = scenario;
    await visitor.walk("/me");
    google.rotateKeys({ keepOld: false });
    expect((await anotherVisitor().walk("/me")).response.body).toEqual({ email: ADA });
    expect(google.requests.of("jwks")).toHaveLength(2);
  });

  it("S45 a rotation during a flood is noticed after half a minute", async () => {
    await using scenario = await startScenario(startApp);
    const { google, anotherVisitor } = scenario;
    await flood(scenario, "at once");
    google.rotateKeys({ keepOld: false });
    google.clock.advance(COOLDOWN);
    expect((await anotherVisitor().walk("/me")).response.body).toEqual({ email: ADA });
  });

  it("S45 a withdrawn key is no longer accepted after the cached set has expired", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor, anotherVisitor } = scenario;
    const leaked = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const jwk = { ...leaked.publicKey.export({ format: "jwk" }), kid: "leaked", alg: "RS256", use: "sig" };
    google.faults.add({ endpoint: "jwks", transform: ({ keys }: { keys: object[] }) => ({ keys: [...keys, jwk] }) });
    google.faults.add({ endpoint: "token", times: 2, idToken: () => ({ kid: "leaked", key: leaked.privateKey }) });
    expect((await visitor.walk("/me")).response.body).toEqual({ email: ADA });

    google.clock.advance(25 * 3600_000);
    expect((await anotherVisitor().walk("/me")).response.status).toBe(502);
    expect((await anotherVisitor().walk("/me")).response.body).toEqual({ email: ADA });
  });

  it("S45 keys that cannot be fetched again still work, and without any key only the current sign-in fails", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor, anotherVisitor } = scenario;
    google.faults.add({ endpoint: "jwks", times: 3, status: 503 });
    const down = await visitor.walk("/me");
    expect([down.response.status, (await visitor.call("/")).body.signedIn]).toEqual([503, false]);
    expect((await visitor.walk("/me")).response.body).toEqual({ email: ADA });

    google.clock.advance(25 * 3600_000);
    google.faults.add({ endpoint: "jwks", times: Infinity, status: 503 });
    expect((await anotherVisitor().walk("/me")).response.body).toEqual({ email: ADA });
  });
});
