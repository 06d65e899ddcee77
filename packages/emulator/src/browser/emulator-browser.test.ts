import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, authorizationUrl, grace, start } from "../../test/client.ts";
import type { Emulator } from "../index.ts";

let google: Emulator;
beforeAll(async () => {
  google = await start();
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

describe("approve()", () => {
  it("signs in the first account by default, or the account of `user`", async () => {
    await google.approve(authorizationUrl(google));
    expect(google.grants(ada.email)).toHaveLength(1);
    await google.approve(authorizationUrl(google, { login_hint: ada.email }), { user: grace.email });
    expect(google.grants(grace.sub)).toHaveLength(1);
  });

  it("throws for an address of another server, and for an unknown account", async () => {
    await expect(google.approve("https://accounts.google.com/o/oauth2/v2/auth")).rejects.toThrow(TypeError);
    await expect(google.approve(authorizationUrl(google), { user: "nobody@example.com" })).rejects.toThrow(
      'no account "nobody@example.com"',
    );
  });

  it("throws if there is no consent page to deny", async () => {
    await google.approve(authorizationUrl(google));
    await expect(google.approve(authorizationUrl(google), { deny: true })).rejects.toThrow("prompt=consent");
  });

  it("throws an error with the status if the response is not a sign-in page", async () => {
    google.faults.add({ endpoint: "authorization", status: 503, body: "<h1>Down</h1>" });
    await expect(google.approve(authorizationUrl(google))).rejects.toMatchObject({ status: 503, code: undefined });
  });
});
