import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, authorizationUrl, client, drive, grace, post, signIn, start } from "../test/client.ts";
import { assertionClaims, signWith, temporaryPath } from "../test/service.ts";
import { type Emulator, type ServiceAccountKeyFile, startEmulator } from "./index.ts";

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
  ])("refuses %o, and names the option", async (options, name) => {
    await expect(startEmulator(options)).rejects.toThrow(TypeError);
    await expect(startEmulator(options)).rejects.toThrow(name);
  });

  it("has a client and accounts without being told any", async () => {
    await using fresh = await startEmulator();
    const [first] = fresh.clients;
    const url = authorizationUrl(fresh, { client_id: first!.clientId });
    expect(await fresh.approve(url)).toContain("http://localhost:3000/oauth2callback?");
    expect(fresh.users.map(({ email }) => email)).toContain("ada@example.com");
  });

  it("stops, although a request hangs", async () => {
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

  it("fails where the port is taken", async () => {
    const port = Number(new URL(google.url).port);
    await expect(startEmulator({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("leaves out of the callback what it is told to", async () => {
    await using bare = await startEmulator({
      clients: [client],
      callbackExtras: { iss: false, authuser: false, scope: false, prompt: false, hd: false },
    });
    const callback = new URL(await bare.approve(authorizationUrl(bare), { user: "grace@workspace.example" }));
    expect([...callback.searchParams.keys()]).toEqual(["state", "code"]);
  });
});

describe("discovery", () => {
  it("names every endpoint, and every endpoint answers", async () => {
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

describe("approve()", () => {
  it("signs in the first account unless told otherwise", async () => {
    await google.approve(authorizationUrl(google));
    expect(google.grants(ada.email)).toHaveLength(1);
    await google.approve(authorizationUrl(google, { login_hint: ada.email }), { user: grace.email });
    expect(google.grants(grace.sub)).toHaveLength(1);
  });

  it("refuses an address elsewhere, and an account that does not exist", async () => {
    await expect(google.approve("https://accounts.google.com/o/oauth2/v2/auth")).rejects.toThrow(TypeError);
    await expect(google.approve(authorizationUrl(google), { user: "nobody@example.com" })).rejects.toThrow(
      'no account "nobody@example.com"',
    );
  });

  it("says so when there is nothing left to deny", async () => {
    await google.approve(authorizationUrl(google));
    await expect(google.approve(authorizationUrl(google), { deny: true })).rejects.toThrow("prompt=consent");
  });

  it("says what went wrong where no sign-in page was shown", async () => {
    google.faults.add({ endpoint: "authorization", status: 503, body: "<h1>Down</h1>" });
    await expect(google.approve(authorizationUrl(google))).rejects.toMatchObject({ status: 503, code: undefined });
  });
});

describe("reset()", () => {
  it("forgets what happened, and what was added", async () => {
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

describe("the pages", () => {
  it("send headers of a sign-in page: not framed, not stored, nothing from elsewhere", async () => {
    const response = await fetch(authorizationUrl(google));
    expect(response.headers.get("cache-control")).toContain("no-store");
    expect(response.headers.get("x-frame-options")).toBe("DENY");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    const policy = response.headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'none'");
    // Chromium holds the redirect to the client against form-action.
    expect(policy).not.toContain("form-action");
  });

  it("have a style that their own policy allows", async () => {
    const response = await fetch(authorizationUrl(google));
    const policy = response.headers.get("content-security-policy");
    const style = /<style>([^]*)<\/style>/.exec(await response.text())![1]!;
    expect(policy).toContain(`style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`);
  });

  it("write what they are told as text, not as markup", async () => {
    const evil = `<script>alert("1")</script>`;
    google.addClient({ ...client, name: evil });
    google.addUser({ ...ada, name: evil });
    const shown = [
      await fetch(authorizationUrl(google)),
      await fetch(authorizationUrl(google, { redirect_uri: `https://a.example/${evil}` })),
      await fetch(google.url),
    ];
    for (const response of shown) {
      const text = await response.text();
      expect(text).not.toContain("<script");
      expect(text).toContain("&lt;script");
    }
  });

  it("tick a single box, and leave several empty", async () => {
    const consent = async (scope: string) => {
      const chooser = await fetch(authorizationUrl(google, { scope }));
      const cookie = chooser.headers.getSetCookie()[0]!.split(";")[0]!;
      const interaction = /name="interaction" value="(\w+)"/.exec(await chooser.text())![1]!;
      const search = new URLSearchParams({ interaction, account: ada.sub });
      const submitted = { method: "POST", body: search, headers: { cookie }, redirect: "manual" } as const;
      await fetch(`${google.url}/signin/choice`, submitted);
      return (await fetch(`${google.url}/signin/consent?${search.toString()}`, { headers: { cookie } })).text();
    };
    expect((await consent(drive)).match(/ checked/g)).toHaveLength(1);
    expect(await consent(`${drive} https://www.googleapis.com/auth/calendar`)).not.toContain(" checked");
    const signInOnly = await consent("openid email");
    expect(signInOnly).not.toContain("checkbox");
    expect(signInOnly).toContain(">Continue</button>");
  });
});

describe("the command", () => {
  const bin = join(import.meta.dirname, "bin.ts");

  it("prints its addresses and the environment of a client, and ends on a signal", async () => {
    const command = spawn(process.execPath, [bin, "--port", "0", "--redirect-uri", "http://localhost:8080/cb"]);
    const [chunk] = (await once(command.stdout, "data")) as [Buffer];
    const text = chunk.toString();
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)![0];
    expect(text).toContain("GOOGLE_REDIRECT_URI=http://localhost:8080/cb");
    expect((await fetch(`${url}/oauth2/v3/certs`)).status).toBe(200);
    command.kill("SIGTERM");
    expect(await once(command, "exit")).toEqual([0, null]);
  });

  it("writes a key file that works, for its owner alone", async () => {
    const path = temporaryPath();
    const command = spawn(process.execPath, [bin, "--port", "0", "--service-account", path]);
    const [chunk] = (await once(command.stdout, "data")) as [Buffer];
    expect(chunk.toString()).toContain(`GOOGLE_APPLICATION_CREDENTIALS=${path}`);
    const file = JSON.parse(readFileSync(path, "utf8")) as ServiceAccountKeyFile;
    rmSync(path);
    const iat = Math.floor(Date.now() / 1000);
    const sub = "grace@workspace.example";
    const scope = "https://www.googleapis.com/auth/calendar.readonly";
    const assertion = signWith(file, assertionClaims(file, { iat, exp: iat + 3600, sub, scope }));
    const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    expect((await post(file.token_uri, { grant_type: grant, assertion })).status).toBe(200);
    const [, metadata] = /GCE_METADATA_HOST=(\S+)/.exec(chunk.toString())!;
    expect(await (await fetch(`http://${metadata}/`)).text()).toBe("computeMetadata/\n");
    command.kill("SIGTERM");
    expect(await once(command, "exit")).toEqual([0, null]);
  });

  it("ends where it cannot write the key file", async () => {
    const command = [bin, "--port", "0", "--service-account", join(temporaryPath(), "key.json")];
    await expect(promisify(execFile)(process.execPath, command)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("ENOENT"),
    });
  });

  it("explains itself, and refuses what it does not know", async () => {
    const run = promisify(execFile);
    expect((await run(process.execPath, [bin, "--help"])).stdout).toContain("--port");
    await expect(run(process.execPath, [bin, "--host", "0.0.0.0"])).rejects.toMatchObject({ code: 1 });
    await expect(run(process.execPath, [bin, "--port", "x"])).rejects.toMatchObject({
      stderr: expect.stringContaining('"port"'),
    });
  });
});
