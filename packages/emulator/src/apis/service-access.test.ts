// A service account calls APIs with its access tokens and with self-signed JWTs.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, calendar, callApi, client, drive, grace, signIn } from "../../test/client.ts";
import { cloud, deputy, now, robot, serviceToken, signWith, sqlAdmin, startWithRobots } from "../../test/service.ts";
import type { Emulator, JsonObject } from "../index.ts";

let google: Emulator;
beforeAll(async () => {
  google = await startWithRobots();
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

const instances = (project = "project") => `${google.apis.sqladmin}/projects/${project}/instances`;
const events = () => `${google.apis.calendar}/calendars/primary/events`;

describe("Cloud SQL Admin", () => {
  it.each([cloud, sqlAdmin])("lists the instances of a project for the scope %s", async (scope) => {
    const response = await callApi(instances(), await serviceToken(google, { scope }));
    expect(await response.json()).toMatchObject({
      kind: "sql#instancesList",
      items: [
        { name: "orders", project: "project", state: "RUNNABLE" },
        { name: "reports", project: "project", state: "RUNNABLE" },
      ],
    });
  });

  it("rejects other scopes", async () => {
    expect((await callApi(instances(), await serviceToken(google, { scope: drive }))).status).toBe(403);
  });

  it("lists any project for a user, but only its own project for a service account", async () => {
    const token = await serviceToken(google);
    const response = await callApi(instances("another"), token);
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { error: { errors: [{ reason: "notAuthorized" }] } },
    ]);
    const { access_token: user } = await signIn(google, { scope: cloud });
    expect((await callApi(instances("another"), user)).status).toBe(200);
  });

  it("logs the header x-goog-user-project", async () => {
    const headers = { authorization: `Bearer ${await serviceToken(google)}`, "x-goog-user-project": "billing" };
    await fetch(instances(), { headers });
    expect(google.requests.of("sqladmin")[0]?.headers["x-goog-user-project"]).toBe("billing");
  });

  it('is included in faults with the endpoint "api"', async () => {
    google.faults.add({ endpoint: "api", status: 503 });
    expect((await callApi(instances(), "x")).status).toBe(503);
  });
});

describe("an access token of a service account", () => {
  it("gives access to its own calendar, and to a user's by delegation", async () => {
    const summary = async (changes: JsonObject) => {
      const response = await callApi(events(), await serviceToken(google, { scope: calendar, ...changes }));
      return ((await response.json()) as JsonObject)["summary"];
    };
    google.serviceAccount(robot.email).delegate({ scopes: [calendar] });
    expect(await summary({})).toBe(robot.email);
    expect(await summary({ sub: grace.email })).toBe(grace.email);
  });

  it("is rejected once the user that it acts for is removed", async () => {
    google.serviceAccount(robot.email).delegate({ scopes: [calendar] });
    const token = await serviceToken(google, { scope: calendar, sub: grace.email });
    google.removeUser(grace.email);
    expect((await callApi(events(), token)).status).toBe(401);
  });

  it("is rejected after expireAccessTokens() and after the account is removed", async () => {
    const token = await serviceToken(google);
    google.expireAccessTokens(deputy.email);
    expect((await callApi(instances(), token)).status).toBe(200);
    google.expireAccessTokens(robot.email);
    expect((await callApi(instances(), token)).status).toBe(401);
    const another = await serviceToken(google);
    google.removeServiceAccount(robot.email);
    google.addServiceAccount(robot);
    expect((await callApi(instances(), another)).status).toBe(401);
  });

  it("can be revoked without revoking the user's grant", async () => {
    google.addClient({ ...client, projectId: "project" });
    const { access_token: own } = await signIn(google, { scope: calendar, login_hint: ada.email });
    google.addUser({ ...ada, hd: "workspace.example" });
    google.serviceAccount(robot.email).delegate({ scopes: [calendar] });
    const delegated = await serviceToken(google, { scope: calendar, sub: ada.email });
    const revoked = await fetch(google.endpoints.revocation, {
      method: "POST",
      body: new URLSearchParams({ token: delegated }),
    });
    expect(revoked.status).toBe(200);
    expect((await callApi(events(), delegated)).status).toBe(401);
    expect((await callApi(events(), own)).status).toBe(200);
  });
});

describe("a self-signed JWT", () => {
  const call = async (changes: JsonObject, url = instances()) => {
    const claims = { iss: robot.email, sub: robot.email, iat: now, exp: now + 3600, ...changes };
    const response = await callApi(url, signWith(google.serviceAccount(robot.email).keyFile(), claims));
    return response.status;
  };
  const aud = "https://sqladmin.googleapis.com/";

  it("gives access to the service in `aud`, or according to its scopes", async () => {
    expect(await call({ aud })).toBe(200);
    expect(await call({ scope: `${sqlAdmin} ${drive}` })).toBe(200);
    expect(await call({ scope: drive })).toBe(403);
    expect(await call({ aud: `${google.url}/` })).toBe(200);
    expect(await call({ aud: "https://drive.googleapis.com/" }, `${google.apis.drive}/files`)).toBe(200);
  });

  it.each<[string, JsonObject]>([
    ["names another service", { aud: "https://drive.googleapis.com/" }],
    ["names a service without the slash", { aud: "https://sqladmin.googleapis.com" }],
    ["names both service and scopes", { aud, scope: sqlAdmin }],
    ["names neither", {}],
    ["names a user as its subject", { aud, sub: grace.email }],
    ["has no subject", { aud, sub: undefined }],
    ["names another account", { aud, iss: deputy.email, sub: deputy.email }],
    ["is valid for more than an hour", { aud, exp: now + 3601 }],
    ["is valid for less than an hour", { aud, exp: now + 3599 }],
    ["has expired", { aud, iat: now - 3600, exp: now }],
    ["was issued in the future", { aud, iat: now + 301, exp: now + 3901 }],
    ["has no times", { aud, iat: undefined, exp: undefined }],
  ])("is rejected if it %s", async (_, changes) => {
    expect(await call(changes)).toBe(401);
  });

  it("is rejected without a signature or an enabled key", async () => {
    const account = google.serviceAccount(robot.email);
    const claims = { iss: robot.email, sub: robot.email, aud, iat: now, exp: now + 3600 };
    const jwt = signWith(account.keyFile(), claims);
    expect((await callApi(instances(), jwt.slice(0, jwt.lastIndexOf(".") + 1))).status).toBe(401);
    account.disableKey();
    expect((await callApi(instances(), jwt)).status).toBe(401);
    account.enableKey();
    expect((await callApi(instances(), jwt)).status).toBe(200);
    account.disable();
    expect((await callApi(instances(), jwt)).status).toBe(401);
    expect((await callApi(instances(), "a.b.c")).status).toBe(401);
  });
});
