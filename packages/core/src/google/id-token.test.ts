import { createHmac } from "node:crypto";
import { exportJWK, exportSPKI, generateKeyPair } from "jose";
import { describe, expect, test } from "vitest";
import {
  base64url,
  CLAIMS,
  CLIENT,
  expectRejection,
  ISSUER,
  keys,
  SECONDS,
  sign,
  start,
} from "../../../../test/harness/id-tokens.ts";

describe("a valid ID token", () => {
  test("yields a user with the claims that it has", async () => {
    const { validate, server } = await start();
    const user = await validate(
      await sign({
        email: "ada@example.com",
        email_verified: true,
        name: "Ada Lovelace",
        given_name: "Ada",
        family_name: "Lovelace",
        locale: "en-GB",
        picture: "https://lh3.example/a",
        hd: "example.com",
        azp: CLIENT,
      }),
    );
    expect(user).toEqual({
      sub: "1077",
      email: "ada@example.com",
      emailVerified: true,
      name: "Ada Lovelace",
      givenName: "Ada",
      familyName: "Lovelace",
      locale: "en-GB",
      picture: "https://lh3.example/a",
      hostedDomain: "example.com",
    });
    expect(Object.isFrozen(user)).toBe(true);
    await validate(await sign());
    expect(server.seen).toHaveLength(1);
  });

  test("yields the subject alone if it has no other valid claim", async () => {
    const { validate } = await start();
    expect(await validate(await sign())).toEqual({ sub: "1077" });
    expect(
      await validate(
        await sign({ email: 7, name: "", given_name: ["Ada"], family_name: null, locale: "", email_verified: "maybe" }),
      ),
    ).toEqual({ sub: "1077" });
  });

  test.each([
    ["true", true],
    ["false", false],
    [false, false],
  ])("may have the value %j for email_verified", async (claim, emailVerified) => {
    const { validate } = await start();
    expect(await validate(await sign({ email_verified: claim }))).toEqual({ sub: "1077", emailVerified });
  });

  test("may name Google's issuer with or without https://, and have no typ", async () => {
    const { validate } = await start();
    await expect(validate(await sign({ iss: "accounts.google.com" }))).resolves.toBeDefined();
    await expect(validate(await sign({}, { typ: undefined }))).resolves.toBeDefined();
  });

  test("may differ from the clock by five minutes, as in Google's own libraries", async () => {
    const { validate } = await start();
    await expect(validate(await sign({ exp: SECONDS - 299, iat: SECONDS - 3_600 }))).resolves.toBeDefined();
    await expect(validate(await sign({ iat: SECONDS + 300, nbf: SECONDS + 300 }))).resolves.toBeDefined();
  });

  test("of another issuer must name exactly that issuer", async () => {
    const { validate } = await start({ issuer: "https://issuer.example" });
    await validate(await sign({ iss: "https://issuer.example" }));
    expect(await expectRejection(validate(await sign({ iss: "issuer.example" })))).toContain("iss");
    expect(await expectRejection(validate(await sign()))).toContain("iss");
  });
});

describe("S39 a token", () => {
  test("with alg none is rejected without fetching a key", async () => {
    const { validate, server } = await start();
    const unsigned = `${base64url({ alg: "none", kid: "k1" })}.${base64url(CLAIMS)}.`;
    expect(await expectRejection(validate(unsigned))).toContain("alg is not RS256");
    expect(server.seen).toHaveLength(0);
  });

  test("signed by HS256 with the public key is rejected", async () => {
    const { validate } = await start();
    const input = `${base64url({ alg: "HS256", kid: "k1" })}.${base64url(CLAIMS)}`;
    for (const secret of [await exportSPKI(keys.publicKey), JSON.stringify(await exportJWK(keys.publicKey))]) {
      const signature = createHmac("sha256", secret).update(input).digest("base64url");
      expect(await expectRejection(validate(`${input}.${signature}`))).toContain("alg is not RS256");
    }
  });

  test("of another RSA algorithm is rejected", async () => {
    const { validate } = await start();
    const other = await generateKeyPair("PS256");
    expect(await expectRejection(validate(await sign({}, { alg: "PS256" }, other.privateKey)))).toContain(
      "alg is not RS256",
    );
  });

  test("with crit is rejected, for known and unknown extensions", async () => {
    const { validate } = await start();
    expect(await expectRejection(validate(await sign({}, { crit: ["x-unknown"], "x-unknown": true })))).toContain(
      "crit",
    );
    expect(await expectRejection(validate(await sign({}, { crit: ["b64"], b64: true })))).toContain("crit");
  });

  test("signed by another key, or changed afterwards, is rejected", async () => {
    const { validate } = await start();
    const other = await generateKeyPair("RS256");
    expect(await expectRejection(validate(await sign({}, {}, other.privateKey)))).toContain(
      "signature does not verify",
    );
    const [header, , signature] = (await sign()).split(".");
    const changed = `${header}.${base64url({ ...CLAIMS, sub: "another" })}.${signature}`;
    expect(await expectRejection(validate(changed))).toContain("signature does not verify");
  });

  test.each(["", "x", "a.b", "a.b.c", "a.b.c.d.e", "eyJ.eyJ.x", "..", "é.é.é"])(
    "that is %j is rejected",
    async (token) => {
      const { validate } = await start();
      await expectRejection(validate(token));
    },
  );

  test("without kid, or with a kid that the issuer does not have, is rejected", async () => {
    const { validate } = await start();
    expect(await expectRejection(validate(await sign({}, { kid: undefined })))).toContain("kid is missing");
    expect(await expectRejection(validate(await sign({}, { kid: "CANARY" })))).toContain(
      "kid: the issuer has no key with this ID",
    );
  });

  test("that contains its own key is rejected", async () => {
    const { validate, server } = await start();
    const own = await generateKeyPair("RS256", { extractable: true });
    const header = { jwk: await exportJWK(own.publicKey), jku: `${server.url}/own`, x5u: `${server.url}/own` };
    expect(await expectRejection(validate(await sign({}, header, own.privateKey)))).toContain(
      "signature does not verify",
    );
    expect(server.seen.map((request) => request.url)).toEqual(["/certs"]);
  });
});

describe("a token is rejected", () => {
  test.each([
    ["S40 aud of another client", { aud: "client-2" }, "aud"],
    ["S40 no aud", { aud: undefined }, "aud"],
    ["S40 aud an array, even if it has only this client", { aud: [CLIENT] }, "aud"],
    ["S40 several aud", { aud: [CLIENT, "client-2"] }, "aud"],
    ["S40 azp of another client", { azp: "client-2" }, "azp"],
    ["S40 azp null", { azp: null }, "azp"],
    ["another iss", { iss: "https://accounts.google.com.evil.example" }, "iss"],
    ["iss with a slash", { iss: "https://accounts.google.com/" }, "iss"],
    ["no iss", { iss: undefined }, "iss"],
    ["iss an array", { iss: [ISSUER] }, "iss"],
    ["S41 expired", { exp: SECONDS - 300 }, "exp"],
    ["S41 no exp", { exp: undefined }, "exp"],
    ["S41 exp a string", { exp: String(SECONDS + 3_600) }, "exp"],
    ["S41 iat in the future beyond skew", { iat: SECONDS + 301 }, "iat"],
    ["S41 no iat", { iat: undefined }, "iat"],
    ["nbf in the future", { nbf: SECONDS + 301 }, "nbf"],
    ["nbf a string", { nbf: String(SECONDS) }, "nbf"],
    ["S42 no nonce", { nonce: undefined }, "nonce"],
    ["S42 another nonce", { nonce: "n-2" }, "nonce"],
    ["S42 nonce an array", { nonce: ["n-1"] }, "nonce"],
    ["no sub", { sub: undefined }, "sub"],
    ["an empty sub", { sub: "" }, "sub"],
    ["sub a number", { sub: 1077 }, "sub"],
    ["a sub of 256 characters", { sub: "1".repeat(256) }, "sub"],
    ["a sub beyond ASCII", { sub: "１０７７" }, "sub"],
    ["a sub with a control character", { sub: "10\n77" }, "sub"],
    [
      "S46 events",
      { events: { "https://schemas.openid.net/secevent/risc/event-type/sessions-revoked": {} } },
      "events",
    ],
  ])("for %s", async (_, claims, named) => {
    const { validate } = await start();
    expect(await expectRejection(validate(await sign(claims)))).toContain(`(${named}`);
  });

  test.each([
    [
      "S41 behind",
      { iat: SECONDS + 420, exp: SECONDS + 4_020 },
      "this server's clock is 420 seconds behind the issuer's",
    ],
    [
      "S41 ahead",
      { iat: SECONDS - 4_200, exp: SECONDS - 600 },
      "this server's clock is 4200 seconds ahead of the issuer's",
    ],
    ["S41 behind by nbf", { nbf: SECONDS + 360.4 }, "this server's clock is 360 seconds behind the issuer's"],
  ])("and says by how many seconds the clock is wrong: %s", async (_, claims, sentence) => {
    const { validate } = await start();
    expect(await expectRejection(validate(await sign(claims)))).toContain(sentence);
  });

  test("S46 for a typ other than JWT", async () => {
    const { validate } = await start();
    for (const typ of ["secevent+jwt", "application/secevent+jwt", "at+jwt", ""]) {
      expect(await expectRejection(validate(await sign({}, { typ })))).toContain("typ is not JWT");
    }
  });

  test("S42 throws a TypeError at a caller without a nonce", async () => {
    const { validator } = await start();
    const token = await sign({ nonce: undefined });
    for (const nonce of ["", undefined as unknown as string]) {
      await expect(validator.validate(token, { nonce })).rejects.toThrow(TypeError);
    }
  });
});

describe("S43 the hosted domain", () => {
  test("is compared without case", async () => {
    const { validate } = await start({ hostedDomain: "Example.com" });
    expect((await validate(await sign({ hd: "example.com" }))).hostedDomain).toBe("example.com");
  });

  test("may be any domain with *, but must be present", async () => {
    const { validate } = await start({ hostedDomain: "*" });
    await validate(await sign({ hd: "any.example" }));
    expect(await expectRejection(validate(await sign()), "hosted_domain_mismatch")).toContain("any Workspace domain");
  });

  test.each([
    ["missing", { hd: undefined }],
    ["another", { hd: "evil.example" }],
    ["a subdomain", { hd: "sub.example.com" }],
    ["empty", { hd: "" }],
    ["an array", { hd: ["example.com"] }],
    ["in the e-mail address only", { email: "eve@example.com", email_verified: true }],
  ])("is rejected if it is %s", async (_, claims) => {
    const { validate } = await start({ hostedDomain: "example.com" });
    expect(await expectRejection(validate(await sign(claims)), "hosted_domain_mismatch")).toContain('"example.com"');
  });

  test("is not checked without the option hostedDomain", async () => {
    const { validate } = await start();
    await expect(validate(await sign({ hd: "any.example" }))).resolves.toBeDefined();
  });
});

test("S22 reports keys that cannot be fetched as temporarily_unavailable, not as an invalid token", async () => {
  const { validate, server } = await start();
  await server.close();
  expect(await expectRejection(validate(await sign()), "temporarily_unavailable")).toContain("signing keys");
});
