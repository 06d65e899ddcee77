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
  it("verify what the emulator signed, with claims as they were given", async () => {
    expect((await verify(google.signIdToken(claims))).payload).toEqual(claims);
  });

  it("are two, and the one in use is not the first", async () => {
    const kids = (await keysOf()).map(({ kid }) => kid);
    expect(kids).toHaveLength(2);
    const { protectedHeader } = await verify(google.signIdToken(claims));
    expect(kids.indexOf(protectedHeader.kid!)).toBe(1);
  });

  it("hold no private part", async () => {
    for (const key of await keysOf()) expect(Object.keys(key).toSorted()).toEqual("alg,e,kid,kty,n,use".split(","));
  });

  it("are the same as certificates", async () => {
    const certificates = (await (await fetch(`${google.url}/oauth2/v1/certs`)).json()) as Record<string, string>;
    for (const jwk of await keysOf()) {
      const certificate = new X509Certificate(certificates[jwk.kid]!);
      expect(certificate.publicKey.equals(createPublicKey({ key: { ...jwk }, format: "jwk" }))).toBe(true);
      expect(certificate.verify(certificate.publicKey)).toBe(true);
      expect(certificate.validFromDate.getTime()).toBeLessThan(google.clock.now());
      expect(certificate.validToDate.getTime()).toBeGreaterThan(google.clock.now());
    }
  });

  it("change by rotation, and keep the one before", async () => {
    const before = google.signIdToken(claims);
    google.rotateKeys();
    const after = google.signIdToken(claims);
    expect((await verify(before)).protectedHeader.kid).not.toBe((await verify(after)).protectedHeader.kid);
  });

  it("have IDs that no other emulator uses, so that a client that knew another here looks again", async () => {
    const other = await start();
    const answer = await fetch(other.endpoints.jwks);
    await other.stop();
    const kids = ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    expect(new Set([...kids, ...(await keysOf()).map(({ kid }) => kid)]).size).toBe(4);
  });

  it("can be lost at once", async () => {
    const before = google.signIdToken(claims);
    google.rotateKeys({ keepOld: false });
    await expect(verify(before)).rejects.toMatchObject({ code: "ERR_JWKS_NO_MATCHING_KEY" });
    expect(await keysOf()).toHaveLength(1);
  });
});

describe("a forged ID token", () => {
  it.each([
    ["without a signature", { alg: "none" }, "ERR_JOSE_NOT_SUPPORTED"],
    ["keyed with the public key", { alg: "HS256" }, "ERR_JOSE_NOT_SUPPORTED"],
    ["of an unknown key", { kid: "unknown" }, "ERR_JWKS_NO_MATCHING_KEY"],
    ["signed by somebody else", { key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey }, "ERR_JWS_"],
    ["with a critical header nobody knows", { header: { crit: ["x"], x: 1 } }, "ERR_JOSE_NOT_SUPPORTED"],
  ] as const)("%s is refused", async (_, options, code) => {
    await expect(verify(google.signIdToken(claims, options))).rejects.toMatchObject({
      code: expect.stringContaining(code),
    });
  });
});
