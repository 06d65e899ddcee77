import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, authorizationUrl, client, grace, signIn, start } from "../../test/client.ts";
import { type Emulator, startEmulator } from "../index.ts";

let google: Emulator;
beforeAll(async () => {
  google = await start();
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

describe("startEmulator", () => {
  it.each([
    [{ host: "0.0.0.0" }, '"host"'],
    [{ host: "example.com" }, '"host"'],
    [{ port: -1 }, '"port"'],
    [{ port: 80.5 }, '"port"'],
    [{ accessTokenLifetime: 0 }, '"accessTokenLifetime"'],
    [{ clients: [{ ...client, clientId: "" }] }, '"clientId"'],
    [{ clients: [{ ...client, redirectUris: ["/callback"] }] }, '"redirectUris"'],
    [{ clients: [{ ...client, redirectUris: ["http://localhost/#a"] }] }, '"redirectUris"'],
    [{ users: [{ ...ada, sub: "" }] }, '"sub"'],
  ])("rejects %o and names the option", async (options, name) => {
    await expect(startEmulator(options)).rejects.toThrow(TypeError);
    await expect(startEmulator(options)).rejects.toThrow(name);
  });

  it("has a client and accounts by default", async () => {
    await using fresh = await startEmulator();
    const [first] = fresh.clients;
    const url = authorizationUrl(fresh, { client_id: first!.clientId });
    expect(await fresh.approve(url)).toContain("http://localhost:3000/oauth2callback?");
    expect(fresh.users.map(({ email }) => email)).toContain("ada@example.com");
  });

  it("stops even if a request hangs", async () => {
    const short = await startEmulator();
    short.faults.add({ endpoint: "jwks", hang: true });
    const hanging = fetch(short.endpoints.jwks);
    const failure = hanging.catch((error: unknown) => error);
    await expect.poll(() => short.requests.length).toBe(1);
    await short.stop();
    expect(await failure).toMatchObject({ message: "fetch failed" });
    await expect(fetch(short.url)).rejects.toThrow("fetch failed");
    await short.stop();
  });

  it("throws if the port is in use", async () => {
    const port = Number(new URL(google.url).port);
    await expect(startEmulator({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("leaves out the callback's parameters that callbackExtras switches off", async () => {
    await using bare = await startEmulator({
      clients: [client],
      callbackExtras: { iss: false, authuser: false, scope: false, prompt: false, hd: false },
    });
    const callback = new URL(await bare.approve(authorizationUrl(bare), { user: "grace@workspace.example" }));
    expect([...callback.searchParams.keys()]).toEqual(["state", "code"]);
  });
});

describe("discovery", () => {
  it("names every endpoint, and every endpoint responds", async () => {
    const response = await fetch(`${google.issuer}/.well-known/openid-configuration`);
    const document = (await response.json()) as Record<string, string>;
    expect(document).toMatchObject({
      issuer: google.endpoints.issuer,
      authorization_endpoint: google.endpoints.authorization,
      token_endpoint: google.endpoints.token,
      revocation_endpoint: google.endpoints.revocation,
      jwks_uri: google.endpoints.jwks,
      userinfo_endpoint: google.endpoints.userinfo,
    });
    const { iamCredentials, ...addresses } = google.endpoints;
    expect(iamCredentials).toBe(`${google.url}/v1`);
    for (const url of Object.values(addresses)) expect((await fetch(url)).status).not.toBe(404);
  });
});

describe("reset()", () => {
  it("forgets grants, requests, faults, and added accounts and clients", async () => {
    google.addUser({ ...ada, name: "Countess" });
    google.addUser({ sub: "1003", email: "new@example.com", name: "New" });
    google.addClient({ ...client, status: "deleted" });
    google.clock.advance(1000);
    google.faults.add({ endpoint: "any", status: 500 });
    await fetch(google.url);
    google.reset();
    expect(google.users.map(({ name }) => name)).toEqual([ada.name, grace.name]);
    expect(google.requests).toHaveLength(0);
    await signIn(google);
    google.reset();
    expect(google.grants(ada.sub)).toEqual([]);
  });
});
