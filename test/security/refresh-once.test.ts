import { memoryTokenStore } from "@scopegate/core";
import type { TokenStore } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, CALENDAR, startScenario } from "../harness/app/scenario.ts";
import type { Scenario } from "../harness/app/scenario.ts";
import { GRANT_STORES, grantsIn, tokenRequests } from "../harness/security/effects.ts";
import { holdFirstRefresh } from "../harness/security/hold.ts";
import { startTwin } from "../harness/security/twin.ts";

const HOUR = 3600_000;
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Signs in each of Google's accounts in a separate browser. */
async function signInEverybody({ google, anotherVisitor }: Scenario) {
  return Promise.all(
    google.users.map(async ({ sub }) => {
      const visitor = anotherVisitor();
      await visitor.walk("/drive", { user: sub });
      return visitor;
    }),
  );
}

describe.each(frameworks)("one refresh at a time on %s", (_name, startApp) => {
  describe.each(GRANT_STORES)("with grants in %s", (_store, make) => {
    it("S29 200 concurrent requests with an expired token send one token request for each grant", async () => {
      await using scenario = await startScenario(startApp, { options: make().options });
      const visitors = await signInEverybody(scenario);
      scenario.google.clock.advance(HOUR);
      const answers = await Promise.all(times(200, (index) => visitors[index % visitors.length]!.call("/token")));
      // Each user gets one token, and no two users the same one.
      const tokenOf = (index: number) => answers[index]!.body.token as string;
      expect(answers.map((_, index) => tokenOf(index))).toEqual(
        answers.map((_, index) => tokenOf(index % visitors.length)),
      );
      expect(new Set(visitors.map((_, user) => tokenOf(user))).size).toBe(visitors.length);
      expect(tokenRequests(scenario, "refresh_token")).toHaveLength(visitors.length);
    });

    it("S29 200 concurrent requests share one failure", async () => {
      await using scenario = await startScenario(startApp, { options: make().options });
      await scenario.visitor.walk("/drive");
      scenario.google.clock.advance(HOUR);
      scenario.google.revokeUser(ADA);
      const answers = await Promise.all(times(200, () => scenario.visitor.call("/token")));
      expect(new Set(answers.map(({ body }) => body.thrown as string))).toEqual(new Set(["reconnect_required"]));
      expect(tokenRequests(scenario, "refresh_token")).toHaveLength(1);
    });

    it("S30 a response without a refresh token keeps the old one, and a response with a new one replaces it", async () => {
      await using scenario = await startScenario(startApp, { options: make().options });
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      for (const fault of [
        {},
        { transform: (answer: object) => ({ ...answer, refresh_token: "1//the-new-one" }) },
        {},
      ]) {
        google.clock.advance(HOUR);
        google.faults.add({ endpoint: "token", ...fault });
        await visitor.call("/token");
      }
      const [first, ...sent] = tokenRequests(scenario, "refresh_token").map(({ form }) => form["refresh_token"]);
      expect(first).toMatch(/^1\/\/.{20}/);
      expect(sent).toEqual([first, "1//the-new-one"]);
    });

    it("S30 a slow refresh does not overwrite a grant that the user gave meanwhile", async () => {
      await using held = holdFirstRefresh();
      await using scenario = await startScenario(startApp, {
        options: { ...make().options, dispatcher: held.dispatcher },
      });
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      google.clock.advance(HOUR);
      const slow = visitor.call("/token");
      await held.arrived;
      await visitor.walk("/calendar");
      const { token } = (await visitor.call("/token")).body;
      held.release();
      // The slow request gets the newer token. The token of the rejected write is in no store.
      expect((await slow).body).toEqual({ token });
      expect(tokenRequests(scenario, "refresh_token")).toHaveLength(1);
      expect((await visitor.call("/token")).body).toEqual({ token });
      expect((await visitor.call("/")).body.scopes).toContain(CALENDAR);
      expect((await visitor.call("/calendar")).status).toBe(200);
    });

    it("S31 a late `invalid_grant` for the old refresh token does not delete the grant given meanwhile", async () => {
      await using held = holdFirstRefresh();
      const { options, grantsOf } = make();
      await using scenario = await startScenario(startApp, { options: { ...options, dispatcher: held.dispatcher } });
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      google.clock.advance(HOUR);
      const slow = visitor.call("/token");
      await held.arrived;
      google.revokeUser(ADA);
      await visitor.walk("/calendar");
      const { token } = (await visitor.call("/token")).body;
      const grants = await grantsOf(scenario);
      held.release();
      expect((await slow).body).toEqual({ token });
      expect(tokenRequests(scenario, "refresh_token").map(({ status }) => status)).toEqual([400]);
      expect(await grantsOf(scenario)).toEqual(grants);
      expect((await visitor.call("/calendar")).status).toBe(200);
    });
  });

  it("S29 two instances with one store send one token request together", async () => {
    const store = memoryTokenStore();
    const options = { store, userId: () => "user-1" };
    await using scenario = await startScenario(startApp, { options });
    await using twin = await startTwin(startApp, scenario, options);
    await scenario.visitor.walk("/drive");
    expect((await twin.visitor.call("/drive")).status).toBe(200);
    scenario.google.clock.advance(HOUR);
    const answers = await Promise.all(
      times(200, (index) => (index % 2 === 0 ? scenario : twin).visitor.call("/token")),
    );
    expect(new Set(answers.map(({ body }) => body.token as string)).size).toBe(1);
    expect(answers[0]!.status).toBe(200);
    expect(tokenRequests(scenario, "refresh_token")).toHaveLength(1);
  });

  it("S31 `invalid_grant` deletes the grant once, and every caller gets the reason", async () => {
    const deletions: unknown[] = [];
    const inner = memoryTokenStore();
    const store: TokenStore = {
      ...inner,
      delete(key, condition) {
        deletions.push(condition);
        return inner.delete(key, condition);
      },
    };
    await using scenario = await startScenario(startApp, { options: { store } });
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    const [before] = await grantsIn(store);
    google.revokeUser(ADA);
    google.clock.advance(HOUR);
    const answers = await Promise.all(times(20, () => visitor.call("/token")));
    expect(answers.map(({ status, body }) => [status, body.thrown])).toEqual(
      times(20, () => [401, "reconnect_required"]),
    );
    expect(deletions).toEqual([{ ifVersion: before!.grant.version }]);
    expect(await grantsIn(store)).toEqual([]);
    // Later calls send no token request, and a guard asks the user to reconnect.
    await visitor.call("/token");
    expect(tokenRequests(scenario, "refresh_token")).toHaveLength(1);
    expect((await visitor.call("/drive")).body.error).toBe("reconnect_required");
  });
});
