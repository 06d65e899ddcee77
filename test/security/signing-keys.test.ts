import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, startScenario } from "../harness/app/scenario.ts";
import type { Scenario } from "../harness/app/scenario.ts";

const FLOOD = 40;
/** As in the option's documentation: no second fetch on behalf of unknown keys within half a minute. */
const COOLDOWN = 30_000;

/** Signs in again and again with ID tokens of invented keys, all at once or one by one. */
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
      // The first fetch, and one on behalf of all unknown keys.
      expect(google.requests.of("jwks").length).toBeLessThanOrEqual(2);
      // Keys that are known serve on meanwhile.
      expect((await visitor.walk("/me")).response.body).toEqual({ email: ADA });
      expect(google.requests.of("jwks").length).toBeLessThanOrEqual(2);
    },
  );

  it("S45 a rotation of keys is picked up without a restart, and at once where nobody floods", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor, anotherVisitor } = scenario;
    await visitor.walk("/me");
    google.rotateKeys({ keepOld: false });
    expect((await anotherVisitor().walk("/me")).response.body).toEqual({ email: ADA });
    expect(google.requests.of("jwks")).toHaveLength(2);
  });

  it("S45 a rotation during a flood is picked up when the flood's half minute is over", async () => {
    await using scenario = await startScenario(startApp);
    const { google, anotherVisitor } = scenario;
    await flood(scenario, "at once");
    google.rotateKeys({ keepOld: false });
    google.clock.advance(COOLDOWN);
    expect((await anotherVisitor().walk("/me")).response.body).toEqual({ email: ADA });
  });

  it("S45 a key that is withdrawn is no longer believed once the cached set is stale", async () => {
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

  it("S45 keys that cannot be fetched anew serve on; with none at all nobody is signed in, and the next one is", async () => {
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
