import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { sendJson, startServer, type LoopbackServer } from "../../../../test/harness/loopback-server.ts";
import { AuthError } from "../errors/auth-error.ts";
import { createTokenClient, type TokenClient } from "./token-client.ts";

const TOKENS = { access_token: "ya29.CANARY", token_type: "Bearer", expires_in: 3599, scope: "openid" };
const EXCHANGE = { code: "4/CANARY-code", redirectUri: "https://app.example/cb", codeVerifier: "CANARY-verifier" };

async function start(
  respond: Parameters<typeof startServer>[0],
): Promise<{ server: LoopbackServer; tokens: TokenClient }> {
  const server = await startServer(respond);
  const tokens = createTokenClient({
    client: { clientId: "client-1", clientSecret: "CANARY-secret" },
    endpoints: { token: `${server.url}/token`, revocation: `${server.url}/revoke` },
    sleep: () => Promise.resolve(),
    random: () => 0,
    timeout: 60_000,
  });
  return { server, tokens };
}

function formOf(server: LoopbackServer, index = 0): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(server.seen[index]?.body));
}

async function failure(promise: Promise<unknown>): Promise<AuthError> {
  const error = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AuthError);
  expect(inspect(error, { depth: null, showHidden: true })).not.toContain("CANARY");
  return error as AuthError;
}

describe("exchangeCode", () => {
  test("sends the code, the verifier and the client's credentials in the body", async () => {
    const { server, tokens } = await start((response) =>
      sendJson(response, 200, { ...TOKENS, refresh_token: "1//CANARY" }),
    );
    const response = await tokens.exchangeCode(EXCHANGE);
    expect(response).toMatchObject({
      accessToken: "ya29.CANARY",
      refreshToken: "1//CANARY",
      expiresIn: 3599,
      scopes: ["openid"],
    });
    expect(server.seen[0]?.url).toBe("/token");
    expect(formOf(server)).toEqual({
      grant_type: "authorization_code",
      code: "4/CANARY-code",
      redirect_uri: "https://app.example/cb",
      code_verifier: "CANARY-verifier",
      client_id: "client-1",
      client_secret: "CANARY-secret",
    });
  });

  test.each([
    [400, "invalid_grant", "invalid_grant"],
    [401, "invalid_client", "invalid_client"],
    [503, "whatever", "temporarily_unavailable"],
  ])("fails after a response %d %s as %s, with one request", async (status, error, code) => {
    const { server, tokens } = await start((response) => sendJson(response, status, { error }));
    expect((await failure(tokens.exchangeCode(EXCHANGE))).code).toBe(code);
    expect(server.seen).toHaveLength(1);
  });

  test("S33 fails as invalid_response after a 200 with HTML", async () => {
    const { tokens } = await start((response) => response.writeHead(200).end("<html>CANARY</html>"));
    expect((await failure(tokens.exchangeCode(EXCHANGE))).code).toBe("invalid_response");
  });

  test("fails as invalid_response after a 204", async () => {
    const { tokens } = await start((response) => response.writeHead(204).end());
    expect((await failure(tokens.exchangeCode(EXCHANGE))).code).toBe("invalid_response");
  });

  test("S27 does not copy an echoed request into the error", async () => {
    const { tokens } = await start((response, _, request) =>
      sendJson(response, 400, { error: "invalid_request", error_description: request.body }),
    );
    expect((await failure(tokens.exchangeCode(EXCHANGE))).code).toBe("invalid_request");
  });
});

describe("refresh", () => {
  test("sends the refresh token, and no scope", async () => {
    const { server, tokens } = await start((response) => sendJson(response, 200, TOKENS));
    expect((await tokens.refresh({ refreshToken: "1//CANARY" })).accessToken).toBe("ya29.CANARY");
    expect(formOf(server)).toEqual({
      grant_type: "refresh_token",
      refresh_token: "1//CANARY",
      client_id: "client-1",
      client_secret: "CANARY-secret",
    });
  });

  test("S31 is retried after a 503", async () => {
    const { server, tokens } = await start((response, count) => sendJson(response, count < 3 ? 503 : 200, TOKENS));
    await tokens.refresh({ refreshToken: "1//CANARY" });
    expect(server.seen).toHaveLength(3);
  });

  test.each([
    [{ error: "invalid_grant", error_description: "Token has been expired or revoked." }, "reconnect_required"],
    [{ error: "invalid_grant", error_subtype: "invalid_rapt" }, "reauthentication_required"],
  ])("S31 fails after a response %j so that the user can restore access, with one request", async (body, code) => {
    const { server, tokens } = await start((response) => sendJson(response, 400, body));
    expect((await failure(tokens.refresh({ refreshToken: "1//CANARY" }))).code).toBe(code);
    expect(server.seen).toHaveLength(1);
  });

  test("ends when its signal is aborted", async () => {
    const controller = new AbortController();
    const { tokens } = await start(() => controller.abort());
    const error = await failure(tokens.refresh({ refreshToken: "1//CANARY", signal: controller.signal }));
    expect(error.code).toBe("temporarily_unavailable");
  });
});

describe("revoke", () => {
  test("sends only the token, in the body", async () => {
    const { server, tokens } = await start((response) => sendJson(response, 200, {}));
    expect(await tokens.revoke({ token: "1//CANARY" })).toBe("revoked");
    expect(server.seen[0]).toMatchObject({ method: "POST", url: "/revoke", body: "token=1%2F%2FCANARY" });
  });

  test("returns already_dead for a token that the server does not know", async () => {
    const { tokens } = await start((response) => sendJson(response, 400, { error: "invalid_token" }));
    expect(await tokens.revoke({ token: "1//CANARY" })).toBe("already_dead");
  });

  test.each([
    [401, "invalid_client"],
    [400, "invalid_request"],
  ])("authenticates if the server requires it (%d %s)", async (status, error) => {
    const { server, tokens } = await start((response, count) =>
      count === 1 ? sendJson(response, status, { error }) : response.writeHead(200).end(),
    );
    expect(await tokens.revoke({ token: "1//CANARY" })).toBe("revoked");
    expect(formOf(server, 1)).toEqual({ token: "1//CANARY", client_id: "client-1", client_secret: "CANARY-secret" });
  });

  test.each([
    [401, "invalid_client", "invalid_client", 2],
    [400, "unsupported_token_type", "invalid_response", 1],
    [403, "access_denied", "access_denied", 1],
    [503, "x", "temporarily_unavailable", 3],
  ])("fails after a response %d %s as %s", async (status, error, code, requests) => {
    const { server, tokens } = await start((response) => sendJson(response, status, { error }));
    expect((await failure(tokens.revoke({ token: "1//CANARY" }))).code).toBe(code);
    expect(server.seen).toHaveLength(requests);
  });
});

test("createTokenClient rejects a timeout out of range", () => {
  expect(() =>
    createTokenClient({
      client: { clientId: "c", clientSecret: "s" },
      endpoints: { token: "https://e/t", revocation: "https://e/r" },
      timeout: 0,
    }),
  ).toThrow(TypeError);
});
