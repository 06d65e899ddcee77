import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, authorizationUrl, client, drive, start } from "../../test/client.ts";
import type { Emulator } from "../index.ts";

let google: Emulator;
beforeAll(async () => {
  google = await start();
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

describe("the pages", () => {
  it("have headers that forbid framing, storing and remote content", async () => {
    const response = await fetch(authorizationUrl(google));
    expect(response.headers.get("cache-control")).toContain("no-store");
    expect(response.headers.get("x-frame-options")).toBe("DENY");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    const policy = response.headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'none'");
    // Chromium would apply form-action to the redirect to the client.
    expect(policy).not.toContain("form-action");
  });

  it("have a style that their content security policy allows", async () => {
    const response = await fetch(authorizationUrl(google));
    const policy = response.headers.get("content-security-policy");
    const style = /<style>([^]*)<\/style>/.exec(await response.text())![1]!;
    expect(policy).toContain(`style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`);
  });

  it("escape names and addresses", async () => {
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

  it("tick a single checkbox, and leave several empty", async () => {
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
