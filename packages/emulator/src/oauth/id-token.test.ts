import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, client, drive, refresh, signIn, standstill, start } from "../../test/client.ts";
import type { Emulator } from "../index.ts";
import { decodeJwt } from "../signing/jwt.ts";

let google: Emulator;
beforeAll(async () => {
  google = await start();
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

describe("the ID token", () => {
  const claimsOf = ({ id_token: token }: { id_token?: string }) => decodeJwt(token!).claims;

  it("has the claims of the user, the client and the time, if openid is granted", async () => {
    const tokens = await signIn(google, { nonce: "n", scope: "openid email profile" });
    const hash = createHash("sha256").update(tokens.access_token).digest().subarray(0, 16).toString("base64url");
    const now = standstill / 1000;
    expect(claimsOf(tokens)).toEqual({
      iss: google.issuer,
      azp: client.clientId,
      aud: client.clientId,
      sub: ada.sub,
      email: ada.email,
      email_verified: true,
      name: ada.name,
      given_name: "Ada",
      family_name: "Lovelace",
      picture: `${google.url}/pictures/${ada.sub}.svg`,
      nonce: "n",
      at_hash: hash,
      iat: now,
      exp: now + 3600,
    });
  });

  it("has the user's locale if the user has one", async () => {
    google.addUser({ ...ada, locale: "en-GB" });
    expect(claimsOf(await signIn(google, { scope: "openid profile" }))["locale"]).toBe("en-GB");
    expect(claimsOf(await signIn(google, { scope: "openid email" }))).not.toHaveProperty("locale");
    google.addUser(ada);
  });

  it("is not issued without openid", async () => {
    expect(await signIn(google, { scope: drive })).not.toHaveProperty("id_token");
  });

  it("has no nonce after a refresh", async () => {
    const { refresh_token: token } = await signIn(google, { nonce: "n" });
    expect(claimsOf((await refresh(google, token!)).body)).not.toHaveProperty("nonce");
  });
});
