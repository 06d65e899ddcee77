import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  ada,
  authorizationUrl,
  callApi,
  drive,
  obtainCode,
  refresh,
  requestToken,
  signIn,
  start,
} from "../../test/client.ts";
import type { Emulator } from "../index.ts";
import { decodeJwt } from "../signing/jwt.ts";

let google: Emulator;
beforeAll(async () => {
  google = await start();
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

const exchange = (code: string) => requestToken(google, { grant_type: "authorization_code", code });
const statusOf = async (path = "/oauth2/v3/certs") => (await fetch(google.url + path)).status;

describe("a fault", () => {
  it("applies once, at its endpoint only", async () => {
    const fault = google.faults.add({ endpoint: "jwks", status: 503 });
    expect(await statusOf("/.well-known/openid-configuration")).toBe(200);
    expect([await statusOf(), await statusOf()]).toEqual([503, 200]);
    expect(fault.hits).toBe(1);
  });

  it("applies as often as `times` says, until it is removed", async () => {
    const fault = google.faults.add({ endpoint: "jwks", status: 500, times: Infinity });
    expect([await statusOf(), await statusOf()]).toEqual([500, 500]);
    fault.remove();
    expect(await statusOf()).toBe(200);
  });

  it("applies after the faults that were added before it", async () => {
    google.faults.add({ endpoint: "jwks", status: 500 });
    google.faults.add({ endpoint: "any", status: 429 });
    expect([await statusOf(), await statusOf(), await statusOf()]).toEqual([500, 429, 200]);
  });

  it("applies only to requests that match() accepts", async () => {
    google.faults.add({ endpoint: "token", status: 500, match: ({ form }) => form.get("code") === "matching" });
    expect((await exchange("other")).status).toBe(400);
    expect((await exchange("matching")).status).toBe(500);
  });

  it('with the endpoint "api" applies to every API', async () => {
    google.faults.add({ endpoint: "api", status: 500, times: 2 });
    expect([await statusOf("/drive/v3/files"), await statusOf("/calendar/v3/users/me/calendarList")]).toEqual([
      500, 500,
    ]);
  });

  it("responds with its status, headers and body", async () => {
    google.faults.add({ endpoint: "jwks", status: 429, headers: { "Retry-After": "7" }, body: { wrong: true } });
    const response = await fetch(google.endpoints.jwks);
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("7");
    expect(await response.json()).toEqual({ wrong: true });
  });

  it("responds with unchanged text: HTML, incomplete JSON, ten megabytes", async () => {
    const bodies = ["<html>Sorry</html>", '{"access_tok', "x".repeat(10_000_000)];
    for (const body of bodies) google.faults.add({ endpoint: "jwks", body });
    for (const body of bodies) expect(await (await fetch(google.endpoints.jwks)).text()).toBe(body);
  });

  it("can redirect a token request", async () => {
    google.faults.add({ endpoint: "token", status: 307, headers: { location: "https://elsewhere.example/" } });
    const response = await fetch(google.endpoints.token, { method: "POST", redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([307, "https://elsewhere.example/"]);
  });

  it("comes before the request has an effect, so that a retry succeeds", async () => {
    const code = await obtainCode(google);
    google.faults.add({ endpoint: "token", status: 503 });
    expect((await exchange(code)).status).toBe(503);
    expect((await exchange(code)).status).toBe(200);
  });

  it("with after: true, loses the response although the code is spent", async () => {
    const code = await obtainCode(google);
    google.faults.add({ endpoint: "token", reset: true, after: true });
    await expect(exchange(code)).rejects.toThrow("fetch failed");
    expect((await exchange(code)).body.error).toBe("invalid_grant");
  });

  it("resets the connection, and the request log has no status", async () => {
    google.faults.add({ endpoint: "jwks", reset: true });
    await expect(fetch(google.endpoints.jwks)).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
    expect(google.requests.of("jwks")).toMatchObject([{ status: undefined }]);
  });

  it("hangs until the client gives up", async () => {
    google.faults.add({ endpoint: "jwks", hang: true });
    const abort = new AbortController();
    const pending = fetch(google.endpoints.jwks, { signal: abort.signal });
    await expect.poll(() => google.requests.of("jwks").length).toBe(1);
    abort.abort();
    await expect(pending).rejects.toThrow("aborted");
  });

  it("delays a correct response", async () => {
    google.faults.add({ endpoint: "jwks", delay: 30 });
    const before = performance.now();
    expect(await statusOf()).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
  });

  it("does no harm if the client gives up first", async () => {
    google.faults.add({ endpoint: "jwks", delay: 20 });
    google.faults.add({ endpoint: "jwks", drip: { everyMs: 1 } });
    for (let count = 0; count < 2; count += 1) {
      await expect(
        fetch(google.endpoints.jwks, { signal: AbortSignal.timeout(10) }).then((r) => r.text()),
      ).rejects.toThrow("aborted due to timeout");
    }
    await expect.poll(() => google.requests.of("jwks")[0]!.status).toBe(200);
    expect(await statusOf()).toBe(200);
  });

  it("does not transform a response that is not JSON", async () => {
    google.faults.add({ endpoint: "authorization", transform: () => ({ wrong: true }) });
    expect(await (await fetch(authorizationUrl(google))).text()).toContain("Choose an account");
  });

  it("cuts the connection in the middle of the body", async () => {
    google.faults.add({ endpoint: "jwks", truncate: true });
    const response = await fetch(google.endpoints.jwks);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow("terminated");
  });

  it("sends the body slowly", async () => {
    google.faults.add({ endpoint: "jwks", drip: { bytes: 200, everyMs: 1 } });
    const response = await fetch(google.endpoints.jwks);
    expect(await response.json()).toHaveProperty("keys");
  });
});

describe("a changed response", () => {
  const withoutScope = (response: object) => ({ ...response, scope: undefined });

  it("lacks the members that transform() removes", async () => {
    google.faults.add({ endpoint: "token", transform: withoutScope });
    expect(await signIn(google)).not.toHaveProperty("scope");
  });

  it("can be changed in place", async () => {
    google.faults.add({
      endpoint: "token",
      transform: (response: Record<string, unknown>) => {
        response["token_type"] = "mac";
      },
    });
    expect(await signIn(google)).toMatchObject({ token_type: "mac", access_token: expect.any(String) });
  });

  it("contains a forged ID token", async () => {
    google.faults.add({
      endpoint: "token",
      idToken: (claims) => ({ claims: { ...claims, sub: "someone else" }, alg: "none" }),
    });
    const { header, claims } = decodeJwt((await signIn(google)).id_token!);
    expect(header).toMatchObject({ alg: "none" });
    expect(claims).toMatchObject({ sub: "someone else", iss: google.issuer });
  });

  it("redirects to the client with another issuer", async () => {
    google.faults.add({
      endpoint: "decision",
      redirect: (location) => location.searchParams.set("iss", "https://elsewhere.example"),
    });
    const callback = new URL(await google.approve(authorizationUrl(google)));
    expect(callback.searchParams.get("iss")).toBe("https://elsewhere.example");
  });
});

describe("the request log", () => {
  it("has the requests and the status of their responses", async () => {
    const tokens = await signIn(google);
    await refresh(google, tokens.refresh_token!);
    await callApi(`${google.apis.drive}/files?pageSize=1`, tokens.access_token);
    const [, refreshing] = google.requests.of("token");
    expect(refreshing).toMatchObject({
      method: "POST",
      path: "/token",
      form: { grant_type: "refresh_token", refresh_token: tokens.refresh_token },
      status: 200,
      at: google.clock.now(),
    });
    expect(google.requests.at(-1)).toMatchObject({
      endpoint: "drive",
      path: "/drive/v3/files",
      query: { pageSize: "1" },
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
  });

  it("is an array that can be cleared", async () => {
    await google.approve(authorizationUrl(google, { scope: drive }), { user: ada.sub });
    expect(google.requests.map(({ endpoint }) => endpoint)).toEqual(["authorization", "choice", "consent", "decision"]);
    google.requests.clear();
    expect(google.requests).toHaveLength(0);
  });
});
