import { createVerify } from "node:crypto";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, calendar, callApi, drive, grace, signIn } from "../../test/client.ts";
import { cloud, deputy, now, requestByAssertion, robot, serviceToken, startWithRobots } from "../../test/service.ts";
import { type Emulator, type JsonObject, startEmulator } from "../index.ts";

let google: Emulator;
let token: string;
beforeAll(async () => {
  google = await startWithRobots();
});
beforeEach(async () => {
  google.reset();
  google.serviceAccount(deputy.email).allow(`serviceAccount:${robot.email}`);
  token = await serviceToken(google);
});
afterAll(() => google.stop());

const address = (method: string, email = deputy.email) =>
  `${google.endpoints.iamCredentials}/projects/-/serviceAccounts/${email}:${method}`;
async function call(method: string, body: unknown, { email = deputy.email, bearer = token } = {}) {
  const response = await fetch(address(method, email), {
    method: "POST",
    headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}
const denied = (permission: string) => ({
  status: 403,
  body: {
    error: {
      code: 403,
      message: `Permission '${permission}' denied on resource (or it may not exist).`,
      status: "PERMISSION_DENIED",
      details: [expect.objectContaining({ reason: "IAM_PERMISSION_DENIED", metadata: { permission } })],
    },
  },
});

describe("generateAccessToken", () => {
  it("returns an access token of the account and its expiry", async () => {
    const { status, body } = await call("generateAccessToken", { scope: [drive, "email"], lifetime: "600s" });
    expect([status, body.expireTime]).toEqual([200, new Date((now + 600) * 1000).toISOString().replace(".000", "")]);
    const response = await callApi(google.endpoints.userinfo, body.accessToken as string);
    expect(await response.json()).toMatchObject({ sub: deputy.clientId, email: deputy.email });
    google.clock.advance(600_000);
    expect((await callApi(google.endpoints.userinfo, body.accessToken as string)).status).toBe(401);
  });

  it("accepts a percent-encoded address", async () => {
    const encoded = address("generateAccessToken")
      .replace("@", "%40")
      .replace(/:(?=generate)/, "%3A");
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(encoded, { method: "POST", headers, body: JSON.stringify({ scope: [cloud] }) });
    expect(response.status).toBe(200);
  });

  it.each([
    {},
    { scope: [] },
    { scope: cloud },
    { scope: ["drive"] },
    { scope: [1] },
    { scope: [cloud], lifetime: "3601s" },
    { scope: [cloud], lifetime: "0s" },
    { scope: [cloud], lifetime: 600 },
    { scope: [cloud], lifetime: "10m" },
    { scope: [cloud], delegates: [deputy.email] },
    { scope: [cloud], delegates: "x" },
    "[]",
    "{",
  ])("responds INVALID_ARGUMENT to %j", async (body) => {
    const response = await call("generateAccessToken", body);
    expect(response).toMatchObject({ status: 400, body: { error: { code: 400, status: "INVALID_ARGUMENT" } } });
  });

  it("returns tokens of up to twelve hours if extendedLifetime is set", async () => {
    const allowed = { ...deputy, tokenCreators: [`serviceAccount:${robot.email}`], extendedLifetime: true };
    google.addServiceAccount(allowed);
    expect((await call("generateAccessToken", { scope: [cloud], lifetime: "43200s" })).status).toBe(200);
    expect((await call("generateAccessToken", { scope: [cloud], lifetime: "43201s" })).status).toBe(400);
  });
});

describe("impersonation", () => {
  it("is denied by default, even for the account itself", async () => {
    const asItself = await call("generateAccessToken", { scope: [cloud] }, { email: robot.email });
    expect(asItself).toEqual(denied("iam.serviceAccounts.getAccessToken"));
    google.serviceAccount(deputy.email).disallow(`serviceAccount:${robot.email}`);
    expect(await call("generateIdToken", { audience: "a" })).toEqual(denied("iam.serviceAccounts.getOpenIdToken"));
    expect(await call("signJwt", { payload: "{}" })).toEqual(denied("iam.serviceAccounts.signJwt"));
    expect(await call("signBlob", { payload: "aGk=" })).toEqual(denied("iam.serviceAccounts.signBlob"));
  });

  it("can be allowed for a user", async () => {
    const { access_token: bearer } = await signIn(google, { scope: `openid email ${cloud}` });
    expect((await call("generateAccessToken", { scope: [cloud] }, { bearer })).status).toBe(403);
    google.serviceAccount(deputy.email).allow(`user:${ada.email}`);
    expect((await call("generateAccessToken", { scope: [cloud] }, { bearer })).status).toBe(200);
  });

  it("is decided for the user that a service account acts for", async () => {
    google.serviceAccount(robot.email).delegate({ scopes: [cloud] });
    const bearer = await serviceToken(google, { sub: grace.email });
    expect((await call("generateAccessToken", { scope: [cloud] }, { bearer })).status).toBe(403);
  });

  it("through a chain of delegates needs every role", async () => {
    const last = google.addServiceAccount({
      email: "last@project.iam.gserviceaccount.com",
      tokenCreators: [`serviceAccount:${deputy.email}`],
    });
    const ask = (delegates: string[]) =>
      call(
        "generateAccessToken",
        { scope: [cloud], delegates: delegates.map((email) => `projects/-/serviceAccounts/${email}`) },
        { email: last.email },
      );
    expect((await ask([])).status).toBe(403);
    expect((await ask([deputy.email])).status).toBe(200);
    google.serviceAccount(deputy.email).disallow(`serviceAccount:${robot.email}`);
    expect(await ask([deputy.email])).toEqual(denied("iam.serviceAccounts.implicitDelegation"));
    expect((await ask(["nobody@project.iam.gserviceaccount.com"])).status).toBe(404);
  });

  it("needs a valid access token with a Google Cloud scope", async () => {
    expect((await call("signBlob", { payload: "aGk=" }, { bearer: "ya29.unknown" })).status).toBe(401);
    const bearer = await serviceToken(google, { scope: calendar });
    const response = await call("signBlob", { payload: "aGk=" }, { bearer });
    expect(response.body.error).toMatchObject({
      code: 403,
      details: [
        {
          reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
          metadata: { method: "google.iam.credentials.v1.IAMCredentials.SignBlob" },
        },
      ],
    });
  });

  it("responds with an error for an unknown or disabled account and an unknown method", async () => {
    const unknown = await call(
      "generateAccessToken",
      { scope: [cloud] },
      { email: "nobody@p.iam.gserviceaccount.com" },
    );
    expect(unknown).toMatchObject({
      status: 404,
      body: { error: { status: "NOT_FOUND", message: expect.stringContaining("Gaia id not found for email") } },
    });
    expect((await call("constructor", {})).status).toBe(404);
    expect((await fetch(address("signBlob"))).status).toBe(405);
    google.serviceAccount(deputy.email).disable();
    expect((await call("generateAccessToken", { scope: [cloud] })).body.error.status).toBe("FAILED_PRECONDITION");
  });

  it.each([robot.email, "allUsers", "principalSet://iam.googleapis.com/pool", "principal://x"])(
    "cannot be allowed for the member %s",
    async (member) => {
      expect(() => google.serviceAccount(deputy.email).allow(member)).toThrow('"tokenCreators"');
      await expect(startEmulator({ serviceAccounts: [{ ...robot, tokenCreators: [member] }] })).rejects.toThrow(
        '"tokenCreators"',
      );
    },
  );
});

describe("generateIdToken", () => {
  it.each<[JsonObject, JsonObject]>([
    [{}, { azp: deputy.clientId }],
    [{ includeEmail: true }, { azp: deputy.email, email: deputy.email, email_verified: true }],
  ])("with %j returns a token for the audience, with the claims %j", async (options, claims) => {
    const { body } = await call("generateIdToken", { audience: "https://service.example", ...options });
    const keys = createRemoteJWKSet(new URL(google.endpoints.jwks));
    const { payload } = await jwtVerify(body.token as string, keys, { currentDate: new Date(google.clock.now()) });
    const basic = { iss: google.issuer, aud: "https://service.example", sub: deputy.clientId };
    expect(payload).toEqual({ ...basic, iat: now, exp: now + 3600, ...claims });
  });

  it("requires an audience", async () => {
    expect((await call("generateIdToken", {})).status).toBe(400);
  });
});

describe("signJwt", () => {
  it("signs with a published key", async () => {
    const { body } = await call("signJwt", { payload: JSON.stringify({ any: "claims" }) });
    const keys = createRemoteJWKSet(new URL(`${google.url}/service_accounts/v1/jwk/${deputy.email}`));
    const { payload, protectedHeader } = await jwtVerify(body.signedJwt as string, keys);
    expect(payload).toEqual({ any: "claims" });
    expect(protectedHeader.kid).toBe(body.keyId);
  });

  it("makes domain-wide delegation work without a key", async () => {
    google.serviceAccount(deputy.email).delegate({ scopes: [calendar] });
    const claims = { iss: deputy.email, sub: grace.email, scope: calendar, aud: google.endpoints.token };
    const payload = JSON.stringify({ ...claims, iat: now, exp: now + 3600 });
    const { body } = await call("signJwt", { payload });
    const response = await requestByAssertion(google, body.signedJwt as string);
    const events = await callApi(`${google.apis.calendar}/calendars/primary/events`, response.body.access_token);
    expect(await events.json()).toMatchObject({ summary: grace.email });
  });

  it.each([undefined, {}, "", "[]", '{"exp":1}', `{"exp":${now + 43_201}}`, '{"exp":"soon"}'])(
    "rejects the payload %j",
    async (payload) => {
      expect((await call("signJwt", { payload })).body.error.status).toBe("INVALID_ARGUMENT");
    },
  );

  it("adds nothing to the claims", async () => {
    const { body } = await call("signJwt", { payload: "{}" });
    expect(decodeJwt(body.signedJwt as string)).toEqual({});
  });
});

describe("signBlob", () => {
  it("signs bytes with RSASSA-PKCS1-v1_5 and SHA-256", async () => {
    const bytes = Buffer.from([0, 1, 254, 255]);
    const { body } = await call("signBlob", { payload: bytes.toString("base64") });
    const url = `${google.url}/robot/v1/metadata/x509/${deputy.email}`;
    const certificates = (await (await fetch(url)).json()) as Record<string, string>;
    const verifier = createVerify("RSA-SHA256").update(bytes);
    expect(verifier.verify(certificates[body.keyId as string]!, body.signedBlob as string, "base64")).toBe(true);
  });

  it.each([undefined, 1, "", "not base64!"])("rejects the payload %j", async (payload) => {
    expect((await call("signBlob", { payload })).status).toBe(400);
  });
});

it("the IAM Credentials API appears in the request log, and faults apply to it", async () => {
  google.faults.add({ endpoint: "iamCredentials", status: 503 });
  expect((await call("signBlob", { payload: "aGk=" })).status).toBe(503);
  expect((await call("signBlob", { payload: "aGk=" })).status).toBe(200);
  expect(google.requests.of("iamCredentials")).toHaveLength(2);
});
