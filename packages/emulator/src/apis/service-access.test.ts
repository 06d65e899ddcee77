// APIs as a service account calls them: with its tokens, and with JWTs that it signed itself.
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
  it.each([cloud, sqlAdmin])("lists the instances of a project to %s", async (scope) => {
    const response = await callApi(instances(), await serviceToken(google, { scope }));
    expect(await response.json()).toMatchObject({
      kind: "sql#instancesList",
      items: [
        { name: "orders", project: "project", state: "RUNNABLE" },
        { name: "reports", project: "project", state: "RUNNABLE" },
      ],
    });
  });

  it("opens with no other scope", async () => {
    expect((await callApi(instances(), await serviceToken(google, { scope: drive }))).status).toBe(403);
  });

  it("shows a service account its own project, and a user any", async () => {
    const token = await serviceToken(google);
    const response = await callApi(instances("another"), token);
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { error: { errors: [{ reason: "notAuthorized" }] } },
    ]);
    const { access_token: user } = await signIn(google, { scope: cloud });
    expect((await callApi(instances("another"), user)).status).toBe(200);
  });

  it("notes which project pays", async () => {
    const headers = { authorization: `Bearer ${await serviceToken(google)}`, "x-goog-user-project": "billing" };
    await fetch(instances(), { headers });
    expect(google.requests.of("sqladmin")[0]?.headers["x-goog-user-project"]).toBe("billing");
  });

  it("is an API to the faults", async () => {
    google.faults.add({ endpoint: "api", status: 503 });
    expect((await callApi(instances(), "x")).status).toBe(503);
  });
});

describe("a token of a service account", () => {
  it("opens its own calendar, and the one of a user by delegation alone", async () => {
    const summary = async (changes: JsonObject) => {
      const response = await callApi(events(), await serviceToken(google, { scope: calendar, ...changes }));
      return ((await response.json()) as JsonObject)["summary"];
    };
    google.serviceAccount(robot.email).delegate({ scopes: [calendar] });
    expect(await summary({})).toBe(robot.email);
    expect(await summary({ sub: grace.email })).toBe(grace.email);
  });

  it("dies with the user whom it acts for", async () => {
    google.serviceAccount(robot.email).delegate({ scopes: [calendar] });
    const token = await serviceToken(google, { scope: calendar, sub: grace.email });
    google.removeUser(grace.email);
    expect((await callApi(events(), token)).status).toBe(401);
  });

  it("dies with the account, and when it is told to", async () => {
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

  it("can be revoked by itself, which costs the user no grant", async () => {
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

describe("a JWT that a service account signed itself", () => {
  const call = async (changes: JsonObject, url = instances()) => {
    const claims = { iss: robot.email, sub: robot.email, iat: now, exp: now + 3600, ...changes };
    const response = await callApi(url, signWith(google.serviceAccount(robot.email).keyFile(), claims));
    return response.status;
  };
  const aud = "https://sqladmin.googleapis.com/";

  it("opens the service that it names, or what its scopes do", async () => {
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
    ["is for a user", { aud, sub: grace.email }],
    ["has no subject", { aud, sub: undefined }],
    ["is of another account", { aud, iss: deputy.email, sub: deputy.email }],
    ["lives longer than an hour", { aud, exp: now + 3601 }],
    ["lives shorter than an hour", { aud, exp: now + 3599 }],
    ["has expired", { aud, iat: now - 3600, exp: now }],
    ["is of the future", { aud, iat: now + 301, exp: now + 3901 }],
    ["has no times", { aud, iat: undefined, exp: undefined }],
  ])("is refused when it %s", async (_, changes) => {
    expect(await call(changes)).toBe(401);
  });

  it("is refused without a signature, or a key in force", async () => {
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
