import { once } from "node:events";
import { get } from "node:http";
import type { IncomingMessage } from "node:http";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator } from "@scopegate/emulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RawBrowser } from "../harness/security/browser.ts";

const REDIRECT_URI = "http://localhost:3000/oauth2callback";
const CLIENT = { clientId: "app", clientSecret: "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pp", redirectUris: [REDIRECT_URI] };
/** Names that their owner can let point to 127.0.0.1. */
const REBOUND = [
  "evil.example",
  "localhost.evil.example",
  "evillocalhost",
  "127.0.0.1.nip.io",
  "localhost@evil.example",
  "0.0.0.0",
];
const AUTHORIZATION = `/o/oauth2/v2/auth?${new URLSearchParams({
  client_id: CLIENT.clientId,
  redirect_uri: REDIRECT_URI,
  response_type: "code",
  scope: "openid email",
  state: "s",
}).toString()}`;
const TOKEN_OF_THE_MACHINE = "/computeMetadata/v1/instance/service-accounts/default/token";
const FLAVOR = { "Metadata-Flavor": "Google" };

describe("a website whose name points to the emulator", () => {
  let google: Emulator;
  let emulator: RawBrowser;
  let metadata: RawBrowser;
  beforeAll(async () => {
    google = await startEmulator({ clients: [CLIENT] });
    emulator = new RawBrowser(google.url);
    metadata = new RawBrowser(`http://${google.metadata.host}`);
  });
  afterAll(() => google.stop());
  const portOf = (url: string) => new URL(url).port;

  it.each(REBOUND)("S75 gets 403 for every address under the host name %j, and changes nothing", async (name) => {
    google.reset();
    const fault = google.faults.add({ endpoint: "any", status: 503, times: Infinity });
    const header = { Host: `${name}:${portOf(google.url)}` };
    const responses = [
      await emulator.open("/", header),
      await emulator.open(AUTHORIZATION, header),
      await emulator.call("/.well-known/openid-configuration", header),
      await emulator.post("/signin/choice", { account: "1001" }, header),
      await emulator.post("/token", { grant_type: "authorization_code", code: "c" }, header),
      await emulator.post("/revoke", { token: "t" }, header),
      await emulator.send("DELETE", "/calendar/v3/calendars/primary/events/1", header),
      await emulator.open("/no/such/page", header),
      await metadata.call(TOKEN_OF_THE_MACHINE, { ...FLAVOR, ...header }),
      await metadata.call("/", header),
    ];
    for (const { status, headers, text } of responses) {
      expect(status).toBe(403);
      expect(text).toContain("The emulator responds only to requests for localhost, 127.0.0.1 or [::1]");
      expect(text).not.toContain("ada@example.com");
      expect(headers["set-cookie"]).toBeUndefined();
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
    expect(google.requests).toHaveLength(0);
    expect(fault.hits).toBe(0);
    expect(google.grants("ada@example.com")).toEqual([]);
  });

  it("S75 cannot go on with a sign-in that the developer began", async () => {
    google.reset();
    const page = await emulator.open(AUTHORIZATION);
    const [, field, value] = /<input type="hidden" name="(\w+)" value="([^"]+)"/.exec(page.text)!;
    const [, account] = /name="account" value="(\d+)"/.exec(page.text)!;
    const choice = { [field!]: value!, account: account! };
    const foreign = await emulator.post("/signin/choice", choice, { Host: `evil.example:${portOf(google.url)}` });
    expect([foreign.status, foreign.location]).toEqual([403, ""]);
    const own = await emulator.post("/signin/choice", choice);
    expect([own.status, own.location]).toEqual([302, expect.stringContaining("/signin/consent")]);
  });

  it("S75 gets nothing by a body that is too large, which is not read", async () => {
    const response = await emulator.send("POST", "/token", { Host: "evil.example" }, "x".repeat(1_000_000));
    expect(response.status).toBe(403);
  });

  it.each(["localhost", "app.localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "[::1]"])(
    "S75 is told apart from the developer, who opens %s",
    async (name) => {
      expect((await emulator.open("/", { Host: `${name}:${portOf(google.url)}` })).status).toBe(200);
      const own = await metadata.call(TOKEN_OF_THE_MACHINE, { ...FLAVOR, Host: name });
      expect(own.json["token_type"]).toBe("Bearer");
    },
  );

  it.each(["metadata.google.internal", "metadata.google.internal.", "169.254.169.254", "169.254.169.254:80"])(
    "S75 is told apart from Google's libraries, which look for the metadata server at %s",
    async (name) => {
      const response = await metadata.call(TOKEN_OF_THE_MACHINE, { ...FLAVOR, Host: name });
      expect(response.json["token_type"]).toBe("Bearer");
      expect((await emulator.open("/", { Host: name })).status).toBe(403);
    },
  );

  it("S75 is refused on an emulator that listens on IPv6, too", async () => {
    await using six = await startEmulator({ host: "::1" });
    const { port } = new URL(six.url);
    const statusOf = async (host: string) => {
      const [response] = (await once(get({ host: "::1", port, headers: { host } }), "response")) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    expect([await statusOf(`[::1]:${port}`), await statusOf(`evil.example:${port}`)]).toEqual([200, 403]);
  });
});
