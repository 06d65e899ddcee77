// The option `service`: the app's own tokens in every framework. Sources and users' grants in Google's own packages.
import { Readable } from "node:stream";
import { calendar } from "@googleapis/calendar";
import { drive } from "@googleapis/drive";
import { toAuthClient } from "@scopegate/core/google-auth-library";
import { googleOAuth } from "@scopegate/express";
import { describe, expect, it } from "vitest";
import { everyCell, frameworks } from "../harness/app/frameworks.ts";
import { ADA, CALENDAR, CLIENT, DRIVE, ROUTES, startScenario } from "../harness/app/scenario.ts";
import { ROBOT, startService } from "../harness/service.ts";

describe.each(frameworks)("the option `service` on %s", (_name, startApp) => {
  it("provides the app's own tokens on every request, signed in or not", async () => {
    const { google: cloud, account } = await startService();
    await using scenario = await startScenario(startApp, {
      options: { service: account() },
      routes: [
        ...ROUTES,
        { path: "/app-token", handle: async (auth) => ({ token: await auth.service.getAccessToken() }) },
        { path: "/email", handle: (auth) => ({ email: auth.service.email }) },
      ],
    });
    const { visitor } = scenario;
    const appToken = (await visitor.call("/app-token")).body.token as string;
    expect((await visitor.call("/email")).body).toEqual({ email: ROBOT });
    await visitor.walk("/drive");
    expect((await visitor.call("/app-token")).body.token).toBe(appToken);
    expect((await visitor.call("/token")).body.token).not.toBe(appToken);
    expect(cloud.requests.of("token")).toHaveLength(1);
  });

  it("causes an error only on routes that use it, if the app did not give it", async () => {
    await using scenario = await startScenario(startApp, {
      routes: [...ROUTES, { path: "/app-token", handle: (auth) => ({ email: auth.service.email }) }],
    });
    expect((await scenario.visitor.call("/")).status).toBe(200);
    expect((await scenario.visitor.call("/app-token")).status).toBe(500);
  });
});

it("the option `service` must be a source of tokens", () => {
  const redirectUri = "https://app.example.com/oauth2callback";
  expect(() => googleOAuth({ client: CLIENT, redirectUri, service: { keyFile: "key.json" } as never })).toThrow(
    /`service` must be a token source/,
  );
});

describe("Google's own packages", () => {
  it("call Drive and Calendar with a source's tokens, and replace a rejected token", async () => {
    const { google, common, account } = await startService();
    const auth = toAuthClient(account({ scopes: [DRIVE, CALENDAR], quotaProject: "who-pays" }));
    const files = await drive({ version: "v3", auth, rootUrl: `${google.url}/` }).files.list({ pageSize: 5 });
    expect(files.status).toBe(200);
    google.expireAccessTokens(ROBOT);
    const calendars = calendar({ version: "v3", auth, rootUrl: `${google.url}/` });
    const events = await calendars.events.list({ calendarId: "primary" });
    expect(events.status).toBe(200);
    expect(google.requests.of("token")).toHaveLength(2);
    const [seen] = google.requests.of("drive");
    expect(seen!.headers).toMatchObject({
      authorization: expect.stringMatching(/^Bearer ya29\./),
      "x-goog-user-project": "who-pays",
    });
    expect(common.apiHosts).toHaveLength(1);
  });

  it("call only the hosts in the source's `apiHosts`", async () => {
    const { google, account } = await startService();
    const auth = toAuthClient(account());
    await expect(drive({ version: "v3", auth }).files.list()).rejects.toThrow(/not among `apiHosts`/);
    await expect(drive({ version: "v3", auth, rootUrl: "https://evil.example/" }).files.list()).rejects.toThrow(
      /not among `apiHosts`/,
    );
    expect(google.requests.of("token")).toHaveLength(0);
  });

  it("reject with the API's error, or with the source's AuthError if there is no token", async () => {
    const { google, account } = await startService();
    const files = drive({ version: "v3", auth: toAuthClient(account()), rootUrl: `${google.url}/` }).files;
    await expect(files.get({ fileId: "no-such-file" })).rejects.toMatchObject({ status: 404 });
    google.expireAccessTokens(ROBOT);
    google.serviceAccount(ROBOT).disable();
    const error: unknown = await files.list().catch((thrown: unknown) => thrown);
    expect((error as Error).message).toContain("The service account or its key is disabled");
  });

  it("work with a user's grant, with callbacks, headers and streams", async () => {
    await using scenario = await startScenario(everyCell[0]![1], {
      routes: [
        ...ROUTES,
        {
          path: "/sdk",
          handle: async (auth, _session, query) => {
            const client = toAuthClient(auth);
            const rootUrl = query.get("google")!;
            const { data } = await drive({ version: "v3", auth: client, rootUrl }).files.list();
            const headers = await client.getRequestHeaders();
            const { token } = await client.getAccessToken();
            const called = await new Promise((resolve, reject) => {
              client.request({ url: `${rootUrl}drive/v3/about?fields=user` }, (error, response) =>
                error === null ? resolve(response?.status) : reject(error),
              );
            });
            const upload = await client
              .request({
                url: `${rootUrl}drive/v3/files`,
                method: "POST",
                data: Readable.from(["a", "b"]),
                validateStatus: () => true,
              })
              .then(({ status }) => status);
            return {
              files: data.files?.length,
              isSame: headers.get("authorization") === `Bearer ${token}`,
              called,
              upload,
            };
          },
        },
      ],
    });
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    google.expireAccessTokens(ADA);
    const { body } = await visitor.call(`/sdk?google=${encodeURIComponent(`${google.url}/`)}`);
    // The emulator's Drive accepts no uploads, but it recorded the whole request.
    expect(body).toEqual({ files: expect.any(Number), isSame: true, called: 200, upload: 405 });
    expect(google.requests.of("drive").at(-1)).toMatchObject({ method: "POST", body: "ab" });
    expect(google.requests.of("token").filter(({ form }) => form["grant_type"] === "refresh_token")).toHaveLength(1);
  });

  it("get no client for a value without tokens", () => {
    expect(() => toAuthClient(undefined as never)).toThrow(/`holder` must be req\.googleAuth/);
  });
});
