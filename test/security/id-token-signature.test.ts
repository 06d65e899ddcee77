import { generateKeyPairSync } from "node:crypto";
import { memoryTokenStore } from "@scopegate/core";
import type { Fault } from "@scopegate/emulator";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { startScenario } from "../harness/app/scenario.ts";
import { collectFailures, expectSignedOut, tokenRequests } from "../harness/security/effects.ts";

const attacker = generateKeyPairSync("rsa", { modulusLength: 2048 });
const attackersJwk = { ...attacker.publicKey.export({ format: "jwk" }), kid: "attacker", alg: "RS256", use: "sig" };

type Forge = NonNullable<Fault["idToken"]>;

/** ID tokens with correct claims and a worthless signature, and the rule that must refuse each. */
const FORGERIES: readonly (readonly [name: string, rule: RegExp, forge: Forge])[] = [
  ["with `alg` none", /alg/, () => ({ alg: "none" })],
  ["with `alg` nOnE", /alg|crit/, () => ({ header: { alg: "nOnE" } })],
  ["with HS256, keyed with the public key", /alg/, () => ({ alg: "HS256" })],
  ["signed with RS256 and said to be HS256", /alg/, () => ({ header: { alg: "HS256" } })],
  ["with an unknown `crit`", /crit/, () => ({ header: { crit: ["tier"], tier: 1 } })],
  ["with `crit` for an extension that jose knows", /crit/, () => ({ header: { crit: ["b64"], b64: true } })],
  ["with an empty `crit`", /crit|signed JWT/, () => ({ header: { crit: [] } })],
  ["signed by another key under Google's `kid`", /signature/, () => ({ key: attacker.privateKey })],
  [
    "signed by a key in its own header",
    /kid/,
    () => ({ key: attacker.privateKey, kid: "attacker", header: { jwk: attackersJwk } }),
  ],
  [
    "naming another key set",
    /kid/,
    () => ({ key: attacker.privateKey, kid: "attacker", header: { jku: "https://evil.example/jwks" } }),
  ],
  ["without a `kid`", /kid/, () => ({ header: { kid: undefined } })],
  ["with a `kid` that is no text", /kid/, () => ({ header: { kid: ["a"] } })],
  ["that is another kind of token", /typ/, () => ({ header: { typ: "at+jwt" } })],
];

/** Ways to alter a correct ID token after it was signed. */
const ALTERATIONS: readonly (readonly [name: string, alter: (parts: readonly string[]) => string])[] = [
  [
    "with another `sub` under the signature",
    ([header, payload, signature]) => `${header}.${withSubject(payload!)}.${signature}`,
  ],
  ["without its signature", ([header, payload]) => `${header}.${payload}.`],
  ["with a part too many", (parts) => [...parts, "e30"].join(".")],
  ["that is no JWT", () => "not-a-jwt"],
];

function withSubject(payload: string): string {
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
  return Buffer.from(JSON.stringify({ ...claims, sub: "110000000000000000002" })).toString("base64url");
}

describe.each(frameworks)("signatures of ID tokens on %s", (_name, startApp) => {
  /** Signs in while a fault changes the token response. */
  async function signInWith(fault: Pick<Fault, "idToken" | "transform">) {
    const store = memoryTokenStore();
    const { failures, on } = collectFailures();
    const scenario = await startScenario(startApp, { options: { store, on } });
    scenario.google.faults.add({ endpoint: "token", ...fault });
    const { response } = await scenario.visitor.walk("/drive");
    return { scenario, store, failures, response };
  }

  it("S39 a correctly re-signed ID token is accepted, so that the refusals below have the intended cause", async () => {
    const { scenario, response } = await signInWith({ idToken: () => ({}) });
    await using _ = scenario;
    expect(response.body).toEqual({ page: "drive", email: "ada@example.com" });
  });

  it.each(FORGERIES)("S39 an ID token %s is refused, and nothing is stored", async (_case, rule, idToken) => {
    const { scenario, store, failures, response } = await signInWith({ idToken });
    await using _ = scenario;
    expect(response.status).toBe(502);
    expect(failures.map(({ code }) => code)).toEqual(["invalid_id_token"]);
    expect(failures[0]!.message).toMatch(rule);
    await expectSignedOut(scenario, store);
    expect(tokenRequests(scenario, "authorization_code")).toHaveLength(1);
    // Only the configured key set is fetched, even if the token names other keys.
    expect(scenario.google.requests.of("jwks").length).toBeLessThanOrEqual(1);
  });

  it.each(ALTERATIONS)("S39 an ID token %s is refused, and nothing is stored", async (_case, alter) => {
    const { scenario, store, failures, response } = await signInWith({
      transform: (answer: { id_token: string }) => ({ ...answer, id_token: alter(answer.id_token.split(".")) }),
    });
    await using _ = scenario;
    expect(response.status).toBe(502);
    expect(failures.map(({ code }) => code)).toEqual(["invalid_id_token"]);
    await expectSignedOut(scenario, store);
  });

  it("S39 a response without an ID token fails the sign-in", async () => {
    const { scenario, store, failures } = await signInWith({
      transform: (answer: object) => ({ ...answer, id_token: undefined }),
    });
    await using _ = scenario;
    expect(failures.map(({ code }) => code)).toEqual(["invalid_response"]);
    await expectSignedOut(scenario, store);
  });

  const event = { "https://schemas.openid.net/secevent/risc/event-type/sessions-revoked": {} };
  it.each<readonly [string, Forge]>([
    ["with its own `typ`", (claims) => ({ claims: { ...claims, events: event }, header: { typ: "secevent+jwt" } })],
    ["without its `typ`", (claims) => ({ claims: { ...claims, events: event } })],
    ["without events, but of its type", () => ({ header: { typ: "secevent+jwt" } })],
  ])("S46 a security event token %s, sent as an ID token, is refused", async (_case, idToken) => {
    const { scenario, store, failures } = await signInWith({ idToken });
    await using _ = scenario;
    expect(failures.map(({ code, message }) => [code, /typ|events/.test(message)])).toEqual([
      ["invalid_id_token", true],
    ]);
    await expectSignedOut(scenario, store);
  });
});
