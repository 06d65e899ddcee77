import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { callApi, drive } from "../../test/client.ts";
import { cloud, deputy, now, robot, startWithRobots } from "../../test/service.ts";
import { type Emulator, type JsonObject, startEmulator } from "../index.ts";

let google: Emulator;
beforeAll(async () => {
  google = await startWithRobots();
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

const flavor = { "metadata-flavor": "Google" };
const get = (path: string, headers: Record<string, string> = flavor, from = google) =>
  fetch(`http://${from.metadata.host}${path}`, { headers, redirect: "manual" });
const v1 = "/computeMetadata/v1/";
const account = `${v1}instance/service-accounts/default/`;
const text = async (path: string) => (await get(path)).text();
const token = async (search = "", from = google) =>
  (await (await get(`${account}token${search}`, flavor, from)).json()) as {
    access_token: string;
    expires_in: number;
    token_type: string;
  };
const scopesOf = async ({ access_token }: { access_token: string }, from = google) => {
  const response = await fetch(`${from.url}/tokeninfo?access_token=${access_token}`);
  return new Set(((await response.json()) as { scope: string }).scope.split(" "));
};

describe("the metadata server", () => {
  it.each([
    ["/", "computeMetadata/\n"],
    ["/computeMetadata/", "v1/\n"],
    [v1, "instance/\nproject/\nuniverse/\n"],
    [`${v1}project/project-id`, "project"],
    [`${v1}project/numeric-project-id`, "123456789012"],
    [`${v1}universe/universe-domain`, "googleapis.com"],
    [`${v1}instance/service-accounts/`, `default/\n${robot.email}/\n`],
    [account, "aliases\nemail\nidentity\nscopes\ntoken\n"],
    [`${account}email`, robot.email],
    [`${account}aliases`, "default\n"],
    [`${v1}instance/service-accounts/${robot.email}/email`, robot.email],
    [`${account}scopes`, `${cloud}\nhttps://www.googleapis.com/auth/userinfo.email\n`],
  ])("serves %s as plain text", async (path, body) => {
    const response = await get(path);
    expect([response.status, await response.text()]).toEqual([200, body]);
    expect(response.headers.get("metadata-flavor")).toBe("Google");
  });

  it("describes the accounts in one recursive response, without tokens", async () => {
    const description = {
      aliases: ["default"],
      email: robot.email,
      scopes: [cloud, "https://www.googleapis.com/auth/userinfo.email"],
    };
    const accounts = { default: description, [robot.email]: description };
    const recursive = async (path: string) => (await get(`${path}?recursive=true`)).json();
    expect(await recursive(`${v1}instance/service-accounts/`)).toEqual(accounts);
    expect(await recursive(account)).toEqual(description);
    expect(await recursive(v1)).toMatchObject({
      instance: { serviceAccounts: accounts },
      project: { projectId: "project", numericProjectId: 123_456_789_012 },
      universe: { universeDomain: "googleapis.com" },
    });
    expect(await text(`${v1}project/?recursive=true&alt=text`)).toBe(
      "numeric-project-id 123456789012\nproject-id project\n",
    );
    expect(await (await get(`${account}email?alt=json`)).json()).toBe(robot.email);
  });

  it("redirects a directory to its address with a slash", async () => {
    const response = await get(`${v1}instance`);
    expect([response.status, response.headers.get("location")]).toEqual([301, `${v1}instance/`]);
  });

  it.each<[number, string, string, Record<string, string>]>([
    [403, "without the header", `${account}token`, {}],
    [403, "with another flavor", `${account}token`, { "metadata-flavor": "Other" }],
    [403, "that a proxy passed on", `${account}token`, { ...flavor, "x-forwarded-for": "10.0.0.1" }],
    [403, "that a proxy passed on to the root", "/", { "x-forwarded-for": "10.0.0.1" }],
    [404, "for another account", `${v1}instance/service-accounts/${deputy.email}/token`, flavor],
    [404, "for a member that every object inherits", `${v1}constructor`, flavor],
    [404, "for an unknown path", "/token", flavor],
    [400, "for an identity without an audience", `${account}identity`, flavor],
  ])("responds %i to a request %s", async (status, _, path, headers) => {
    const response = await get(path, headers);
    expect(response.status).toBe(status);
    expect(response.headers.get("metadata-flavor")).toBe("Google");
  });

  it("accepts only GET requests", async () => {
    const response = await fetch(`http://${google.metadata.host}${account}token`, { method: "POST", headers: flavor });
    expect(response.status).toBe(405);
  });

  it("appears in the request log, and faults apply to it", async () => {
    google.faults.add({ endpoint: "metadata", headers: { "Metadata-Flavor": undefined } });
    expect((await get(v1)).headers.has("metadata-flavor")).toBe(false);
    google.faults.add({ endpoint: "metadata", status: 503 });
    expect((await get(`${account}token`)).status).toBe(503);
    expect((await get(`${account}token`)).status).toBe(200);
    expect(google.requests.of("metadata").map(({ status }) => status)).toEqual([200, 503, 200]);
  });

  it("listens on the chosen port until the emulator stops", async () => {
    const taken = Number(google.metadata.host.split(":")[1]);
    await expect(startEmulator({ instance: { port: taken } })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await expect(startEmulator({ instance: { port: -1 } })).rejects.toThrow('"instance.port"');
    const nobody = { serviceAccount: "nobody@project.iam.gserviceaccount.com" };
    await expect(startEmulator({ instance: nobody })).rejects.toThrow('no service account "nobody@');
    const short = await startEmulator();
    await short.stop();
    await expect(get("/", flavor, short)).rejects.toThrow("fetch failed");
  });
});

describe("a token of the metadata server", () => {
  it("belongs to the attached account and has the scopes of the machine", async () => {
    const tokens = await token();
    expect(tokens).toEqual({
      access_token: expect.stringMatching(/^ya29\.c\./),
      expires_in: 3599,
      token_type: "Bearer",
    });
    expect(await scopesOf(tokens)).toEqual(new Set([cloud, "https://www.googleapis.com/auth/userinfo.email"]));
    const response = await callApi(google.endpoints.userinfo, tokens.access_token);
    expect(await response.json()).toMatchObject({ sub: robot.clientId, email: robot.email });
  });

  it("stays the same until five minutes before it expires", async () => {
    const first = await token();
    google.clock.advance((3599 - 301) * 1000);
    expect(await token()).toEqual({ ...first, expires_in: 301 });
    google.clock.advance(1000);
    const second = await token();
    expect(second.access_token).not.toBe(first.access_token);
    expect(second.expires_in).toBe(3599);
  });

  it("may have fewer scopes than the machine, but no others", async () => {
    expect(await scopesOf(await token(`?scopes=${cloud}`))).toEqual(new Set([cloud]));
    expect(await scopesOf(await token(`?scopes=${drive},${cloud}`))).toEqual(new Set([cloud]));
    expect(await scopesOf(await token(`?scopes=${drive}`))).not.toContain(drive);
    expect((await token(`?scopes=${cloud}`)).access_token).not.toBe((await token()).access_token);
  });

  it("may have any scopes if the machine is on Cloud Run", async () => {
    await using run = await startEmulator({ instance: { scopes: "any", projectId: "p", numericProjectId: 7 } });
    expect(await scopesOf(await token(`?scopes=${drive},${cloud}`, run), run)).toEqual(new Set([drive, cloud]));
    expect(await (await get(`${v1}project/?recursive=true`, flavor, run)).json()).toEqual({
      projectId: "p",
      numericProjectId: 7,
    });
  });

  it("belongs to another account after attach()", async () => {
    google.metadata.attach(deputy.email);
    expect(await text(`${account}email`)).toBe(deputy.email);
    google.serviceAccount(deputy.email).disable();
    expect((await get(`${account}token`)).status).toBe(403);
    google.metadata.attach(null);
    expect((await get(`${account}token`)).status).toBe(404);
    expect(await text(`${v1}instance/service-accounts/`)).toBe("");
    expect(() => google.metadata.attach("nobody@project.iam.gserviceaccount.com")).toThrow(TypeError);
    google.reset();
    expect(await text(`${account}email`)).toBe(robot.email);
  });

  it("stays the same even if Google rejects it already", async () => {
    const first = await token();
    google.expireAccessTokens(robot.email);
    expect((await callApi(google.endpoints.userinfo, first.access_token)).status).toBe(401);
    expect((await token()).access_token).toBe(first.access_token);
  });
});

describe("an identity of the metadata server", () => {
  const identity = async (search: string) => {
    const jwt = await text(`${account}identity?audience=https://service.example${search}`);
    const keys = createRemoteJWKSet(new URL(google.endpoints.jwks));
    const { payload } = await jwtVerify(jwt, keys, { currentDate: new Date(google.clock.now()) });
    return payload as JsonObject;
  };

  it("has the numeric ID of the account", async () => {
    expect(await identity("")).toEqual({
      iss: google.issuer,
      aud: "https://service.example",
      azp: robot.clientId,
      sub: robot.clientId,
      iat: now,
      exp: now + 3600,
    });
  });

  it("describes the account and the machine with format=full", async () => {
    expect(await identity("&format=full")).toMatchObject({
      email: robot.email,
      email_verified: true,
      google: { compute_engine: { project_id: "project", instance_name: "emulated" } },
    });
  });
});
