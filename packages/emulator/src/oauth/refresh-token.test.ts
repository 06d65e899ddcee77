import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, authorizationUrl, calendar, client, drive, refresh, sibling, signIn, start } from "../../test/client.ts";
import type { Emulator } from "../index.ts";

const day = 86_400_000;

let google: Emulator;
beforeAll(async () => {
  google = await start();
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

describe("a refresh token", () => {
  it("is issued for offline access only", async () => {
    expect(await signIn(google, { access_type: "online" })).not.toHaveProperty("refresh_token");
    google.reset();
    expect(await signIn(google, { access_type: "" })).not.toHaveProperty("refresh_token");
  });

  it("is issued after the first consent and with prompt=consent, but not in between", async () => {
    expect(await signIn(google)).toHaveProperty("refresh_token");
    expect(await signIn(google)).not.toHaveProperty("refresh_token");
    expect(await signIn(google, { prompt: "consent" })).toHaveProperty("refresh_token");
  });

  it("gets new access tokens, and the response does not repeat it", async () => {
    const { refresh_token: token } = await signIn(google);
    const { status, body } = await refresh(google, token!);
    expect(status).toBe(200);
    expect(body).toMatchObject({ access_token: expect.any(String), expires_in: 3599, token_type: "Bearer" });
    expect(body).not.toHaveProperty("refresh_token");
  });

  it("gets access tokens for fewer scopes, never for more", async () => {
    const { refresh_token: token } = await signIn(google);
    expect((await refresh(google, token!, { scope: drive })).body.scope).toBe(drive);
    expect((await refresh(google, token!, { scope: `${drive} ${calendar}` })).body.error).toBe("invalid_scope");
  });

  it("is rejected for another client", async () => {
    const { refresh_token: token } = await signIn(google);
    const response = await refresh(google, token!, { client_id: sibling.clientId });
    expect(response).toMatchObject({ status: 401, body: { error: "unauthorized_client" } });
  });

  it("expires after six months without use", async () => {
    const { refresh_token: token } = await signIn(google);
    google.clock.advance(181 * day);
    expect((await refresh(google, token!)).status).toBe(200);
    google.clock.advance(181 * day);
    expect((await refresh(google, token!)).status).toBe(200);
    google.clock.advance(182 * day);
    expect((await refresh(google, token!)).body).toEqual({
      error: "invalid_grant",
      error_description: "Token has been expired or revoked.",
    });
  });

  it("is silently revoked when the user has a hundred newer ones for the client", async () => {
    const tokens: string[] = [];
    for (let count = 0; count < 101; count += 1) {
      tokens.push((await signIn(google, { prompt: "consent" })).refresh_token!);
    }
    expect(google.grants(ada.sub)).toMatchObject([{ refreshTokens: 100 }]);
    expect((await refresh(google, tokens[0]!)).body.error).toBe("invalid_grant");
    expect((await refresh(google, tokens[1]!)).status).toBe(200);
  });

  it("expires after seven days while the app is in testing, unless it has sign-in scopes only", async () => {
    google.addClient({ ...client, publishingStatus: "testing" });
    const forDrive = await signIn(google);
    expect(forDrive.refresh_token_expires_in).toBe(604_800);
    const forSignIn = await signIn(google, { scope: "openid", prompt: "consent" });
    expect(forSignIn).not.toHaveProperty("refresh_token_expires_in");
    google.clock.advance(day);
    expect((await refresh(google, forDrive.refresh_token!)).body.refresh_token_expires_in).toBe(518_400);
    google.clock.advance(6 * day);
    expect((await refresh(google, forDrive.refresh_token!)).body.error).toBe("invalid_grant");
    expect((await refresh(google, forSignIn.refresh_token!)).status).toBe(200);
  });

  it("is rejected with invalid_rapt until the user signs in again, if re-authentication is required", async () => {
    const { refresh_token: token } = await signIn(google);
    google.requireReauth(ada.email);
    expect((await refresh(google, token!)).body).toMatchObject({
      error: "invalid_grant",
      error_subtype: "invalid_rapt",
    });
    await google.approve(authorizationUrl(google), { user: ada.sub });
    expect((await refresh(google, token!)).status).toBe(200);
  });

  it("is revoked when the account is removed", async () => {
    const { refresh_token: token } = await signIn(google);
    google.removeUser(ada.sub);
    expect((await refresh(google, token!)).body.error).toBe("invalid_grant");
  });
});

describe("include_granted_scopes", () => {
  const scopesOf = ({ scope }: { scope: string }) => new Set(scope.split(" "));

  it("adds the scopes that the user granted before to any client of the project", async () => {
    await signIn(google, { client_id: sibling.clientId, scope: calendar });
    const tokens = await signIn(google, { scope: drive, include_granted_scopes: "true" });
    expect(scopesOf(tokens)).toEqual(new Set([calendar, drive]));
    expect(scopesOf((await refresh(google, tokens.refresh_token!)).body)).toEqual(new Set([calendar, drive]));
  });

  it("is off by default", async () => {
    await signIn(google, { scope: calendar });
    expect(scopesOf(await signIn(google, { scope: drive }))).toEqual(new Set([drive]));
  });
});
