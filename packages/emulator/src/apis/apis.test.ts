import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, calendar, callApi, drive, grace, signIn, standstill, start } from "../../test/client.ts";
import type { Emulator } from "../index.ts";

let google: Emulator;
beforeAll(async () => {
  google = await start();
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

const scope = (name: string) => `https://www.googleapis.com/auth/${name}`;
const tokenFor = async (scopes: string) => (await signIn(google, { scope: scopes })).access_token;
// oxlint-disable-next-line typescript/no-explicit-any -- bodies of responses are what the test says they are
const bodyOf = async (response: Response): Promise<any> => response.json();

const files = () => `${google.apis.drive}/files`;
const about = () => `${google.apis.drive}/about?fields=user,storageQuota(limit)`;
const events = () => `${google.apis.calendar}/calendars/primary/events`;
const calendars = () => `${google.apis.calendar}/users/me/calendarList`;

describe("an API", () => {
  it.each([
    [files, "drive"],
    [files, "drive.readonly"],
    [files, "drive.metadata"],
    [files, "drive.metadata.readonly"],
    [files, "drive.file"],
    [about, "drive.readonly"],
    [events, "calendar"],
    [events, "calendar.readonly"],
    [events, "calendar.events"],
    [events, "calendar.events.readonly"],
    [calendars, "calendar.readonly"],
    [calendars, "calendar.calendarlist.readonly"],
  ])("%o accepts the scope %s", async (url, name) => {
    expect((await callApi(url(), await tokenFor(scope(name)))).status).toBe(200);
  });

  it.each([
    [files, "calendar", "google.apps.drive.v3.DriveFiles.List"],
    [files, "drive.meet", "google.apps.drive.v3.DriveFiles.List"],
    [events, "drive", "calendar.v3.Events.List"],
    [calendars, "calendar.events", "calendar.v3.CalendarList.List"],
  ])("%o rejects the scope %s", async (url, name, method) => {
    const response = await callApi(url(), await tokenFor(scope(name)));
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toMatch(/error="insufficient_scope", scope="https:/);
    const { error } = await bodyOf(response);
    expect(error).toMatchObject({
      code: 403,
      status: "PERMISSION_DENIED",
      errors: [{ reason: "insufficientPermissions" }],
      details: [{ reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT", metadata: { method } }],
    });
  });

  it("responds 401 to a token that is unknown, expired or revoked", async () => {
    const expired = await tokenFor(drive);
    google.clock.advance(3_600_000);
    const recalled = await tokenFor(drive);
    google.expireAccessTokens(ada.email);
    const revoked = await tokenFor(drive);
    google.revokeUser(ada.sub);
    for (const token of ["ya29.unknown", expired, recalled, revoked]) {
      const response = await callApi(files(), token);
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toContain('error="invalid_token"');
      expect(await bodyOf(response)).toMatchObject({ error: { code: 401, status: "UNAUTHENTICATED" } });
    }
  });

  it("accepts the token in the header only", async () => {
    const response = await fetch(`${files()}?access_token=${await tokenFor(drive)}`);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).not.toContain("error=");
  });

  it("responds 404 to an unknown method and 405 to another verb", async () => {
    const token = await tokenFor(drive);
    expect((await callApi(`${google.apis.drive}/changes`, token)).status).toBe(404);
    expect((await fetch(files(), { method: "POST" })).status).toBe(405);
  });
});

describe("Drive", () => {
  it("lists the files of the token's user, page by page", async () => {
    const token = await tokenFor(drive);
    const first = await bodyOf(await callApi(`${files()}?pageSize=4`, token));
    const second = await bodyOf(await callApi(`${files()}?pageSize=4&pageToken=${first.nextPageToken}`, token));
    expect(first.files[0].name).toBe("Welcome, Ada");
    expect(first.files).toHaveLength(4);
    expect(second.files).toHaveLength(3);
    expect(second).not.toHaveProperty("nextPageToken");
    expect((await callApi(`${files()}?pageToken=x`, token)).status).toBe(400);
  });

  it("lists no files for drive.file", async () => {
    expect(await bodyOf(await callApi(files(), await tokenFor(scope("drive.file"))))).toMatchObject({ files: [] });
  });

  it("describes the user, and requires `fields`", async () => {
    const token = await tokenFor(drive);
    expect(await bodyOf(await callApi(about(), token))).toMatchObject({ user: { emailAddress: ada.email } });
    expect((await callApi(`${google.apis.drive}/about`, token)).status).toBe(400);
  });
});

describe("Calendar", () => {
  it("lists the events around the emulator's time", async () => {
    const token = await tokenFor(calendar);
    const { items } = await bodyOf(await callApi(events(), token));
    expect(items).toHaveLength(5);
    const timeMin = new Date(standstill + 2 * 86_400_000).toISOString();
    const later = await bodyOf(await callApi(`${events()}?timeMin=${timeMin}`, token));
    expect(later.items.length).toBeGreaterThan(0);
    expect(later.items.length).toBeLessThan(5);
  });

  it.each(["timeMin=tomorrow", "timeMax=2027-01-01", "orderBy=startTime"])("rejects %s", async (search) => {
    expect((await callApi(`${events()}?${search}`, await tokenFor(calendar))).status).toBe(400);
  });
});

describe("userinfo", () => {
  const get = (token: string) => callApi(google.endpoints.userinfo, token);

  it("returns the claims that the scopes include", async () => {
    expect(await bodyOf(await get(await tokenFor("openid")))).toEqual({ sub: ada.sub });
    const all = await bodyOf(await get(await tokenFor("openid email profile")));
    expect(all).toMatchObject({ sub: ada.sub, email: ada.email, email_verified: true, name: ada.name });
    expect((await fetch(all.picture as string)).headers.get("content-type")).toBe("image/svg+xml");
  });

  it("rejects an invalid token, and a token without sign-in scopes", async () => {
    expect((await get("ya29.unknown")).status).toBe(401);
    expect((await get(await tokenFor(drive))).status).toBe(403);
  });
});

describe("tokeninfo", () => {
  const get = async (search: Record<string, string>) =>
    fetch(`${google.url}/tokeninfo?${new URLSearchParams(search).toString()}`);

  it("describes an access token with string values", async () => {
    const { access_token: token } = await signIn(google);
    expect(await bodyOf(await get({ access_token: token }))).toMatchObject({
      sub: ada.sub,
      expires_in: "3599",
      email_verified: "true",
      access_type: "offline",
    });
  });

  it("describes a valid ID token", async () => {
    const { id_token: token } = await signIn(google);
    expect(await bodyOf(await get({ id_token: token! }))).toMatchObject({ sub: ada.sub, alg: "RS256" });
    expect((await get({ id_token: google.signIdToken({ exp: 9e9 }, { alg: "none" }) })).status).toBe(400);
    google.clock.advance(3_600_000);
    expect((await get({ id_token: token! })).status).toBe(400);
  });

  it("rejects any other request", async () => {
    expect((await get({ access_token: "x" })).status).toBe(400);
    expect((await get({})).status).toBe(400);
  });

  it("leaves out the e-mail address if it was not granted", async () => {
    const { access_token: token } = await signIn(google, { scope: "openid", login_hint: grace.email });
    expect(await bodyOf(await get({ access_token: token }))).not.toHaveProperty("email");
  });
});
