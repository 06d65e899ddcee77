import { AuthError } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, CALENDAR, DRIVE, ROUTES, startScenario } from "../harness/app/scenario.ts";
import type { StartApp } from "../harness/app/test-app.ts";

const FORM = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin" };

/** An app with forms, and the texts that its handler has saved. */
async function startWithForms(startApp: StartApp) {
  const saved: string[] = [];
  const form = (path: string, guard: { scopes: readonly string[] } | { signIn: true }) => ({
    method: "post" as const,
    path,
    guard,
    handle: () => void saved.push(path),
  });
  const scenario = await startScenario(startApp, {
    routes: [...ROUTES, form("/save", { signIn: true }), form("/save-drive", { scopes: [DRIVE, CALENDAR] })],
  });
  return { scenario, saved };
}

/** The address of a page's link. */
function linkOf(html: string, label: string): string | undefined {
  return new RegExp(`href="([^"]*)"[^>]*>${label}<`).exec(html)?.[1]?.replaceAll("&amp;", "&");
}

describe.each(frameworks)("a form whose session has ended on %s", (_name, startApp) => {
  it("gets a page that says so, with the way to sign in and back to the form", async () => {
    const { scenario, saved } = await startWithForms(startApp);
    await using _ = scenario;
    const { app, visitor, google } = scenario;
    for (const headers of [FORM, { ...FORM, "Sec-Fetch-Dest": "empty" }, {}]) {
      const response = await visitor.post(
        "/save",
        { text: "long" },
        { ...headers, Referer: `${app.origin}/me?draft=1` },
      );
      expect([response.status, response.headers["location"]]).toEqual([401, undefined]);
      expect(response.headers["content-type"]).toContain("text/html");
      expect(response.headers["cache-control"]).toBe("no-store");
      expect(response.headers["www-authenticate"]).toBe("Bearer");
      expect(response.headers["set-cookie"]).toBeUndefined();
      expect(response.text).toContain("Your session has ended");
      expect(linkOf(response.text, "Back to the form")).toBe("/me?draft=1");
      const signIn = new URL(linkOf(response.text, "Sign in with Google")!);
      expect([signIn.origin, signIn.pathname]).toEqual([app.origin, "/authorize"]);
      expect(signIn.searchParams.get("return_to")).toBe("/me?draft=1");
    }
    expect(google.requests.of("authorization")).toEqual([]);

    const page = await visitor.post("/save", { text: "long" }, { ...FORM, Referer: `${app.origin}/me` });
    const { response } = await visitor.walk(linkOf(page.text, "Sign in with Google")!);
    expect(response.body).toEqual({ email: ADA });
    expect(saved).toEqual([]);
    expect((await visitor.post("/save", {}, FORM)).status).toBe(200);
    expect(saved).toEqual(["/save"]);
  });

  it("leads back to the page that has it if its handler needs another consent", async () => {
    const path = "/refuse";
    const handle = () => {
      throw new AuthError("reconnect_required");
    };
    await using scenario = await startScenario(startApp, {
      errorHandler: true,
      routes: [...ROUTES, { method: "post", path, guard: { signIn: true }, handle }],
    });
    const { app, visitor } = scenario;
    await visitor.walk("/me");
    const { text } = await visitor.post(path, {}, { ...FORM, Referer: `${app.origin}/me?draft=1` });
    const links = [...text.matchAll(/href="([^"]*\/authorize[^"]*)"/g)].map(([, href]) =>
      href!.replaceAll("&amp;", "&"),
    );
    expect(links.map((href) => new URL(href).searchParams.get("return_to"))).toEqual(["/me?draft=1"]);
  });

  it("gets a page with the missing access, and nothing but a start page if no page of the app sent it", async () => {
    const { scenario, saved } = await startWithForms(startApp);
    await using _ = scenario;
    const { visitor } = scenario;
    await visitor.walk("/me");
    const response = await visitor.post("/save-drive", {}, { ...FORM, Referer: "https://evil.example/form" });
    expect(response.status).toBe(403);
    expect(response.headers["www-authenticate"]).toContain('error="insufficient_scope"');
    expect(response.text).not.toContain("evil.example");
    expect(linkOf(response.text, "Back to the start page")).toBe("/");
    const allow = new URL(linkOf(response.text, "Allow access")!);
    expect(allow.searchParams.get("scope")?.split(" ").toSorted()).toEqual([CALENDAR, DRIVE].toSorted());
    expect(allow.searchParams.get("return_to")).toBe("/");
    expect(saved).toEqual([]);
  });

  it("stays JSON for a script, a frame and a request that does not accept HTML", async () => {
    const { scenario } = await startWithForms(startApp);
    await using _ = scenario;
    for (const headers of [
      { Accept: "application/json" },
      { "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty" },
      { ...FORM, "Sec-Fetch-Dest": "iframe" },
      { "X-Requested-With": "XMLHttpRequest" },
    ] as Record<string, string>[]) {
      const response = await scenario.visitor.post("/save", {}, headers);
      expect([response.status, response.body.error]).toEqual([401, "sign_in_required"]);
    }
  });
});
