import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, CALENDAR, DRIVE, ROUTES, startScenario } from "../harness/app/scenario.ts";
import { GRANT_STORES, tokenRequests } from "../harness/security/effects.ts";

const HOUR = 3600_000;
const DRIVE_ALL = "https://www.googleapis.com/auth/drive";
const DRIVE_FILE = "https://www.googleapis.com/auth/drive.file";
const SIGN_IN =
  "openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile";

/** The `scope` of an answer to the request for sign-in and {@link DRIVE}, in words that mean the same. */
const EQUAL: readonly (readonly [name: string, scope: string | undefined])[] = [
  ["in another order", `${DRIVE} ${SIGN_IN}`],
  ["under their short names", `openid email profile ${DRIVE}`],
  ["twice, with more space between them", ` ${SIGN_IN}  ${DRIVE}\n${DRIVE} `],
  ["with others that were granted before", `${SIGN_IN} https://www.googleapis.com/auth/tasks ${DRIVE}`],
  ["not at all, which means what was asked for", undefined],
];

/** What does not mean {@link DRIVE}, however much it looks like it. */
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
    it.each(EQUAL)("S35 scopes that come back %s are the ones that were asked for", async (_case, scope) => {
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

    it.each(LOOKALIKES)("S35 %s opens nothing that needs another scope", async (lookalike) => {
      await using scenario = await startScenario(startApp, { options: make().options });
      const { google, visitor } = scenario;
      google.faults.add(withScope(`${SIGN_IN} ${lookalike}`));
      const { response, visits } = await visitor.walk("/drive");
      // Asked once, and not in a circle.
      expect([response.status, visits]).toEqual([403, 1]);
      expect((await visitor.call("/drive")).body).toMatchObject({ error: "insufficient_scope", missing: [DRIVE] });
      expect((await visitor.call("/")).body.scopes).not.toContain(DRIVE);
      expect((await visitor.call("/me")).status).toBe(200);
    });

    it("S35 a scope that is a part of another opens neither: `drive.file` is not `drive`, nor the reverse", async () => {
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
      // Of another project's point of view: an account that has granted nothing yet.
      google.revokeUser(ADA);
      expect((await other.walk("/all")).response.body).toEqual({ page: "all" });
      expect((await other.call("/file")).status).toBe(403);
    });

    it("S35 fewer scopes than asked for switch those features off, and nothing else", async () => {
      await using scenario = await startScenario(startApp, { options: make().options });
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      google.faults.add(withScope(SIGN_IN));
      await visitor.walk("/calendar");
      expect((await visitor.call("/me")).body).toEqual({ email: ADA });
      expect((await visitor.call("/calendar")).status).toBe(403);
      // The answer says what the new token can do, and it cannot do this.
      expect((await visitor.call("/drive")).status).toBe(403);
    });

    it("S35 an empty `scope` grants nothing, and is not taken for what was asked for", async () => {
      await using scenario = await startScenario(startApp, { options: make().options });
      scenario.google.faults.add(withScope(""));
      expect((await scenario.visitor.walk("/drive")).response.status).toBe(403);
      expect((await scenario.visitor.call("/")).body.scopes).toEqual([]);
    });

    it("S35 a refresh that answers with fewer scopes closes the feature at once", async () => {
      await using scenario = await startScenario(startApp, { options: make().options });
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      google.clock.advance(HOUR);
      google.faults.add(withScope(SIGN_IN));
      expect((await visitor.call("/token")).status).toBe(200);
      expect((await visitor.call("/drive")).body).toMatchObject({ error: "insufficient_scope", missing: [DRIVE] });
      expect((await visitor.call("/")).body.scopes).not.toContain(DRIVE);
    });

    it("S35 the callback's own `scope` is not believed", async () => {
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
