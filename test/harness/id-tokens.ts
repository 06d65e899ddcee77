// ID tokens that these tests sign, and a validator that knows their key.
import { inspect } from "node:util";
import { exportJWK, generateKeyPair, SignJWT, type JWTHeaderParameters } from "jose";
import { expect } from "vitest";
import { AuthError } from "../../packages/core/src/errors/auth-error.ts";
import { createIdTokenValidator, type IdTokenValidatorOptions } from "../../packages/core/src/google/id-token.ts";
import { sendJson, startServer } from "./loopback-server.ts";

const NOW = Date.UTC(2026, 0, 1);
export const SECONDS = NOW / 1_000;
export const CLIENT = "client-1.apps.googleusercontent.com";
export const ISSUER = "https://accounts.google.com";
export const CLAIMS = {
  iss: ISSUER,
  aud: CLIENT,
  sub: "1077",
  nonce: "n-1",
  iat: SECONDS,
  exp: SECONDS + 3_600,
  secret: "CANARY",
};

export const keys = await generateKeyPair("RS256", { extractable: true });

export type Changes = Record<string, unknown>;

/** Signs an ID token with changed claims and header fields. `undefined` removes one. */
export function sign(claims: Changes = {}, header: Changes = {}, key = keys.privateKey): Promise<string> {
  const fields = { alg: "RS256", kid: "k1", typ: "JWT", ...header } as unknown as JWTHeaderParameters;
  return new SignJWT(JSON.parse(JSON.stringify({ ...CLAIMS, ...claims })) as Changes)
    .setProtectedHeader(JSON.parse(JSON.stringify(fields)) as JWTHeaderParameters)
    .sign(key, { crit: { "x-unknown": true, b64: true } });
}

export async function start(options: Partial<IdTokenValidatorOptions> & { issuer?: string } = {}) {
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "k1", alg: "RS256", use: "sig" };
  const server = await startServer((response) => sendJson(response, 200, { keys: [jwk] }));
  const { issuer = ISSUER, ...more } = options;
  const validator = createIdTokenValidator({
    clientId: CLIENT,
    endpoints: { issuer, jwks: `${server.url}/certs` },
    now: () => NOW,
    sleep: () => Promise.resolve(),
    random: () => 0,
    ...more,
  });
  const validate = async (token: string) => (await validator.validate(token, { nonce: "n-1" })).user;
  return { server, validator, validate };
}

/** Expects that a token is rejected, and that the error quotes nothing of it. Returns the message. */
export async function expectRejection(
  attempt: Promise<unknown>,
  code: AuthError["code"] = "invalid_id_token",
): Promise<string> {
  const error = await attempt.then(
    () => "accepted",
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AuthError);
  expect((error as AuthError).code).toBe(code);
  const shown = inspect(error, { depth: null, showHidden: true });
  expect(shown).not.toContain("CANARY");
  expect(shown).not.toContain("eyJ");
  return (error as AuthError).message;
}

export function base64url(value: unknown): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
}
