import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { startAttack } from "../harness/security/attack.ts";

describe.each(frameworks)("the binding of codes to attempts on %s", (_name, startApp) => {
  it("S09 every attempt has a new state, nonce and verifier, and sends the S256 challenge of the verifier", async () => {
    await using attack = await startAttack(startApp);
    const { victim, google } = attack;
    const attempts = 20;
    const sent: URLSearchParams[] = [];
    for (let count = 0; count < attempts; count++) {
      const { authorization, callback } = await attack.begin();
      sent.push(authorization.searchParams);
      expect((await victim.open(callback.href)).status).toBe(302);
    }
    const exchanges = google.requests.of("token").map(({ form }) => form);
    expect(exchanges).toHaveLength(attempts);
    const values = { state: new Set(), nonce: new Set(), verifier: new Set() };
    for (const [index, parameters] of sent.entries()) {
      const verifier = exchanges[index]!["code_verifier"]!;
      expect(verifier).toMatch(/^[A-Za-z0-9._~-]{43,128}$/);
      expect(parameters.get("code_challenge_method")).toBe("S256");
      expect(parameters.get("code_challenge")).toBe(createHash("sha256").update(verifier).digest("base64url"));
      values.verifier.add(verifier);
      values.state.add(parameters.get("state"));
      values.nonce.add(parameters.get("nonce"));
    }
    for (const each of Object.values(values)) expect(each.size).toBe(attempts);
    const all = new Set([...values.state, ...values.nonce, ...values.verifier]);
    expect(all.size, "none stands for another").toBe(3 * attempts);
  });

  it("S10 a code for another verifier is refused, and the session stays unchanged", async () => {
    await using attack = await startAttack(startApp);
    const { victim, google } = attack;
    await attack.signIn();
    const own = await attack.begin(victim, "/drive");
    // Code injection (RFC 9700 section 4.5): the attacker's code in the victim's callback.
    const stolen = await attack.begin(attack.newBrowser(), "/drive", { user: "grace@workspace.example" });
    const sessions = attack.effects().sessions;
    own.callback.searchParams.set("code", stolen.code);
    const answer = await victim.open(own.callback.href);
    expect(answer.status).toBe(400);
    const exchange = google.requests.of("token").at(-1)!;
    expect([exchange.form["code"], exchange.status]).toEqual([stolen.code, 400]);
    expect(attack.effects().sessions).toEqual(sessions);
    expect((await victim.call("/me")).json["email"]).toBe("ada@example.com");
  });

  it("S10 a stolen code is refused by its nonce even if the server does not check the verifier", async () => {
    await using attack = await startAttack(startApp);
    const { victim, google } = attack;
    const own = await attack.begin(victim, "/drive");
    const stranger = await attack.begin(attack.newBrowser(), "/drive", { user: "grace@workspace.example" });
    google.faults.add({
      endpoint: "token",
      idToken: (claims) => ({ claims: { ...claims, nonce: stranger.authorization.searchParams.get("nonce") } }),
    });
    expect((await victim.open(own.callback.href)).status).toBe(502);
    expect(attack.effects()).toEqual({ tokenRequests: 1, sessions: {} });
  });
});
