import { memoryTokenStore } from "@scopegate/core";
import type { ScopegateOptions } from "@scopegate/core";
import type { EmulatorUser } from "@scopegate/emulator";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ROUTES, startScenario } from "../harness/app/scenario.ts";
import type { Scenario } from "../harness/app/scenario.ts";
import type { TestRoute } from "../harness/app/test-app.ts";
import type { Visitor } from "../harness/app/visitor.ts";
import { tokenRequests } from "../harness/security/effects.ts";

const HOUR = 3600_000;
const RUNS = 8;

const STORES: readonly (readonly [name: string, options: () => ScopegateOptions])[] = [
  ["the session", () => ({})],
  ["a shared store, by subject", () => ({ store: memoryTokenStore() })],
  ["a shared store, by the app's own user", () => ({ store: memoryTokenStore(), userId: ownUserOf })],
];

/** The app's own login, in the framework's session. */
function ownUserOf(request: unknown): string | undefined {
  return (request as { session?: { user?: string } }).session?.user;
}

function routesAt(userinfo: () => string): TestRoute[] {
  return [
    ...ROUTES,
    { path: "/login", handle: (_auth, session, query) => void (session["user"] = query.get("as")!) },
    { path: "/force", handle: async (auth) => ({ token: await auth.getAccessToken({ forceRefresh: true }) }) },
    { path: "/userinfo", handle: async (auth) => (await auth.fetch(userinfo())).json() },
  ];
}

interface Person {
  readonly user: EmulatorUser;
  readonly visitor: Visitor;
}

/** Several users, each signed in with an own browser and an own account of the app. */
async function signInEverybody({ google, anotherVisitor }: Scenario): Promise<Person[]> {
  google.addUser({ sub: "110000000000000000004", email: "dorothy@example.com", name: "Dorothy Vaughan" });
  return Promise.all(
    google.users.map(async (user, index) => {
      const visitor = anotherVisitor();
      await visitor.call(`/login?as=user-${index}`);
      await visitor.walk("/drive", { user: user.sub });
      return { user, visitor };
    }),
  );
}

const PEOPLE = 4;
const PATHS = ["/", "/me", "/drive", "/token", "/force", "/userinfo"] as const;
const requests = fc.array(fc.record({ person: fc.nat(PEOPLE - 1), path: fc.constantFrom(...PATHS) }), {
  minLength: 24,
  maxLength: 40,
});
const faults = fc.array(
  fc.record(
    {
      endpoint: fc.constantFrom("token", "userinfo"),
      times: fc.integer({ min: 1, max: 4 }),
      delay: fc.integer({ min: 0, max: 60 }),
      after: fc.boolean(),
      status: fc.constantFrom(429, 503),
      reset: fc.constant(true),
    },
    { requiredKeys: ["endpoint", "times"] },
  ),
  { maxLength: 8 },
);

describe.concurrent.each(frameworks)("several users on %s", (_name, startApp) => {
  it.each(STORES)("S28 get only responses with their own data, with grants in %s", async (_store, options) => {
    let userinfo = "";
    const startOptions = { options: options(), routes: routesAt(() => userinfo) };
    await using scenario = await startScenario(startApp, startOptions);
    const { google } = scenario;
    userinfo = google.endpoints.userinfo;
    const people = await signInEverybody(scenario);
    expect(people).toHaveLength(PEOPLE);

    /** Expects that a response holds no address, subject or token of another user. */
    const expectOwn = async (person: Person, path: string, body: Record<string, unknown>) => {
      const text = JSON.stringify(body);
      for (const { user } of people) {
        if (user === person.user) continue;
        expect(text, path).not.toContain(user.sub);
        expect(text, path).not.toContain(user.email);
      }
      if (typeof body["token"] !== "string") return;
      const headers = { Authorization: `Bearer ${body["token"]}` };
      const owner = (await (await fetch(userinfo, { headers })).json()) as { sub?: string };
      expect(owner.sub, path).toBe(person.user.sub);
    };

    let answered = 0;
    const property = fc.asyncProperty(requests, faults, fc.boolean(), async (wanted, wrong, expire) => {
      google.faults.clear();
      if (expire) google.clock.advance(HOUR);
      for (const fault of wrong) google.faults.add(fault);
      const answers = await Promise.all(
        wanted.map(async ({ person, path }) => ({ person, path, response: await people[person]!.visitor.call(path) })),
      );
      google.faults.clear();
      for (const { person, path, response } of answers) {
        if (response.status === 200) answered += 1;
        else expect([429, 500, 503], `${path} ${response.text}`).toContain(response.status);
        await expectOwn(people[person]!, path, response.body as Record<string, unknown>);
      }
      // After all faults, each user still has the own account.
      for (const person of people) {
        const { body } = await person.visitor.call("/token");
        expect(body.token).toMatch(/^ya29\./);
        await expectOwn(person, "/token", body as Record<string, unknown>);
      }
    });
    // The failure prints its values. Shrinking them would take minutes of real requests.
    await fc.assert(property, { numRuns: RUNS, seed: 28, endOnFailure: true });
    expect(answered).toBeGreaterThan(50);
    expect(tokenRequests(scenario, "refresh_token").length).toBeGreaterThan(PEOPLE);
  });
});
