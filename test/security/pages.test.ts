import { memoryTokenStore } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { DRIVE } from "../harness/app/scenario.ts";
import { startAttack } from "../harness/security/attack.ts";
import type { Attack } from "../harness/security/attack.ts";
import type { RawResponse } from "../harness/security/browser.ts";

const SCRIPT = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`;
const SPLIT = "x\r\nSet-Cookie: planted=1\r\n\r\n<script>alert(1)</script>";

function expectInert(answer: RawResponse, what: string): void {
  expect(answer.text, what).not.toMatch(/<script|<img|<iframe|onerror=alert\(1\)>/i);
  expect((answer.headers["set-cookie"] ?? []).join("\n"), what).not.toMatch(/^planted/m);
}

/** Every kind of response of Scopegate's routes, requested as a visitor does. */
async function answers(attack: Attack): Promise<Record<string, RawResponse>> {
  const { victim, google } = attack;
  const got: Record<string, RawResponse> = {};
  got["the redirect to Google"] = await victim.open("/authorize?return_to=/drive");
  const begun = got["the redirect to Google"].location;
  got["a denial"] = await victim.open(await google.approve(begun, { deny: true }));
  got["an undeclared scope"] = await victim.open("/authorize?scope=undeclared");
  got["a callback without an attempt"] = await victim.open(`/oauth2callback?code=x&state=${"A".repeat(43)}`);
  got["a malformed callback"] = await victim.open("/oauth2callback");
  got["a wrong method at the callback"] = await victim.post("/oauth2callback");
  got["a wrong method at /authorize"] = await victim.post("/authorize");
  got["a guard's redirect"] = await victim.open("/drive");
  got["a guard's answer to a call"] = await victim.call("/drive");

  const { callback } = await attack.begin(victim, "/drive", { scopes: [] });
  got["the redirect from the callback"] = await victim.open(callback.href);
  got["a spent callback"] = await victim.open(callback.href);
  got["a page whose scopes were left out"] = await victim.open("/drive");
  got["a call whose scopes were left out"] = await victim.call("/drive");
  const other = await attack.begin(victim, `/authorize?scope=${DRIVE}`, { user: "grace@workspace.example" });
  got["another account"] = await victim.open(other.callback.href);
  const broken = await attack.begin(victim, `/authorize?scope=${DRIVE}`);
  google.faults.add({ endpoint: "token", status: 503 });
  google.faults.add({ endpoint: "token", status: 503 });
  google.faults.add({ endpoint: "token", status: 400, body: { error: "invalid_client" } });
  got["a failed exchange"] = await victim.open(broken.callback.href);
  google.faults.clear();
  for (const path of ["/revoke", "/signout"]) {
    got[`the form of ${path}`] = await victim.open(path);
    got[`a cross-site post to ${path}`] = await victim.post(path, {}, { "Sec-Fetch-Site": "cross-site" });
    got[`a wrong method at ${path}`] = await victim.send("DELETE", path, { Accept: "text/html" });
  }
  google.faults.add({ endpoint: "revocation", status: 500, times: Infinity });
  got["a revocation that Google missed"] = await victim.post("/revoke", {}, { "Sec-Fetch-Site": "same-origin" });
  got["the redirect after a sign-out"] = await victim.post("/signout", {}, { "Sec-Fetch-Site": "same-origin" });
  got["a script's sign-out"] = await victim.post("/signout", {}, { "Sec-Fetch-Site": "same-origin", Accept: "*/*" });
  return got;
}

describe.each(frameworks)("pages and responses on %s", (_name, startApp) => {
  it("S14 script and line breaks in the callback's query are text, in pages and in JSON", async () => {
    await using attack = await startAttack(startApp, { options: { pages: { developerNotes: true } } });
    const { victim, google } = attack;
    for (const said of [SCRIPT, SPLIT]) {
      const text = encodeURIComponent(said);
      for (const query of [
        `error=${text}&error_description=${text}&error_subtype=${text}&error_uri=${text}`,
        `error=access_denied&error_description=${text}`,
        `error=invalid_client&error_description=${text}`,
      ]) {
        const { location } = await victim.open("/authorize");
        const state = new URL(location).searchParams.get("state")!;
        const forged = await victim.open(`/oauth2callback?${query}&state=${text}`);
        expect(forged.status).toBe(400);
        expectInert(forged, query);
        // The state is right, so that the text reaches the page.
        const page = await victim.open(`/oauth2callback?${query}&state=${state}`);
        expect(page.status).toBeGreaterThanOrEqual(400);
        expectInert(page, query);
        expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
        // The page shows the text to developers, escaped.
        if (query.includes("invalid_client")) expect(page.text).toContain(said === SCRIPT ? "&lt;script&gt;" : "x");

        const again = new URL((await victim.open("/authorize")).location).searchParams.get("state")!;
        const program = await victim.call(`/oauth2callback?${query}&state=${again}`);
        expect(program.headers["content-type"]).toMatch(/^application\/json/);
        expect(Object.keys(program.json), query).toEqual(["error"]);
        expectInert(program, query);
      }
    }
    expect(google.requests.of("token")).toEqual([]);
  });

  it("S14 script in a scope, a return address, a hint or a language is text", async () => {
    await using attack = await startAttack(startApp, { options: { pages: { developerNotes: true } } });
    await attack.signIn();
    for (const said of [SCRIPT, SPLIT]) {
      const text = encodeURIComponent(said);
      const language = { "Accept-Language": SCRIPT, Referer: `${attack.app.origin}/${text}?${SCRIPT}` };
      for (const target of [
        `/authorize?scope=${text}`,
        `/authorize?return_to=/${text}&login_hint=${text}&prompt=${text}`,
        `/signout?return_to=/?${text}`,
        `/revoke?return_to=/x%3F${text}`,
        `/oauth2callback?code=${text}&state=${text}&iss=${text}`,
      ]) {
        expectInert(await attack.victim.open(target, language), target);
      }
    }
  });

  it("S14 script in a name and an address from Google is text", async () => {
    const user = { sub: "9", email: `<script>alert(1)</script>@evil.example`, name: SCRIPT };
    await using attack = await startAttack(startApp, { emulator: { users: [user] } });
    await attack.signIn();
    const page = await attack.victim.open("/signout");
    expect(page.text).toContain("&lt;script&gt;");
    expectInert(page, "a name");
  });

  it("S15 every response forbids storing, sniffing and a Referer to other sites, and loads nothing from other hosts", async () => {
    await using attack = await startAttack(startApp, { options: { store: memoryTokenStore() } });
    const got = await answers(attack);
    const kinds = { page: 0, json: 0, redirect: 0 };
    for (const [what, { status, headers, text, location }] of Object.entries(got)) {
      expect(headers["cache-control"], what).toBe("no-store");
      expect(headers["x-content-type-options"], what).toBe("nosniff");
      // From a `no-referrer` page the browser would post `Origin: null`, so that pages with a form use `same-origin`.
      const hasForm = text.includes("<form");
      expect(headers["referrer-policy"], what).toBe(hasForm ? "same-origin" : "no-referrer");
      expect(hasForm, what).toBe(what.startsWith("the form"));
      if (status < 400 && location !== "") {
        kinds.redirect += 1;
      } else if (String(headers["content-type"]).startsWith("text/html")) {
        kinds.page += 1;
        const policy = String(headers["content-security-policy"]);
        expect(policy, what).toMatch(/default-src 'none'/);
        expect(policy, what).toMatch(/frame-ancestors 'none'/);
        expect(policy, what).toMatch(/base-uri 'none'/);
        // Only forms may lead elsewhere: by redirect, to an allowed return address or to Google.
        const [formAction = ""] = /form-action [^;]*/.exec(policy) ?? [];
        expect(formAction, what).toMatch(/^form-action 'self'( http:\/\/127\.0\.0\.1:\d+)?$/);
        expect(policy.replace(formAction, ""), what).not.toMatch(/https?:|unsafe|\*|data:/);
        expect(text, what).not.toMatch(/<(?:script|img|iframe|link|object|embed)\b|@import|url\(/i);
      } else {
        kinds.json += 1;
        expect(headers["content-type"], what).toMatch(/^application\/json/);
      }
    }
    expect(kinds).toEqual({ redirect: 4, page: 17, json: 3 });
  });

  it("S15 a sign-in ends at an address without code or state, and no address holds a secret of the session", async () => {
    await using attack = await startAttack(startApp);
    const { callback, code, state, authorization } = await attack.begin(attack.victim, "/drive?q=1");
    const { status, location, text, headers } = await attack.victim.open(callback.href);
    expect([status, location, text]).toEqual([302, "/drive?q=1", ""]);
    expect(attack.effects().tokenRequests).toBe(1);
    for (const secret of [code, state, authorization.searchParams.get("nonce")!]) {
      expect(JSON.stringify(headers)).not.toContain(secret);
    }
  });
});
