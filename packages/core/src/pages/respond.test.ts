import { createHash } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { AuthError } from "../errors/auth-error.ts";
import { revokePage, signOutPage } from "./confirmation-pages.ts";
import type { PageModel } from "./model.ts";
import type { PagesOption } from "./options.ts";
import { declinedPage, errorPage } from "./outcome-pages.ts";
import { createPages } from "./respond.ts";

const declined = declinedPage({ missing: ["openid"], askAgainHref: "/authorize", homeHref: "/" });
const signOut = signOutPage({ action: "/signout", token: "t", homeHref: "/" });
const broken = errorPage(new AuthError("invalid_client", { detail: "particulars" }), { homeHref: "/" });

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("the response with a page", () => {
  test("is HTML with the model's status, which is not cached or sniffed and sends no referrer", async () => {
    const response = createPages(undefined).respond(declined, undefined);
    expect(response.status).toBe(403);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    expect(await response.text()).toContain("<h1>This feature is switched off</h1>");
  });

  test("allows only its own style sheet, by hash", async () => {
    const response = createPages({}).respond(declined, undefined);
    const style = /<style>([^]*?)<\/style>/.exec(await response.text())?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(response.headers.get("content-security-policy")).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'`,
    );
  });

  test("lets the browser send the origin with a form", () => {
    const pages = createPages({});
    const revoke = revokePage({ action: "/revoke", token: "t", homeHref: "/", scopes: [] });
    for (const page of [signOut, revoke]) {
      expect(pages.respond(page, undefined).headers.get("referrer-policy")).toBe("same-origin");
    }
  });

  test.each([
    ["the built-in page", undefined],
    ["the app's own page", () => "<h1>mine</h1>"],
  ])("names the origins to which a form may redirect, on %s", (_what, render) => {
    const pages = createPages(render === undefined ? {} : { render });
    const formTargets = ["https://spa.example.com/bye?x=1;script-src", "https://spa.example.com/", "/me"];
    const policy = pages.respond(signOut, undefined, { formTargets }).headers.get("content-security-policy") ?? "";
    expect(policy.split("; ")).toContain("form-action 'self' https://spa.example.com");
    expect(policy).not.toContain("script-src");
    const unnamed = pages.respond(signOut, undefined).headers.get("content-security-policy") ?? "";
    expect(unnamed.split("; ")).toContain("form-action 'self'");
  });

  test("has the additional headers", () => {
    const error = new AuthError("temporarily_unavailable", { retryAfter: 7 });
    const response = createPages({}).respond(errorPage(error, { homeHref: "/" }), undefined, {
      headers: error.headers,
    });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("7");
  });
});

describe("pages.texts", () => {
  test("as a function chooses texts by Accept-Language", async () => {
    const pages = createPages({
      texts: (accept) => (accept?.startsWith("de") ? { language: "de", signOut: { confirm: "Abmelden" } } : {}),
    });
    const german = await pages.respond(signOut, "de-AT,de;q=0.9").text();
    expect(german).toContain('<html lang="de" dir="ltr">');
    expect(german).toContain(">Abmelden</button>");
    expect(await pages.respond(signOut, undefined).text()).toContain(">Sign out</button>");
  });

  test("as a function returns texts that are checked", () => {
    const pages = createPages({ texts: () => ({ home: "" }) });
    expect(() => pages.respond(signOut, undefined)).toThrow("pages.texts.home must be");
  });
});

describe("pages.developerNotes", () => {
  test.each([
    ["production", undefined, false],
    ["development", undefined, true],
    ["production", true, true],
    ["development", false, false],
  ])("with NODE_ENV %s and the option %s shows the note: %s", async (env, option, shown) => {
    vi.stubEnv("NODE_ENV", env);
    const pages = createPages(option === undefined ? {} : { developerNotes: option });
    expect((await pages.respond(broken, undefined).text()).includes("particulars")).toBe(shown);
  });
});

describe("pages.render", () => {
  test("gets the model, and its HTML may load resources of the app's origin only", async () => {
    const seen: PageModel[] = [];
    const pages = createPages({
      render: (model) => {
        seen.push(model);
        return `<h1>mine</h1>`;
      },
    });
    const response = pages.respond(signOut, undefined);
    expect(seen[0]).toMatchObject({ kind: "signOut", language: "en" });
    expect(await response.text()).toBe("<h1>mine</h1>");
    expect(response.headers.get("referrer-policy")).toBe("same-origin");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/https?:|\*/);
  });

  test("can return the built-in page, which keeps its stricter policy", () => {
    const pages = createPages({ render: (_model, html) => html() });
    expect(pages.respond(signOut, undefined).headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  test("can return a Response, which keeps its headers and gets the missing ones", () => {
    const own = new Response("<h1>mine</h1>", {
      status: 418,
      headers: { "Content-Security-Policy": "default-src https:", "Referrer-Policy": "origin" },
    });
    const response = createPages({ render: () => own }).respond(declined, undefined, {
      headers: { "Retry-After": "1" },
    });
    expect(response.status).toBe(418);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-security-policy": "default-src https:",
      "referrer-policy": "origin",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "retry-after": "1",
    });
  });

  test("can return Response.redirect, whose headers are immutable", () => {
    const response = createPages({ render: () => Response.redirect("https://app.example.com/no") }).respond(
      declined,
      undefined,
    );
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("https://app.example.com/no");
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("throws a TypeError if it returns anything else", () => {
    const pages = createPages({ render: (() => undefined) as unknown as NonNullable<PagesOption["render"]> });
    expect(() => pages.respond(declined, undefined)).toThrow(
      new TypeError("pages.render must return a string of HTML or a web-standard Response. It must be synchronous."),
    );
  });
});

test.each<[unknown, string]>([
  ["dark", "pages must be an object"],
  [null, "pages must be an object"],
  [{ appname: "x" }, "pages.appname is not an option"],
  [{ appName: "" }, "pages.appName must be a string"],
  [{ appName: 1 }, "pages.appName must be a string"],
  [{ texts: "de" }, "pages.texts must be an object"],
  [{ texts: null }, "pages.texts must be an object"],
  [{ texts: { hmoe: "x" } }, "pages.texts.hmoe is not a text"],
  [{ render: "<h1>" }, "pages.render must be a function"],
  [{ developerNotes: "no" }, "pages.developerNotes must be true or false"],
])("createPages rejects the option %j and names it", (option, message) => {
  const attempt = () => createPages(option as PagesOption);
  expect(attempt).toThrow(TypeError);
  expect(attempt).toThrow(message);
});
