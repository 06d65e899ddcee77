import { memoryTokenStore } from "@scopegate/core";
import type { VerifiedUser } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, startScenario } from "../harness/app/scenario.ts";
import { startTwin } from "../harness/security/twin.ts";

const GRACE = "grace@workspace.example";
const MINUTE = 60_000;

/** The options of an app whose only user is 42, a list of banned addresses, and the addresses that `admit` was asked about. */
function withBans() {
  const banned = new Set<string>();
  const asked: string[] = [];
  const admit = async ({ user }: { readonly user: VerifiedUser }) => {
    asked.push(user.email!);
    return !banned.has(user.email!);
  };
  return { banned, asked, options: { store: memoryTokenStore(), userId: () => "42", admit } };
}

describe.each(frameworks)("a grant of another device on %s", (_name, startApp) => {
  it("S64 does not sign in a banned account, and the app is asked about it once in ten minutes", async () => {
    const { banned, asked, options } = withBans();
    await using scenario = await startScenario(startApp, { options });
    const { google, visitor, anotherVisitor } = scenario;
    await visitor.walk("/me");
    expect((await anotherVisitor().call("/me")).body).toEqual({ email: ADA });
    banned.add(ADA);
    asked.length = 0;
    for (let requests = 0; requests < 5; requests++) {
      const phone = anotherVisitor();
      expect((await phone.call("/me")).status).toBe(401);
      expect((await phone.call("/token")).body).toEqual({ thrown: "sign_in_required" });
      expect((await phone.call("/")).body).toEqual({ signedIn: false, user: null, scopes: [] });
    }
    expect(asked).toEqual([ADA]);
    google.clock.advance(10 * MINUTE);
    expect((await anotherVisitor().call("/me")).status).toBe(401);
    expect(asked).toEqual([ADA, ADA]);
  });

  it("S64 signs in an account that is no longer banned, at once after a sign-in with Google", async () => {
    const { banned, options } = withBans();
    await using scenario = await startScenario(startApp, { options });
    const { visitor, anotherVisitor } = scenario;
    await visitor.walk("/me");
    banned.add(ADA);
    const phone = anotherVisitor();
    expect((await phone.walk("/me")).response.status).toBe(403);
    banned.clear();
    expect((await phone.call("/me")).status).toBe(401);
    expect((await phone.walk("/me")).response.body).toEqual({ email: ADA });
    expect((await anotherVisitor().call("/me")).body).toEqual({ email: ADA });
  });

  it("S64 signs in the user's other account if the latest is banned", async () => {
    const { banned, options } = withBans();
    await using scenario = await startScenario(startApp, { options });
    const { visitor, anotherVisitor } = scenario;
    await visitor.walk("/me");
    await visitor.walk("/authorize?prompt=select_account", { user: GRACE });
    banned.add(GRACE);
    expect((await anotherVisitor().call("/me")).body).toEqual({ email: ADA });
  });

  it("S64 does not sign in an account of another domain than `hostedDomain`", async () => {
    const { options } = withBans();
    await using scenario = await startScenario(startApp, { options });
    await scenario.visitor.walk("/me");
    for (const hostedDomain of ["workspace.example", "*"]) {
      await using twin = await startTwin(startApp, scenario, { ...options, hostedDomain });
      expect((await twin.visitor.call("/me")).status).toBe(401);
    }
    await scenario.visitor.walk("/authorize?prompt=select_account", { user: GRACE });
    await using twin = await startTwin(startApp, scenario, { ...options, hostedDomain: "Workspace.example" });
    expect((await twin.visitor.call("/me")).body).toEqual({ email: GRACE });
  });

  it("S64 is not used if `admit` throws: the request fails, and the handler does not run", async () => {
    const { options } = withBans();
    let isDown = false;
    const admit = () => {
      if (isDown) throw new Error("the app's database is down");
      return true;
    };
    await using scenario = await startScenario(startApp, { options: { ...options, admit } });
    await scenario.visitor.walk("/me");
    isDown = true;
    const phone = scenario.anotherVisitor();
    expect((await phone.call("/me")).status).toBe(500);
    isDown = false;
    expect((await phone.call("/me")).body).toEqual({ email: ADA });
  });
});
