import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, ROUTES, startScenario } from "../harness/app/scenario.ts";
import type { TestRoute } from "../harness/app/test-app.ts";
import { startServer } from "../harness/loopback-server.ts";
import { tokenRequests } from "../harness/security/effects.ts";

const HOUR = 3600_000;
/** Calls any address, as a careless app would. */
const CALL: TestRoute = {
  path: "/fetch",
  handle: async (auth, _session, query) => {
    const method = query.get("method") ?? "GET";
    const body = query.get("body");
    const response = await auth.fetch(query.get("url")!, { method, ...(body !== null && { body }) });
    return { status: response.status, text: await response.text() };
  },
};
const fetching = (url: string, more: Record<string, string> = {}) =>
  `/fetch?${new URLSearchParams({ url, ...more }).toString()}`;

/** Addresses whose host is not on the default allow list, although some look so. */
const FOREIGN = [
  "https://evil.example/drive",
  "https://googleapis.com/",
  "https://googleapis.com.evil.example/",
  "https://evilgoogleapis.com/",
  "https://www.googleapis.com.evil.example/",
  "https://www.googleapis.com@evil.example/",
  "https://evil.example#www.googleapis.com",
  "https://evil.example/?.googleapis.com",
  "https://www.googleapis.com%2eevil.example/",
  "https://evil.example\\.googleapis.com/",
  "https://www.googleapis.com:8443/",
  "https://www.googleapis.com./",
  "https://ｅｖｉｌ.example/.googleapis.com",
  "http://www.googleapis.com/drive/v3/files",
  "ftp://www.googleapis.com/",
  "//www.googleapis.com/",
  "data:text/plain,token",
] as const;

describe.each(frameworks)("access tokens in outgoing requests on %s", (_name, startApp) => {
  it("S26 a token goes to the allowed API only in the header, and not in the address, the body or a cookie", async () => {
    await using scenario = await startScenario(startApp, { routes: [...ROUTES, CALL] });
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    const { token } = (await visitor.call("/token")).body as { token: string };
    const posted = fetching(`${google.apis.drive}/files`, { method: "POST", body: "name=a" });
    expect((await visitor.call(fetching(`${google.apis.drive}/files?q=a`))).body.status).toBe(200);
    await visitor.call(posted);
    const sent = google.requests.of("drive");
    expect(sent.map(({ method, path, query, body }) => ({ method, path, query, body }))).toEqual([
      { method: "GET", path: "/drive/v3/files", query: { q: "a" }, body: "" },
      { method: "POST", path: "/drive/v3/files", query: {}, body: "name=a" },
    ]);
    for (const { headers } of sent) {
      const { authorization, ...others } = headers;
      expect(authorization).toBe(`Bearer ${token}`);
      expect(JSON.stringify(others)).not.toContain(token);
    }
  });

  it("S26 a token is never sent to a host that is not on the allow list", async () => {
    const asked: string[] = [];
    const spy = (async (input: string | URL | Request) => {
      asked.push(input instanceof Request ? input.url : String(input));
      return new Response("{}");
    }) as typeof fetch;
    await using scenario = await startScenario(startApp, {
      routes: [...ROUTES, CALL],
      options: { apiHosts: ["*.googleapis.com"], fetch: spy },
    });
    const { visitor } = scenario;
    await visitor.walk("/drive");
    expect((await visitor.call(fetching("https://www.googleapis.com/drive/v3/files"))).body.status).toBe(200);
    expect(asked).toEqual(["https://www.googleapis.com/drive/v3/files"]);
    for (const url of FOREIGN) {
      expect((await visitor.call(fetching(url))).status, url).toBe(500);
      expect(asked, url).toHaveLength(1);
    }
  });

  it("S26 a URL object that changes during the refresh does not redirect the token", async () => {
    const elsewhere = await startServer((response) => response.end("{}"));
    const url = new URL("http://localhost");
    await using scenario = await startScenario(startApp, {
      options: { on: { refreshed: () => void (url.href = elsewhere.url) } },
      routes: [...ROUTES, { path: "/change", handle: async (auth) => ({ status: (await auth.fetch(url)).status }) }],
    });
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    url.href = `${google.apis.drive}/files`;
    google.clock.advance(HOUR);
    expect((await visitor.call("/change")).body).toEqual({ status: 200 });
    expect(elsewhere.seen).toEqual([]);
    expect(google.requests.of("drive")).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])(
    "S26 a %d redirect of the API to another host arrives there without the token",
    async (status) => {
      const elsewhere = await startServer((response: ServerResponse) => response.end('{"stolen":true}'));
      await using scenario = await startScenario(startApp, { routes: [...ROUTES, CALL] });
      const { google, visitor } = scenario;
      await visitor.walk("/drive");
      google.faults.add({ endpoint: "drive", status, headers: { location: `${elsewhere.url}/files` } });
      const answer = await visitor.call(fetching(`${google.apis.drive}/files`));
      expect(answer.body).toEqual({ status: 200, text: '{"stolen":true}' });
      expect(elsewhere.seen).toHaveLength(1);
      expect(elsewhere.seen[0]!.headers).not.toHaveProperty("authorization");
      expect(JSON.stringify(elsewhere.seen)).not.toContain("ya29.");
    },
  );

  it("S26 a host that responds with 401 after such a redirect gets no token from the retry", async () => {
    const elsewhere = await startServer((response: ServerResponse) => response.writeHead(401).end("{}"));
    await using scenario = await startScenario(startApp, { routes: [...ROUTES, CALL] });
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    google.faults.add({ endpoint: "drive", times: Infinity, status: 302, headers: { location: elsewhere.url } });
    expect((await visitor.call(fetching(`${google.apis.drive}/files`))).body.status).toBe(401);
    expect(JSON.stringify(elsewhere.seen)).not.toMatch(/authorization|ya29\./i);
  });

  it("S26 the token replaces the caller's own Authorization header, also on the retry", async () => {
    await using scenario = await startScenario(startApp, {
      routes: [
        ...ROUTES,
        {
          path: "/own",
          handle: async (auth, _session, query) => {
            const headers = { Authorization: "Bearer of-somebody-else", "X-Own": "1" };
            return { status: (await auth.fetch(new Request(query.get("url")!, { headers }))).status };
          },
        },
      ],
    });
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    google.expireAccessTokens(ADA);
    expect((await visitor.call(`/own?url=${encodeURIComponent(`${google.apis.drive}/files`)}`)).body.status).toBe(200);
    const sent = google.requests.of("drive");
    expect(sent.map(({ status }) => status)).toEqual([401, 200]);
    for (const { headers } of sent) {
      expect(headers["authorization"]).toMatch(/^Bearer ya29\.[^,]+$/);
      expect(headers["x-own"]).toBe("1");
    }
    expect(tokenRequests(scenario, "refresh_token")).toHaveLength(1);
  });

  it("S26 credentials for the token and revocation endpoints go in bodies, never in addresses", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    google.clock.advance(HOUR);
    await visitor.call("/token");
    await visitor.post("/revoke", {}, { "Sec-Fetch-Site": "same-origin" });
    const sent = [...google.requests.of("token"), ...google.requests.of("revocation")];
    expect(sent.map(({ method, query }) => [method, query])).toEqual([
      ["POST", {}],
      ["POST", {}],
      ["POST", {}],
    ]);
  });
});
