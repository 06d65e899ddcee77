import { describe, expect, test } from "vitest";
import { AuthError } from "../errors/auth-error.ts";
import { revokePage, signOutPage } from "./confirmation-pages.ts";
import type { PageDraft, Wording } from "./draft.ts";
import { renderPage } from "./layout.ts";
import { mergeTexts } from "./merge-texts.ts";
import type { PageModel } from "./model.ts";
import { accountPage, declinedPage, deniedPage, errorPage } from "./outcome-pages.ts";
import { STYLE } from "./style.ts";
import { ENGLISH } from "./texts.ts";

const wording: Wording = { texts: ENGLISH, appName: "Notes", developerNotes: true };
const render = (draft: PageDraft, each: Wording = wording): string => renderPage(draft(each), each);

const hostile = `"><script>alert('x')</script>\r\nSet-Cookie: a=b`;
const drafts: Record<PageModel["kind"], (text: string) => PageDraft> = {
  denied: (text) => deniedPage({ scopes: [text], retryHref: "/a?b=1&c=2", homeHref: "/", signedInAs: text }),
  declined: (text) => declinedPage({ missing: [text], askAgainHref: "/a", homeHref: "/", signedInAs: text }),
  error: (text) =>
    errorPage(new AuthError("invalid_request", { detail: text }), {
      homeHref: "/",
      developerNote: text,
      signedInAs: text,
    }),
  account: (text) => accountPage({ expected: text, actual: text, continueHref: "/c", retryHref: "/r", homeHref: "/" }),
  revoke: (text) => revokePage({ action: "/revoke", token: text, homeHref: "/", user: text, scopes: [text] }),
  signOut: (text) => signOutPage({ action: "/signout", token: text, homeHref: "/", user: text }),
};

describe.each(Object.entries(drafts))("the %s page", (kind, draftOf) => {
  test("has one main landmark, one first-level heading, a language and a title", () => {
    const html = render(draftOf("ada@example.com"));
    expect(html).toMatch(/^<!doctype html>\n<html lang="en" dir="ltr">/);
    expect(html.match(/<main>/g)).toHaveLength(1);
    expect(html.match(/<h1>/g)).toHaveLength(1);
    expect(html).toMatch(/<title>[^<]+ · Notes<\/title>/);
    expect(html).toContain(`<body data-kind="${kind}">`);
  });

  test("loads no resource and runs no script", () => {
    const html = render(draftOf("ada@example.com"));
    expect(html).not.toMatch(/<script|<link|<img|<iframe|<base|@import|url\(|\son\w+=|\sstyle=|\ssrc=/i);
    expect(html.match(/<style>/g)).toHaveLength(1);
    expect(html).toContain(`<style>${STYLE}</style>`);
  });

  test("escapes every value, so that a hostile one adds no tag and no attribute", () => {
    const tags = (text: string): string[] =>
      render(draftOf(text), { ...wording, appName: text })
        .replaceAll(/(?<= (?:value|href|title)=")[^"]*/g, "")
        .match(/<[^>]*>/g) ?? [];
    expect(tags(hostile)).toEqual(tags("harmless"));
    expect(render(draftOf(hostile))).toContain("&lt;script&gt;");
    expect(render(draftOf(hostile))).not.toContain("\r");
  });
});

test("renderPage escapes the texts of the app", () => {
  const texts = mergeTexts({ signOut: { title: "<b>Bye</b>", paragraphs: ["<i>"], confirm: "<u>", cancel: '"' } });
  const html = render(drafts.signOut("ada"), { ...wording, texts });
  expect(html).not.toMatch(/<b>|<i>|<u>/);
  expect(html).toContain("<h1>&lt;b&gt;Bye&lt;/b&gt;</h1>");
});

test("renderPage makes a form with a hidden token for a confirmation, and links for other actions", () => {
  const html = render(drafts.revoke("tok"));
  expect(html).toContain('<form method="post" action="/revoke"><input type="hidden" name="token" value="tok">');
  expect(html).toContain('<a class="action" href="/">Stay connected</a>');
  expect(render(drafts.denied("openid"))).toContain('<a class="action" href="/a?b=1&amp;c=2">');
});

test("renderPage rejects an unsafe address in a model that was not checked", () => {
  const model = drafts.signOut("t")(wording);
  const forged = { ...model, actions: [{ label: "x", href: "javascript:alert(1)" }] };
  expect(() => renderPage(forged, wording)).toThrow(TypeError);
});

test("renderPage writes right to left for such a language, but names of scopes left to right", () => {
  const texts = mergeTexts({ language: "ar-EG" });
  const html = render(drafts.declined("https://example.com/scope"), { ...wording, texts });
  expect(html).toContain('<html lang="ar-EG" dir="rtl">');
  expect(html).toContain('<code dir="ltr">https://example.com/scope</code>');
});

test("renderPage shows the developer's note after the page, with code, detail and remedy", () => {
  const draft = errorPage(new AuthError("redirect_uri_mismatch", { detail: "http://localhost" }), { homeHref: "/" });
  const section = /<\/main>[^]*?<aside[^]*<\/aside>/.exec(render(draft))?.[0];
  expect(section).toContain("For the developer");
  expect(section).toContain("<code>redirect_uri_mismatch</code>");
  expect(section).toContain("(http://localhost)");
  expect(section).toContain("Add the value of <code>redirectUri</code>");
  expect(render(draft, { ...wording, developerNotes: false })).not.toContain("<aside");
});

describe("the style sheet", () => {
  /** WCAG 2.2, "relative luminance" and "contrast ratio". */
  const luminance = (hex: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string): number => {
    const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const [light = "", dark = ""] = STYLE.split("@media (prefers-color-scheme: dark)");
  const colorsOf = (css: string) =>
    Object.fromEntries([...css.matchAll(/--([\w-]+): (#\w{6})/g)].map(([, n, v]) => [n, v]));

  test.each([
    ["light", colorsOf(light)],
    ["dark", colorsOf(dark)],
  ])("has the contrast of WCAG AA in the %s scheme", (_scheme, colors) => {
    const of = (name: string): string => colors[name] ?? "";
    const text = [
      ["ink", "ground"],
      ["ink", "surface"],
      ["ink", "tint"],
      ["ink-soft", "ground"],
      ["ink-soft", "surface"],
      ["ink-soft", "tint"],
      ["on-accent", "accent"],
      ["on-accent", "accent-strong"],
      ["surface", "danger"],
      ["surface", "danger-strong"],
    ] as const;
    for (const [front, back] of text) {
      expect(contrast(of(front), of(back)), `${front} on ${back}`).toBeGreaterThanOrEqual(4.5);
    }
    // Borders of controls, the focus ring and icons: 3 to 1 (success criterion 1.4.11).
    for (const [front, back] of [
      ["control-line", "surface"],
      ["accent", "surface"],
      ["danger", "surface"],
      ["accent", "accent-tint"],
      ["danger", "danger-tint"],
    ] as const) {
      expect(contrast(of(front), of(back)), `${front} on ${back}`).toBeGreaterThanOrEqual(3);
    }
  });

  test("animates nothing if the user prefers reduced motion, and uses logical properties only", () => {
    const outside = STYLE.split("@media (prefers-reduced-motion: no-preference)")[0];
    expect(outside).not.toMatch(/transition|animation/);
    expect(STYLE).not.toMatch(/(margin|padding|border)-(left|right|top|bottom)|[^-](left|right|width|height):/);
  });
});
