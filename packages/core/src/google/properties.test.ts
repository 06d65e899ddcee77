import { generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sendJson, startServer } from "../../../../test/harness/loopback-server.ts";
import { AuthError } from "../errors/auth-error.ts";
import { createIdTokenValidator } from "./id-token.ts";
import { canonicalScope, missingScopes, parseGrantedScopes, parseScopes } from "./scopes.ts";
import { parseTokenResponse } from "./token-response.ts";

const GOOD_RESPONSE = { access_token: "ya29.good", token_type: "Bearer", expires_in: 3599, scope: "openid" };

describe("any response of a token endpoint", () => {
  const part = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom("Bearer", "bearer", "mac", "3599", -1, 0, Number.MAX_VALUE, "\r\n", "ya29.x y"),
  );

  it("yields a usable token or an AuthError", () => {
    const response = fc.record(
      { access_token: part, token_type: part, expires_in: part, scope: part, refresh_token: part, id_token: part },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(response, fc.jsonValue(), fc.string()), (body) => {
        const text = typeof body === "string" ? body : JSON.stringify(body);
        try {
          const { accessToken, expiresIn } = parseTokenResponse(text);
          expect(accessToken).toMatch(/^[\x21-\x7e]+$/);
          expect(expiresIn).toBeGreaterThanOrEqual(0);
          expect(Number.isFinite(expiresIn)).toBe(true);
        } catch (error) {
          if (!(error instanceof AuthError)) throw error;
          expect(error.code).toBe("invalid_response");
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("is accepted with one more, unknown member", () => {
    fc.assert(
      fc.property(
        fc.string().filter((name) => !(name in GOOD_RESPONSE) && !/token/.test(name)),
        fc.jsonValue(),
        (name, value) => {
          const { accessToken } = parseTokenResponse(JSON.stringify({ ...GOOD_RESPONSE, [name]: value }));
          expect(accessToken).toBe(GOOD_RESPONSE.access_token);
        },
      ),
    );
  });
});

describe("any granted scopes", () => {
  const scope = fc.oneof(
    fc.constantFrom(
      "openid",
      "email",
      "profile",
      "https://www.googleapis.com/auth/userinfo.email",
      "https://www.googleapis.com/auth/drive",
      "https://www.googleapis.com/auth/drive.file",
    ),
    fc.stringMatching(/^[!#-[\]-~]{1,30}$/).filter((text) => !text.includes(",")),
  );
  const scopes = fc.array(scope, { minLength: 1, maxLength: 8 });

  it("are equal in any order, with duplicates, and by either name", () => {
    fc.assert(
      fc.property(scopes, (granted) => {
        const text = [...granted.toReversed(), ...granted].join("  ");
        expect(parseGrantedScopes(text)).toEqual([...new Set(granted.map(canonicalScope))].toSorted());
        expect(missingScopes(new Set(parseGrantedScopes(text)), granted)).toEqual([]);
        expect([...parseScopes(granted, "scopes")].toSorted()).toEqual(parseGrantedScopes(text));
      }),
    );
  });

  it("do not cover a scope that only looks similar", () => {
    fc.assert(
      fc.property(scopes, scope, (granted, wanted) => {
        const isGranted = granted.some((one) => canonicalScope(one) === canonicalScope(wanted));
        expect(missingScopes(new Set(granted.map(canonicalScope)), [wanted])).toHaveLength(isGranted ? 0 : 1);
      }),
    );
  });
});

describe("any change of a valid ID token", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const now = Date.UTC(2026, 0, 1);
  const header = { alg: "RS256", kid: "k1", typ: "JWT" };
  const claims = {
    iss: "https://accounts.google.com",
    aud: "client",
    sub: "1077",
    nonce: "the nonce",
    iat: now / 1000,
    exp: now / 1000 + 3600,
  };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const tokenOf = (head: unknown, body: unknown) => {
    const content = `${encode(head)}.${encode(body)}`;
    return `${content}.${sign("sha256", Buffer.from(content), privateKey).toString("base64url")}`;
  };
  async function startValidator() {
    const jwk = { ...publicKey.export({ format: "jwk" }), kid: "k1", alg: "RS256", use: "sig" };
    const { url } = await startServer((response) => sendJson(response, 200, { keys: [jwk] }));
    return createIdTokenValidator({
      clientId: "client",
      endpoints: { issuer: claims.iss, jwks: url },
      now: () => now,
    });
  }

  it("of a required claim is rejected, even with a valid signature", async () => {
    const validator = await startValidator();
    const name = fc.constantFrom("iss", "aud", "sub", "nonce", "iat", "exp");
    await fc.assert(
      fc.asyncProperty(name, fc.jsonValue(), async (claim, value) => {
        // A number may be close enough to be valid, and another subject is valid.
        fc.pre(!(typeof value === "number" && /^(iat|exp)$/.test(claim)));
        fc.pre(!(claim === "sub" && typeof value === "string"));
        fc.pre(value !== claims[claim] && value !== "accounts.google.com");
        const verdict = validator.validate(tokenOf(header, { ...claims, [claim]: value }), { nonce: claims.nonce });
        await expect(verdict).rejects.toMatchObject({ code: "invalid_id_token" });
      }),
      { numRuns: 300 },
    );
    await expect(validator.validate(tokenOf(header, claims), { nonce: claims.nonce })).resolves.toMatchObject({
      user: { sub: "1077" },
    });
  });

  it("of its algorithm, type, critical headers or one character is rejected", async () => {
    const validator = await startValidator();
    const odd = fc.oneof(
      fc.record({ alg: fc.oneof(fc.jsonValue(), fc.constantFrom("none", "HS256", "RS512", "PS256")) }),
      fc.record({ crit: fc.array(fc.string(), { minLength: 1 }) }),
      fc.record({ typ: fc.constantFrom("secevent+jwt", "at+jwt", "logout+jwt") }),
    );
    await fc.assert(
      fc.asyncProperty(odd, async (change) => {
        fc.pre((change as { alg?: unknown }).alg !== "RS256");
        const verdict = validator.validate(tokenOf({ ...header, ...change }, claims), { nonce: claims.nonce });
        await expect(verdict).rejects.toBeInstanceOf(AuthError);
      }),
      { numRuns: 200 },
    );
    const good = tokenOf(header, claims);
    // The last character of a segment can have bits that belong to no byte, so it is left out.
    const places = fc.nat({ max: good.lastIndexOf(".") - 2 });
    await fc.assert(
      fc.asyncProperty(places, fc.constantFrom("A", "Q", "-", ".", "=", " "), async (place, character) => {
        fc.pre(good[place] !== character && good[place + 1] !== ".");
        const changed = good.slice(0, place) + character + good.slice(place + 1);
        await expect(validator.validate(changed, { nonce: claims.nonce })).rejects.toBeInstanceOf(AuthError);
      }),
      { numRuns: 200 },
    );
  });
});
