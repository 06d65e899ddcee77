import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, authorizationUrl, calendar, client, drive, email, grace, redirectUri, start } from "../../test/client.ts";
import { AuthorizationPageError, type Emulator } from "../index.ts";

let google: Emulator;
beforeAll(async () => {
  google = await start();
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

const query = (callback: string) => Object.fromEntries(new URL(callback).searchParams);

describe("an authorization request with a mistake shows an error page", () => {
  const webView = "Mozilla/5.0 (Linux; Android 15; Pixel 9; wv) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36";
  const wkWebView = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148";

  it.each([
    [400, "invalid_request", { client_id: "" }],
    [401, "invalid_client", { client_id: "nobody.apps.googleusercontent.com" }],
    [400, "invalid_request", { redirect_uri: "" }],
    [400, "redirect_uri_mismatch", { redirect_uri: `${redirectUri}/` }],
    [400, "redirect_uri_mismatch", { redirect_uri: redirectUri.replace("http:", "https:") }],
    [400, "redirect_uri_mismatch", { redirect_uri: redirectUri.toUpperCase() }],
    [400, "invalid_request", { response_type: "" }],
    [400, "unsupported_response_type", { response_type: "token" }],
    [400, "invalid_request", { scope: "" }],
    [400, "invalid_request", { scope: " " }],
    [400, "invalid_scope", { scope: `openid,${drive}` }],
    [400, "invalid_scope", { scope: drive.toUpperCase() }],
    [400, "invalid_request", { access_type: "Offline" }],
    [400, "invalid_request", { include_granted_scopes: "yes" }],
    [400, "invalid_request", { prompt: "login" }],
    [400, "invalid_request", { prompt: "none consent" }],
    [400, "invalid_request", { code_challenge: "short", code_challenge_method: "S256" }],
    [400, "invalid_request", { code_challenge: "x".repeat(43), code_challenge_method: "s256" }],
    [400, "invalid_request", { code_challenge_method: "S256" }],
  ])("%i %s for %o", async (status, code, changes: Record<string, string>) => {
    const approval = google.approve(authorizationUrl(google, changes));
    await expect(approval).rejects.toThrow(AuthorizationPageError);
    await expect(approval).rejects.toMatchObject({ status, code });
  });

  it("that names the repeated parameter", async () => {
    const url = authorizationUrl(google);
    url.searchParams.append("scope", calendar);
    await expect(google.approve(url)).rejects.toThrow("OAuth 2 parameters can only have a single value: scope");
  });

  it.each(["deleted", "disabled"] as const)("for a client that is %s", async (status) => {
    google.addClient({ ...client, status });
    await expect(google.approve(authorizationUrl(google))).rejects.toMatchObject({
      status: 401,
      code: `${status}_client`,
    });
  });

  it.each([webView, wkWebView])("for the web view %s", async (userAgent) => {
    await expect(google.approve(authorizationUrl(google), { userAgent })).rejects.toMatchObject({
      status: 403,
      code: "disallowed_useragent",
    });
  });

  it("for an account outside the client's organization, but not for one inside", async () => {
    google.addClient({ ...client, organization: grace.hd });
    await expect(google.approve(authorizationUrl(google), { user: ada.sub })).rejects.toMatchObject({
      status: 403,
      code: "org_internal",
    });
    expect(query(await google.approve(authorizationUrl(google), { user: grace.sub }))).toHaveProperty("code");
  });

  it("for an account whose administrator blocks one of the scopes", async () => {
    google.addUser({ ...grace, restrictedScopes: [drive] });
    await expect(google.approve(authorizationUrl(google), { user: grace.sub })).rejects.toMatchObject({
      status: 400,
      code: "admin_policy_enforced",
    });
    const signInOnly = authorizationUrl(google, { scope: "openid" });
    expect(query(await google.approve(signInOnly, { user: grace.sub }))).toHaveProperty("code");
  });
});

describe("the callback", () => {
  it("has the unchanged state and Google's additional parameters", async () => {
    const url = authorizationUrl(google, { state: "a b&c=%/ü" });
    expect(query(await google.approve(url, { user: grace.sub }))).toEqual({
      state: "a b&c=%/ü",
      iss: google.issuer,
      code: expect.stringMatching(/^4\/0/),
      scope: expect.stringContaining(`email ${drive}`),
      authuser: "0",
      hd: grace.hd,
      prompt: "consent",
    });
  });

  it("keeps the query of the redirect URI", async () => {
    const withQuery = `${redirectUri}?tenant=a%20b`;
    google.addClient({ ...client, redirectUris: [withQuery] });
    const callback = await google.approve(authorizationUrl(google, { redirect_uri: withQuery }));
    expect(callback).toMatch(`${withQuery}&state=s`);
  });

  it("has access_denied if the user cancels", async () => {
    const callback = await google.approve(authorizationUrl(google), { deny: true });
    expect(query(callback)).toEqual({ state: "s", iss: google.issuer, error: "access_denied" });
    expect(google.grants(ada.sub)).toEqual([]);
  });

  it("has access_denied if the user ticks no box and sign-in is not requested", async () => {
    const callback = await google.approve(authorizationUrl(google, { scope: drive }), { scopes: [] });
    expect(query(callback)).toMatchObject({ error: "access_denied" });
  });
});

describe("consent", () => {
  const granted = (callback: string) => {
    const { scope = "" } = query(callback);
    return new Set(scope.split(" ").filter((name) => name !== "email"));
  };

  it("grants the ticked scopes and the sign-in scopes", async () => {
    const url = authorizationUrl(google, { scope: `openid email ${drive} ${calendar}` });
    expect(granted(await google.approve(url, { scopes: [calendar] }))).toEqual(new Set(["openid", email, calendar]));
    expect(google.grants(ada.sub)).toMatchObject([{ scopes: [calendar, email, "openid"].toSorted() }]);
  });

  it("adds openid to a request for the e-mail address, as Google does", async () => {
    const callback = await google.approve(authorizationUrl(google, { scope: email }));
    expect(granted(callback)).toEqual(new Set(["openid", email]));
  });

  it("is not requested twice for the same scopes", async () => {
    const browser = google.createBrowser();
    await browser.approve(authorizationUrl(google));
    google.requests.clear();
    expect(query(await browser.approve(authorizationUrl(google)))).toMatchObject({ prompt: "none" });
    expect(google.requests.map(({ endpoint }) => endpoint)).toEqual(["authorization"]);
  });

  it("is requested again with prompt=consent", async () => {
    const browser = google.createBrowser();
    await browser.approve(authorizationUrl(google));
    const again = await browser.approve(authorizationUrl(google, { prompt: "consent" }));
    expect(query(again)).toMatchObject({ prompt: "consent" });
  });

  it("is requested for new scopes only", async () => {
    const browser = google.createBrowser();
    await browser.approve(authorizationUrl(google));
    const both = authorizationUrl(google, { scope: `openid ${drive} ${calendar}` });
    expect(granted(await browser.approve(both, { scopes: [calendar] }))).toEqual(new Set(["openid", drive, calendar]));
  });
});

describe("prompt=none", () => {
  const silent = (changes = {}) => authorizationUrl(google, { prompt: "none", ...changes });

  it("returns login_required if no account is signed in", async () => {
    expect(query(await google.approve(silent()))).toEqual({ state: "s", iss: google.issuer, error: "login_required" });
  });

  it("returns interaction_required if consent is missing", async () => {
    const browser = google.createBrowser();
    await browser.approve(authorizationUrl(google, { scope: "openid" }));
    expect(query(await browser.approve(silent()))).toMatchObject({
      error: "interaction_required",
      error_subtype: "access_denied",
    });
  });

  it("returns interaction_required if several accounts are signed in, unless login_hint names one", async () => {
    const browser = google.createBrowser();
    for (const { sub } of [ada, grace]) {
      await browser.approve(authorizationUrl(google, { prompt: "select_account" }), { user: sub });
    }
    expect(query(await browser.approve(silent()))).toMatchObject({ error: "interaction_required" });
    const hinted = query(await browser.approve(silent({ login_hint: grace.email })));
    expect(hinted).toMatchObject({ authuser: "1", hd: grace.hd, prompt: "none" });
  });

  it("returns a code if all scopes are granted", async () => {
    const browser = google.createBrowser();
    await browser.approve(authorizationUrl(google));
    expect(query(await browser.approve(silent()))).toHaveProperty("code");
  });
});

describe("the account chooser", () => {
  const page = async (url: URL) => (await fetch(url)).text();

  it("lists all accounts", async () => {
    const text = await page(authorizationUrl(google));
    expect(text).toContain(ada.email);
    expect(text).toContain(grace.email);
  });

  it("lists only accounts of the domain in hd, with a button for the other accounts", async () => {
    const url = authorizationUrl(google, { hd: grace.hd });
    const text = await page(url);
    expect(text).not.toContain(ada.email);
    expect(text).toContain("Use another account");
    expect(query(await google.approve(url, { user: ada.sub }))).not.toHaveProperty("hd");
  });

  it("appears with prompt=select_account even if an account is signed in", async () => {
    const browser = google.createBrowser();
    await browser.approve(authorizationUrl(google), { user: ada.sub });
    const other = await browser.approve(authorizationUrl(google, { prompt: "select_account" }), { user: grace.sub });
    expect(query(other)).toMatchObject({ hd: grace.hd, authuser: "1" });
  });

  it.each([grace.email, grace.email.toUpperCase(), grace.sub])(
    "preselects the account of the login_hint %s",
    async (hint) => {
      const callback = await google.approve(authorizationUrl(google, { login_hint: hint }));
      expect(query(callback)).toMatchObject({ hd: grace.hd });
    },
  );
});

describe("a form of the sign-in pages", () => {
  async function consentForm(browser: { cookie: string }) {
    const chooser = await fetch(authorizationUrl(google));
    browser.cookie = chooser.headers.getSetCookie()[0]!.split(";")[0]!;
    const interaction = /name="interaction" value="(\w+)"/.exec(await chooser.text())![1]!;
    await submit("/signin/choice", { interaction, account: ada.sub }, browser.cookie);
    return { interaction, account: ada.sub, decision: "allow", scope: drive };
  }

  const submit = (path: string, fields: Record<string, string>, cookie: string) =>
    fetch(google.url + path, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { cookie },
      redirect: "manual",
    });

  it("can be submitted only once", async () => {
    const browser = { cookie: "" };
    const form = await consentForm(browser);
    expect((await submit("/signin/decision", form, browser.cookie)).headers.get("location")).toContain("code=");
    const again = await submit("/signin/decision", form, browser.cookie);
    expect(again.status).toBe(400);
    expect(await again.text()).toContain("This page is out of date");
  });

  it("can be submitted only in the browser that opened it", async () => {
    const form = await consentForm({ cookie: "" });
    expect((await submit("/signin/decision", form, "")).status).toBe(400);
    expect(google.grants(ada.sub)).toEqual([]);
  });

  it("grants nothing for an account that is not signed in to the browser", async () => {
    const browser = { cookie: "" };
    const form = await consentForm(browser);
    const response = await submit("/signin/decision", { ...form, account: grace.sub }, browser.cookie);
    expect(response.headers.get("location")).toMatch(/^\/signin\/accounts/);
    expect(google.grants(grace.sub)).toEqual([]);
  });

  it("cannot grant scopes that were not requested", async () => {
    const browser = { cookie: "" };
    const form = await consentForm(browser);
    await submit("/signin/decision", { ...form, scope: calendar }, browser.cookie);
    expect(google.grants(ada.sub)).toMatchObject([{ scopes: [email, "openid"] }]);
  });
});
