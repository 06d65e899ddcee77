import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, calendar, post, refresh, sibling, signIn, start } from "../../test/client.ts";
import type { Emulator } from "../index.ts";

let google: Emulator;
beforeAll(async () => {
  google = await start();
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

describe("revocation", () => {
  const revoke = (fields: Record<string, string>, search = "") => post(google.endpoints.revocation + search, fields);

  it.each(["access_token", "refresh_token"] as const)(
    "of an %s revokes the whole grant of the project",
    async (kind) => {
      const other = await signIn(google, { client_id: sibling.clientId, scope: calendar });
      const tokens = await signIn(google);
      expect((await revoke({ token: tokens[kind]! })).status).toBe(200);
      expect(google.grants(ada.sub)).toEqual([]);
      const again = { client_id: sibling.clientId };
      expect((await refresh(google, other.refresh_token!, again)).body.error).toBe("invalid_grant");
      expect((await revoke({ token: other.access_token })).body.error).toBe("invalid_token");
    },
  );

  it("accepts the token in the query", async () => {
    const { refresh_token: token } = await signIn(google);
    expect((await revoke({}, `?${new URLSearchParams({ token: token! }).toString()}`)).status).toBe(200);
  });

  it("responds 400 to a missing or an invalid token", async () => {
    expect(await revoke({})).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect(await revoke({ token: "ya29.x" })).toMatchObject({ status: 400, body: { error: "invalid_token" } });
  });
});
