import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, CALENDAR, DRIVE, ROUTES, startScenario } from "../harness/app/scenario.ts";
import { GRANT_STORES, tokenRequests } from "../harness/security/effects.ts";

const HOUR = 3600_000;
const DRIVE_ALL = "https://www.googleapis.com/auth/drive";
const DRIVE_FILE = "https://www.googleapis.com/auth/drive.file";
const SIGN_IN =
  "openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile";

/** Equivalent values of `scope` in the response to a request for sign-in and {@link DRIVE}. */
const EQUAL: readonly (readonly [name: string, scope: string | undefined])[] = [
  ["in another order", `${DRIVE} ${SIGN_IN}`],
  ["under their short names", `openid email profile ${DRIVE}`],
  ["twice, with more space between them", ` ${SIGN_IN}  ${DRIVE}\n${DRIVE} `],
  ["with others that were granted before", `${SIGN_IN} https://www.googleapis.com/auth/tasks ${DRIVE}`],
  ["not at all, which means what was asked for", undefined],
];

/** Scopes that look like {@link DRIVE} and are different. */
const LOOKALIKES = [
  "https://www.googleapis.com/auth/drive.metadata",
  "https://www.googleapis.com/auth/drive",
  "https://www.googleapis.com/auth/drive.metadata.readonly.extra",
  "https://www.googleapis.com/auth/drive.metadata.readonly/",
  "https://www.googleapis.com/auth/DRIVE.metadata.readonly",
  "http://www.googleapis.com/auth/drive.metadata.readonly",
  "drive.metadata.readonly",
  `${DRIVE},${DRIVE}`,
];

const withScope = (scope: string | undefined) => ({
  endpoint: "token" as const,
  transform: (answer: object) => ({ ...answer, scope }),
});

describe.each(frameworks)("granted scopes on %s", (_name, startApp) => {
  describe.each(GRANT_STORES)("with grants in %s", (_store, make) => {
    it.each(EQUAL)("S35 scopes that come back %s count as the requested ones", async (_case, scope) => {
      await using scenario = await startScenario(startApp, { options: make().options });
      const { google, visitor } = scenario;
      google.faults.add(withScope(scope));
      const { response, visits } = await visitor.walk("/drive");
      expect([response.body, visits]).toEqual([{ page: "drive", email: ADA }, 1]);
      const { scopes } = (await visitor.call("/")).body;
      expect(scopes).toEqual(expect.arrayContaining(["email", "openid", "profile", DRIVE]));
      expect(new Set(scopes as string[]).size).toBe(scopes.length);
      expect((await visitor.call("/calendar")).status).toBe(403);
    });

    it.each(LOOKALIKES)("S35 %s does not pass a guard for another scope", async (lookalike) => {
      await using scenario = await startScenario(startApp, { options: make().options });
      const { google, visitor } = scenario;
      google.faults.add(withScope(`${SIGN_IN} ${lookalike}`));
      const { response, visits } = await visitor.walk("/drive");
      // The app asks once, and does not loop.
      expect([response.status, visits]).toEqual([403, 1]);
      expect((await visitor.call("/drive")).body).toMatchObject({ error: "insufficient_scope", missing: [DRIVE] });
      expect((await visitor.call("/")).body.scopes).not.toContain(DRIVE);
      expect((await visitor.call("/me")).status).toBe(200);
    });

    it("S35 `drive.file` does not pass a guard for `drive`, nor the reverse", async () => {
      await using scenario = await startScenario(startApp, {
        options: make().options,
        routes: [
          ...ROUTES,
          { path: "/all", guard: { scopes: [DRIVE_ALL] }, handle: () => ({ page: "all" }) },
          { path: "/file", guard: { scopes: [DRIVE_FILE] }, handle: () => ({ page: "file" }) },
        ],
      });
      const { google, visitor, anotherVisitor } = scenario;
      const other = anotherVisitor();
      expect((await visitor.walk("/file")).response.body).toEqual({ page: "file" });
      expect((await visitor.call("/all")).status).toBe(403);
      // An account that has granted nothing yet.
      google.revokeUser(ADA);
      expect((await other.walk("/all")).response.body).toEqual({ page: "all" });
      expect((await other.call("/file")).status).toBe(403);
    });

    it("S35 a declined scope switches off its feature, and no other", async () => {
      await using scenario = await startScenario(startApp, { options: make().options });
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      google.faults.add(withScope(SIGN_IN));
      await visitor.walk("/calendar");
      expect((await visitor.call("/me")).body).toEqual({ email: ADA });
      expect((await visitor.call("/calendar")).status).toBe(403);
      // The response lists the scopes of the new token, and this one is missing.
      expect((await visitor.call("/drive")).status).toBe(403);
    });

    it("S35 an empty `scope` grants nothing", async () => {
      await using scenario = await startScenario(startApp, { options: make().options });
      scenario.google.faults.add(withScope(""));
      expect((await scenario.visitor.walk("/drive")).response.status).toBe(403);
      expect((await scenario.visitor.call("/")).body.scopes).toEqual([]);
    });

    it("S35 a refresh with fewer scopes closes the feature at once", async () => {
      await using scenario = await startScenario(startApp, { options: make().options });
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      google.clock.advance(HOUR);
      google.faults.add(withScope(SIGN_IN));
      expect((await visitor.call("/token")).status).toBe(200);
      expect((await visitor.call("/drive")).body).toMatchObject({ error: "insufficient_scope", missing: [DRIVE] });
      expect((await visitor.call("/")).body.scopes).not.toContain(DRIVE);
    });

    it("S35 the `scope` of the callback's query has no effect", async () => {
      await using scenario = await startScenario(startApp, { options: make().options });
      const { google, visitor } = scenario;
      google.faults.add({
        endpoint: "decision",
        redirect: (callback) => callback.searchParams.set("scope", `${SIGN_IN} ${DRIVE} ${CALENDAR}`),
      });
      expect((await visitor.walk("/drive", { scopes: [] })).response.status).toBe(403);
      expect((await visitor.call("/")).body.scopes).toEqual(["email", "openid", "profile"]);
      expect(tokenRequests(scenario, "authorization_code")).toHaveLength(1);
    });
  });
});
