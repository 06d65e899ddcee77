import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { CLIENT, DRIVE } from "../harness/app/scenario.ts";
import { startAttack } from "../harness/security/attack.ts";

const UNDECLARED = "https://www.googleapis.com/auth/gmail.send";

/** The parameters that must be the same for every attempt of an app. */
function constant(location: string): Record<string, string> {
  const { origin, pathname, searchParams } = new URL(location);
  const { state: _s, nonce: _n, code_challenge: _c, ...rest } = Object.fromEntries(searchParams);
  return { ...rest, endpoint: origin + pathname };
}

describe.each(frameworks)("forged requests on %s", (_name, startApp) => {
  it("S12 a forged host does not change the redirect URI, neither at the authorization nor at the exchange", async () => {
    await using attack = await startAttack(startApp);
    const { victim, app, google } = attack;
    const redirectUri = `${app.origin}/oauth2callback`;
    for (const headers of [
      { Host: "evil.example" },
      { Host: "evil.example:443" },
      { Host: `${new URL(app.origin).host}.evil.example` },
      { Host: `${new URL(app.origin).host}@evil.example` },
      { Host: "" },
      { "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443" },
      { Forwarded: "for=1.2.3.4;host=evil.example;proto=https" },
      { "X-Original-Host": "evil.example", "X-Host": "evil.example", "X-Forwarded-Server": "evil.example" },
      { "X-Original-URL": "/evil", "X-Rewrite-URL": "/evil", "X-Forwarded-Prefix": "//evil.example" },
    ] as Record<string, string>[]) {
      const { authorization, callback } = await attack.begin();
      expect(authorization.searchParams.get("redirect_uri")).toBe(redirectUri);
      const forged = await victim.open("/authorize", headers);
      const name = JSON.stringify(headers);
      if (forged.status === 400) {
        // Some frameworks refuse an invalid host themselves.
        expect(headers["Host"], name).toMatch(/^$|@|:\d+\D/);
        continue;
      }
      expect(new URL(forged.location).searchParams.get("redirect_uri"), name).toBe(redirectUri);
      const answer = await victim.open(callback.pathname + callback.search, headers);
      expect([answer.status, answer.location], name).toEqual([302, "/"]);
      expect(google.requests.of("token").at(-1)!.form["redirect_uri"], name).toBe(redirectUri);

      const refused = await attack.newBrowser().call("/drive", headers);
      expect(new URL(refused.json["authorizeUrl"] as string).origin, name).toBe(app.origin);
    }
  });

  it("S12 the host selects one of several configured redirect URIs, and never a new one", async () => {
    await using attack = await startAttack(startApp, {
      options: { redirectUri: ["https://one.example.com/oauth2callback", "https://two.example.com/oauth2callback"] },
    });
    const redirectUriFor = async (Host: string) =>
      new URL((await attack.victim.open("/authorize", { Host })).location).searchParams.get("redirect_uri");
    expect(await redirectUriFor("two.example.com")).toBe("https://two.example.com/oauth2callback");
    for (const host of ["three.example.com", "two.example.com.evil.example", "two.example.com:8080", "evil.example"]) {
      expect(await redirectUriFor(host), host).toBe("https://one.example.com/oauth2callback");
    }
  });

  it("S13 a query cannot change the client, the endpoints, the redirect URI or another part of the request", async () => {
    await using attack = await startAttack(startApp);
    const { victim } = attack;
    const honest = constant((await victim.open("/authorize")).location);
    expect(honest["client_id"]).toBe(CLIENT.clientId);
    const attempts = {
      client_id: "evil",
      client: "evil",
      client_secret: "evil",
      redirect_uri: "https://evil.example/cb",
      redirectUri: "https://evil.example/cb",
      authorization_endpoint: "https://evil.example/auth",
      "endpoints[authorization]": "https://evil.example/auth",
      "endpoints.token": "https://evil.example/token",
      issuer: "https://evil.example",
      response_type: "token",
      response_mode: "fragment",
      code_challenge: "x".repeat(43),
      code_challenge_method: "plain",
      access_type: "online",
      include_granted_scopes: "false",
      hd: "evil.example",
      nonce: "chosen",
      state: "chosen",
      prompt: "none",
      request: "eyJhbGciOiJub25lIn0.e30.",
      request_uri: "https://evil.example/request",
      __proto__x: "evil",
    };
    const queries = [
      ...Object.entries(attempts).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
      new URLSearchParams(attempts).toString(),
      "__proto__[client_id]=evil&constructor[prototype][client_id]=evil",
    ];
    for (const query of queries) {
      const { status, location } = await victim.open(`/authorize?${query}`);
      expect([status, constant(location)], query).toEqual([302, honest]);
      expect(new URL(location).searchParams.get("state"), query).not.toBe("chosen");
      expect(new URL(location).searchParams.get("nonce"), query).not.toBe("chosen");
    }
  });

  it("S13 a scope that the app does not declare is refused in any spelling, and no attempt begins", async () => {
    await using attack = await startAttack(startApp);
    for (const scope of [
      UNDECLARED,
      `${DRIVE}%20${UNDECLARED}`,
      `${DRIVE}&scope=${UNDECLARED}`,
      `${UNDECLARED}&scope=${DRIVE}`,
      `${DRIVE}.evil`,
      DRIVE.slice(0, -1),
      DRIVE.toUpperCase(),
      `${DRIVE},${UNDECLARED}`,
      `${DRIVE}%09${UNDECLARED}`,
      `${DRIVE}%0a${UNDECLARED}`,
      `${DRIVE}%00`,
      "https://www.googleapis.com/auth/drive",
    ]) {
      const browser = attack.newBrowser();
      const answer = await browser.open(`/authorize?scope=${scope}`);
      expect([answer.status, answer.location], scope).toEqual([400, ""]);
      expect([...browser.cookies.keys()], scope).toEqual([]);
    }
    expect(attack.google.requests.of("authorization")).toEqual([]);
  });

  it("S13 other spellings of the parameter `scope` have no effect", async () => {
    await using attack = await startAttack(startApp);
    const honest = constant((await attack.victim.open("/authorize")).location);
    for (const name of ["scope[]", "scopes", "SCOPE", "scope[0]", "additional_scope"]) {
      const { location } = await attack.victim.open(`/authorize?${encodeURIComponent(name)}=${UNDECLARED}`);
      expect(constant(location), name).toEqual(honest);
    }
  });
});
