import { memoryTokenStore } from "@scopegate/core";
import type { ScopegateOptions } from "@scopegate/core";
import type { ApproveOptions, Fault } from "@scopegate/emulator";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, CLIENT, startScenario } from "../harness/app/scenario.ts";
import { collectFailures, expectSignedOut, grantsIn, tokenRequests } from "../harness/security/effects.ts";

type Claims = Parameters<NonNullable<Fault["idToken"]>>[0];
type Change = (claims: Claims) => Record<string, unknown>;

const GRACE = "grace@workspace.example";
const seconds = (claims: Claims, name: "iat" | "exp") => claims[name] as number;

/** Correctly signed ID tokens with one wrong claim, and the rule that must refuse each. */
const WRONG_CLAIMS: readonly (readonly [test: string, rule: RegExp, change: Change])[] = [
  ["S40 an ID token for another client is refused", /aud/, () => ({ aud: "another.apps.googleusercontent.com" })],
  ["S40 an ID token without `aud` is refused", /aud/, () => ({ aud: undefined })],
  ["S40 an ID token with this client in an array is refused", /aud/, () => ({ aud: [CLIENT.clientId] })],
  [
    "S40 an ID token for this client and another one is refused",
    /aud/,
    () => ({ aud: [CLIENT.clientId, "another"], azp: CLIENT.clientId }),
  ],
  [
    "S40 an ID token with an `aud` that only begins with the client ID is refused",
    /aud/,
    () => ({ aud: `${CLIENT.clientId}.evil.example` }),
  ],
  [
    "S40 an ID token for another authorized party is refused",
    /azp/,
    () => ({ azp: "another.apps.googleusercontent.com" }),
  ],
  ["S40 an ID token of another issuer is refused", /iss/, () => ({ iss: "https://evil.example" })],
  [
    "S40 an ID token of an issuer that only begins with the right one is refused",
    /iss/,
    ({ iss }) => ({ iss: `${String(iss)}.evil.example` }),
  ],
  [
    "S40 an ID token of Google is refused if another issuer is configured",
    /iss/,
    () => ({ iss: "https://accounts.google.com" }),
  ],
  [
    "S40 an ID token of Google's short issuer is refused if another issuer is configured",
    /iss/,
    () => ({ iss: "accounts.google.com" }),
  ],
  ["S41 an expired ID token is refused", /exp/, (claims) => ({ exp: seconds(claims, "iat") - 301 })],
  ["S41 an ID token without `exp` is refused", /exp/, () => ({ exp: undefined })],
  ["S41 an ID token whose `exp` is text is refused", /exp/, (claims) => ({ exp: String(claims["exp"]) })],
  ["S41 an ID token of the future is refused", /iat/, (claims) => ({ iat: seconds(claims, "iat") + 330 })],
  ["S41 an ID token without `iat` is refused", /iat/, () => ({ iat: undefined })],
  ["S41 an ID token that is not valid yet is refused", /nbf/, (claims) => ({ nbf: seconds(claims, "iat") + 330 })],
  ["S42 an ID token without a nonce is refused", /nonce/, () => ({ nonce: undefined })],
  ["S42 an ID token with another nonce is refused", /nonce/, () => ({ nonce: "A".repeat(43) })],
  [
    "S42 an ID token whose nonce is an array with the right one is refused",
    /nonce/,
    ({ nonce }) => ({ nonce: [nonce] }),
  ],
  ["S44 an ID token without a subject is refused", /sub/, () => ({ sub: undefined })],
  ["S44 an ID token whose subject is a number is refused", /sub/, () => ({ sub: 110000000000000000 })],
];

describe.each(frameworks)("claims of ID tokens on %s", (_name, startApp) => {
  /** Signs in while Google changes the ID token's claims and signs them correctly. */
  async function signInWith(change: Change, options: ScopegateOptions = {}, decision: ApproveOptions = {}) {
    const store = memoryTokenStore();
    const { failures, on } = collectFailures();
    const scenario = await startScenario(startApp, { options: { store, on, ...options } });
    scenario.google.faults.add({
      endpoint: "token",
      idToken: (claims) => ({ claims: { ...claims, ...change(claims) } }),
    });
    const { response } = await scenario.visitor.walk("/me", decision);
    return { scenario, store, failures, response };
  }

  it.each(WRONG_CLAIMS)("%s, and nothing is stored", async (_test, rule, change) => {
    const { scenario, store, failures, response } = await signInWith(change);
    await using _ = scenario;
    expect(response.status).toBe(502);
    expect(failures.map(({ code, message }) => [code, rule.test(message)])).toEqual([["invalid_id_token", true]]);
    await expectSignedOut(scenario, store);
    expect(tokenRequests(scenario, "authorization_code")).toHaveLength(1);
  });

  it("S41 clocks may differ by less than five minutes in both directions", async () => {
    for (const change of [
      (claims: Claims) => ({ exp: seconds(claims, "iat") - 270 }),
      (claims: Claims) => ({ iat: seconds(claims, "iat") + 270 }),
    ]) {
      const { scenario, response } = await signInWith(change);
      await using _ = scenario;
      expect(response.body).toEqual({ email: ADA });
    }
  });

  it("S41 a user can sign in while this server's clock is 240 seconds behind, and stays signed in", async () => {
    const { scenario, response } = await signInWith(() => ({}), { now: () => Date.now() - 240_000 });
    await using _ = scenario;
    expect(response.body).toEqual({ email: ADA });
    expect((await scenario.visitor.call("/me")).body).toEqual({ email: ADA });
  });

  it("S41 the error says by how many seconds this server's clock is behind", async () => {
    const now = Math.floor(Date.now() / 1000) - 3600;
    const { scenario, store, failures, response } = await signInWith(() => ({ iat: now + 360 }), {
      now: () => now * 1000,
    });
    await using _ = scenario;
    expect(response.status).toBe(502);
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringMatching(/this server's clock is 360 seconds behind the issuer's/),
    ]);
    await expectSignedOut(scenario, store);
  });

  it.each<[string, ScopegateOptions]>([
    ["the session", {}],
    ["a store", { store: memoryTokenStore() }],
  ])(
    "S61 claims of an earlier ID token are not mixed with the latest ones, with grants in %s",
    async (_what, options) => {
      await using scenario = await startScenario(startApp, { options });
      const { google, visitor } = scenario;
      await visitor.walk("/me", { user: GRACE });
      const { user } = (await visitor.call("/")).body;
      expect(user).toMatchObject({ email: GRACE, emailVerified: true, hostedDomain: "workspace.example" });
      google.faults.add({
        endpoint: "token",
        idToken: (claims) => ({
          claims: { ...claims, email: "grace@elsewhere.example", email_verified: undefined, hd: undefined },
        }),
      });
      await visitor.walk("/drive", { user: GRACE });
      const { sub, name, givenName, familyName, picture } = user;
      const expected = { sub, name, givenName, familyName, picture, email: "grace@elsewhere.example" };
      expect((await visitor.call("/")).body.user).toEqual(expected);
      if (options.store === undefined) return;
      const [account] = await scenario.app.google.forUser(sub).accounts();
      expect(account!.user).toEqual(expected);
    },
  );

  it("S42 an ID token of another browser's sign-in is refused", async () => {
    let stolen = "";
    await using scenario = await startScenario(startApp);
    const { google, anotherVisitor } = scenario;
    google.faults.add({
      endpoint: "token",
      transform: (answer: { id_token: string }) => void (stolen = answer.id_token),
    });
    await anotherVisitor().walk("/me", { user: GRACE });
    google.faults.add({ endpoint: "token", transform: (answer: object) => ({ ...answer, id_token: stolen }) });
    expect((await scenario.visitor.walk("/me")).response.status).toBe(502);
    expect((await scenario.visitor.call("/")).body.user).toBeNull();
  });

  /** Accounts that look like accounts of the Workspace domain. */
  const STRANGERS: readonly (readonly [name: string, change: Change])[] = [
    ["without `hd`", () => ({ hd: undefined })],
    [
      "without `hd`, with an e-mail address of the domain",
      () => ({ hd: undefined, email: "eve@workspace.example", email_verified: true }),
    ],
    [
      "of another domain, with an e-mail address of this one",
      () => ({ hd: "evil.example", email: "eve@workspace.example" }),
    ],
    ["of a domain that begins with this one", () => ({ hd: "workspace.example.evil.example" })],
    ["of a domain that ends with this one", () => ({ hd: "evil-workspace.example" })],
    ["of several domains", () => ({ hd: ["workspace.example"] })],
    ["of an empty domain", () => ({ hd: "" })],
  ];
  it.each(STRANGERS)("S43 an account %s is refused if a domain is required", async (_case, change) => {
    const { scenario, store, failures } = await signInWith(
      change,
      { hostedDomain: "workspace.example" },
      { user: GRACE },
    );
    await using _ = scenario;
    expect(failures.map(({ code }) => code)).toEqual(["hosted_domain_mismatch"]);
    await expectSignedOut(scenario, store);
  });

  it("S43 with any domain allowed, a consumer account is refused, and a Workspace account signs in", async () => {
    const consumer = await signInWith(() => ({ email: "eve@workspace.example" }), { hostedDomain: "*" }, { user: ADA });
    await using scenario = consumer.scenario;
    expect(consumer.failures.map(({ code }) => code)).toEqual(["hosted_domain_mismatch"]);
    await expectSignedOut(scenario, consumer.store);
    for (const hostedDomain of ["*", "workspace.example"]) {
      const member = await signInWith(() => ({}), { hostedDomain }, { user: GRACE });
      await using _ = member.scenario;
      expect(member.response.body).toEqual({ email: GRACE });
    }
  });

  it("S44 the same e-mail address with a new `sub` is another user", async () => {
    const store = memoryTokenStore();
    await using scenario = await startScenario(startApp, { options: { store } });
    const { google, visitor, anotherVisitor } = scenario;
    await visitor.walk("/drive");
    const [old] = await grantsIn(store);

    // The address now belongs to another person, with a new account and a new subject.
    google.removeUser(ADA);
    const successor = google.addUser({ sub: "220000000000000000009", email: ADA, name: "Another Ada" });
    const stranger = anotherVisitor();
    await stranger.walk("/me", { user: successor.sub });
    expect((await stranger.call("/")).body).toMatchObject({ user: { sub: successor.sub, email: ADA } });
    // The new user has none of the first user's scopes.
    expect((await stranger.call("/drive")).body.error).toBe("insufficient_scope");
    const grants = await grantsIn(store);
    expect(new Set(grants.map(({ key }) => key.account))).toEqual(new Set([old!.key.account, successor.sub]));
    expect(grants.find(({ key }) => key.account === old!.key.account)).toEqual(old);
    expect((await visitor.call("/")).body.user.sub).toBe(old!.key.account);
  });

  it("S44 a request for more scopes cannot turn a user into the new owner of the same address", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor } = scenario;
    await visitor.walk("/me");
    const before = (await visitor.call("/")).body;
    google.faults.add({
      endpoint: "token",
      idToken: (claims) => ({ claims: { ...claims, sub: "220000000000000000009" } }),
    });
    const { response } = await visitor.walk("/drive");
    expect(response.status).toBe(409);
    expect((await visitor.call("/")).body).toEqual(before);
  });
});
