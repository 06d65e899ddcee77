// Needs: express-session, oidc-provider
//
// The quick start, from nothing but the packed packages: an app with express-session, one line that mounts Scopegate,
// and one guard. Walked through at the emulator, and at a provider that others wrote.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "@scopegate/emulator";
import { googleOAuth, requireScopes } from "@scopegate/express";
import type { ScopegateOptions } from "@scopegate/express";
import express from "express";
import session from "express-session";

const DRIVE = "https://www.googleapis.com/auth/drive.metadata.readonly";
const CLIENT = { clientId: "smoke.apps.googleusercontent.com", clientSecret: "GOCSPX-of-the-smoke-test-0123456789" };

async function listen(server: Server, host: string): Promise<string> {
  server.listen(0, host);
  await once(server, "listening");
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

async function stop(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}

/** The app of the quick start, with one page behind a guard that shows what an API answers. */
function quickStart(options: ScopegateOptions, scope: string, api: string): RequestListener {
  const app = express();
  app.use(session({ secret: "a session secret", resave: false, saveUninitialized: false }));
  app.use(googleOAuth(options));
  app.get("/", (req, res) => {
    res.json({ user: req.googleAuth.user ?? null });
  });
  app.get("/page", requireScopes(scope), (req, res, next) => {
    req.googleAuth
      .fetch(api)
      .then(async (response) => res.json(await response.json()))
      .catch(next);
  });
  return app;
}

/**
 * A browser without a screen: cookies by host, nothing followed by itself. `fetch` is what a page's script does, and says
 * so in `Sec-Fetch-Mode`: guards answer it with 401, and not with a redirect.
 */
class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  async open(address: string, form?: Record<string, string>): Promise<Response> {
    const url = new URL(address);
    const jar = this.#cookies.get(url.host) ?? new Map<string, string>();
    this.#cookies.set(url.host, jar);
    const response = await fetch(url, {
      redirect: "manual",
      headers: { accept: "text/html", cookie: [...jar].map((pair) => pair.join("=")).join("; ") },
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === "") jar.delete(name!);
      else jar.set(name!, value!);
    }
    return response;
  }

  /** Opens a page and goes wherever it leads; `answer` deals with what is no redirect until it gives nothing. */
  async walk(
    address: string,
    answer: (page: Response, at: string) => Promise<Response | undefined>,
  ): Promise<Response> {
    let at = address;
    let page = await this.open(at);
    for (let step = 0; step < 20; step++) {
      const location = page.headers.get("location");
      if (location !== null) {
        at = new URL(location, at).href;
        page = await this.open(at);
        continue;
      }
      const next = await answer(page, at);
      if (next === undefined) return page;
      page = next;
    }
    throw new Error("no end of the pages");
  }
}

/** What a page's script does with the guard's 401: it sends the user to the address in it, and names the way back. */
async function signInAddress(browser: Browser, page: string): Promise<string> {
  const refused = await browser.open(page);
  assert.equal(refused.status, 401);
  const { error, authorizeUrl } = (await refused.json()) as { error: string; authorizeUrl: string };
  assert.equal(error, "sign_in_required");
  const address = new URL(authorizeUrl);
  address.searchParams.set("return_to", new URL(page).pathname);
  return address.href;
}

async function atTheEmulator(): Promise<void> {
  const google = await startEmulator();
  const server = createServer();
  const origin = await listen(server, "localhost");
  const redirectUri = `${origin}/oauth2callback`;
  google.addClient({ ...CLIENT, redirectUris: [redirectUri] });
  const options = { client: CLIENT, redirectUri, endpoints: google.endpoints };
  server.on("request", quickStart(options, DRIVE, `${google.apis.drive}/files`));

  const browser = new Browser();
  const toGoogle = await browser.open(await signInAddress(browser, `${origin}/page`));
  assert.equal(toGoogle.status, 302);
  const callback = await google.approve(toGoogle.headers.get("location")!, { user: "ada@example.com" });
  const page = await browser.walk(callback, async () => undefined);
  assert.equal(page.status, 200);
  assert.ok(((await page.json()) as { files: unknown[] }).files.length > 0);
  const { user } = (await (await browser.open(`${origin}/`)).json()) as { user: { email: string } };
  assert.equal(user.email, "ada@example.com");

  // A refresh, which loads what the first request did not need.
  google.expireAccessTokens();
  assert.equal((await browser.open(`${origin}/page`)).status, 200);
  assert.equal(google.requests.of("token").length, 2);
  await Promise.all([stop(server), google.stop()]);
}

/** What is used of oidc-provider, which has no types. */
interface ProviderModule {
  readonly Provider: new (issuer: string, configuration: object) => { callback(): RequestListener };
}

async function atOidcProvider(): Promise<void> {
  const name: string = "oidc-provider";
  const { Provider } = (await import(name)) as ProviderModule;
  const [server, providerServer] = [createServer(), createServer()];
  const [origin, issuer] = [await listen(server, "localhost"), await listen(providerServer, "127.0.0.1")];
  const redirectUri = `${origin}/oauth2callback`;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code", "refresh_token"],
        token_endpoint_auth_method: "client_secret_post",
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "rs256", use: "sig", alg: "RS256" }] },
    cookies: { keys: ["a cookie key"] },
    scopes: ["openid", "offline_access", "notes"],
    claims: { openid: ["sub"], email: ["email"], profile: ["name"] },
    findAccount: (_context: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId, email: `${accountId}@example.org` }),
    }),
    pkce: { required: () => true },
  });
  providerServer.on("request", provider.callback());
  const endpoints = {
    issuer,
    authorization: `${issuer}/auth`,
    token: `${issuer}/token`,
    revocation: `${issuer}/token/revocation`,
    jwks: `${issuer}/jwks`,
    userinfo: `${issuer}/me`,
  };
  const scopes = ["openid", "email", "offline_access"];
  const options = { client: CLIENT, redirectUri, endpoints, scopes, prompt: "consent", includeGrantedScopes: false };
  server.on("request", quickStart(options, "notes", endpoints.userinfo));

  const browser = new Browser();
  const page = await browser.walk(await signInAddress(browser, `${origin}/page`), async (response, at) => {
    if (at.startsWith(origin)) return undefined;
    // The provider's own pages: a sign-in that takes any name, and a consent.
    const html = await response.text();
    const action = /<form[^>]+action="([^"]+)"/.exec(html)?.[1];
    const prompt = /name="prompt" value="([^"]+)"/.exec(html)?.[1];
    assert.ok(action && prompt, `HTTP ${response.status} at ${at}: ${html}`);
    return browser.open(new URL(action, at).href, { prompt, login: "erin", password: "any" });
  });
  assert.equal(page.status, 200);
  assert.equal(page.url, `${origin}/page`);
  assert.deepEqual(await page.json(), { sub: "erin", email: "erin@example.org" });
  await Promise.all([stop(server), stop(providerServer)]);
}

await atTheEmulator();
await atOidcProvider();
