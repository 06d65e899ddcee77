import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { start } from "../../test/client.ts";
import type { Emulator } from "../index.ts";

let google: Emulator;
beforeAll(async () => {
  google = await start();
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

const claims = { sub: "1", aud: "a" };
const verify = (jwt: string) => jwtVerify(jwt, createRemoteJWKSet(new URL(google.endpoints.jwks)));
const keysOf = async () => ((await (await fetch(google.endpoints.jwks)).json()) as { keys: { kid: string }[] }).keys;

describe("the published keys", () => {
  it("verify a JWT of the emulator, whose claims are exactly the given ones", async () => {
    expect((await verify(google.signIdToken(claims))).payload).toEqual(claims);
  });

  it("are two, and the signing key is not the first", async () => {
    const kids = (await keysOf()).map(({ kid }) => kid);
    expect(kids).toHaveLength(2);
    const { protectedHeader } = await verify(google.signIdToken(claims));
    expect(kids.indexOf(protectedHeader.kid!)).toBe(1);
  });

  it("contain no private part", async () => {
    for (const key of await keysOf()) expect(Object.keys(key).toSorted()).toEqual("alg,e,kid,kty,n,use".split(","));
  });

  it("are published as certificates too", async () => {
    const certificates = (await (await fetch(`${google.url}/oauth2/v1/certs`)).json()) as Record<string, string>;
    for (const jwk of await keysOf()) {
      const certificate = new X509Certificate(certificates[jwk.kid]!);
      expect(certificate.publicKey.equals(createPublicKey({ key: { ...jwk }, format: "jwk" }))).toBe(true);
      expect(certificate.verify(certificate.publicKey)).toBe(true);
      expect(certificate.validFromDate.getTime()).toBeLessThan(google.clock.now());
      expect(certificate.validToDate.getTime()).toBeGreaterThan(google.clock.now());
    }
  });

  it("include the previous key after a rotation", async () => {
    const before = google.signIdToken(claims);
    google.rotateKeys();
    const after = google.signIdToken(claims);
    expect((await verify(before)).protectedHeader.kid).not.toBe((await verify(after)).protectedHeader.kid);
  });

  it("have key IDs that no other emulator uses, so that a client with cached keys fetches them again", async () => {
    const other = await start();
    const response = await fetch(other.endpoints.jwks);
    await other.stop();
    const kids = ((await response.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    expect(new Set([...kids, ...(await keysOf()).map(({ kid }) => kid)]).size).toBe(4);
  });

  it("do not include the previous key after a rotation with keepOld: false", async () => {
    const before = google.signIdToken(claims);
    google.rotateKeys({ keepOld: false });
    await expect(verify(before)).rejects.toMatchObject({ code: "ERR_JWKS_NO_MATCHING_KEY" });
    expect(await keysOf()).toHaveLength(1);
  });
});

describe("a forged ID token", () => {
  it.each([
    ["without a signature", { alg: "none" }, "ERR_JOSE_NOT_SUPPORTED"],
    ["whose HMAC secret is the public key", { alg: "HS256" }, "ERR_JOSE_NOT_SUPPORTED"],
    ["with an unknown key ID", { kid: "unknown" }, "ERR_JWKS_NO_MATCHING_KEY"],
    ["signed by a foreign key", { key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey }, "ERR_JWS_"],
    ["with an unknown critical header", { header: { crit: ["x"], x: 1 } }, "ERR_JOSE_NOT_SUPPORTED"],
  ] as const)("%s is rejected", async (_, options, code) => {
    await expect(verify(google.signIdToken(claims, options))).rejects.toMatchObject({
      code: expect.stringContaining(code),
    });
  });
});
