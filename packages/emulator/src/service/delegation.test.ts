import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, calendar, callApi, drive, grace } from "../../test/client.ts";
import { cloud, requestAs, robot, serviceToken, startWithRobots } from "../../test/service.ts";
import type { Emulator, JsonObject, ServiceAccountHandle } from "../index.ts";

let google: Emulator;
let account: ServiceAccountHandle;
beforeAll(async () => {
  google = await startWithRobots();
  account = google.serviceAccount(robot.email);
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

const request = (changes?: JsonObject, header?: JsonObject) => requestAs(google, account, changes, header);

describe("domain-wide delegation", () => {
  const forGrace = (scope = calendar) => request({ sub: grace.email, scope });

  it("gives access to the data of a Workspace user", async () => {
    account.delegate({ scopes: [calendar] });
    const token = await serviceToken(google, { sub: grace.email, scope: calendar });
    const response = await callApi(`${google.apis.calendar}/calendars/primary/events`, token);
    expect(await response.json()).toMatchObject({ summary: grace.email });
  });

  it("is not needed if the account acts for itself", async () => {
    expect((await request({ sub: robot.email })).status).toBe(200);
  });

  it.each<[number, string, string, () => void]>([
    [401, "unauthorized_client", "Unauthorized client or scope in request", () => undefined],
    [
      401,
      "unauthorized_client",
      "unauthorized to retrieve access tokens using this method",
      () => account.delegate({ scopes: [calendar], client: robot.email }),
    ],
    [
      401,
      "unauthorized_client",
      "Unauthorized client or scope in request",
      () => account.delegate({ scopes: [calendar], domain: "other.example" }),
    ],
    [403, "access_denied", "", () => account.delegate({ scopes: ["https://www.googleapis.com/auth/calendar"] })],
    [
      401,
      "unauthorized_client",
      "Unauthorized client or scope in request",
      () => {
        account.delegate({ scopes: [calendar] });
        account.undelegate();
      },
    ],
    [
      400,
      "admin_policy_enforced",
      "",
      () => {
        account.delegate({ scopes: [calendar] });
        google.addUser({ ...grace, restrictedScopes: [calendar] });
      },
    ],
    [
      403,
      "org_internal",
      "",
      () => {
        google.addServiceAccount({ ...robot, organization: "other.example", delegation: [{ scopes: [calendar] }] });
      },
    ],
  ])("responds %i %s, %j", async (status, error, description, arrange) => {
    arrange();
    const response = await forGrace();
    expect(response).toMatchObject({ status, body: { error } });
    expect(response.body.error_description).toContain(description);
  });

  it("responds access_denied if one of several scopes is not delegated", async () => {
    account.delegate({ scopes: [calendar] });
    expect((await forGrace(`${calendar} ${drive}`)).body.error).toBe("access_denied");
    account.delegate({ scopes: [drive], domain: "workspace.example" });
    expect((await forGrace(`${calendar} ${drive}`)).status).toBe(200);
  });

  it("does not apply to unknown users and to private accounts", async () => {
    account.delegate({ scopes: [cloud] });
    expect((await request({ sub: "nobody@workspace.example" })).body).toMatchObject({
      error: "invalid_grant",
      error_description: expect.stringContaining("Not a valid email"),
    });
    expect((await request({ sub: ada.email })).body.error).toBe("unauthorized_client");
    expect((await request({ sub: 1 })).body.error).toBe("invalid_grant");
  });
});
