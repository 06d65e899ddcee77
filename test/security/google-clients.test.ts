import { once } from "node:events";
import { createSecureServer } from "node:http2";
import type { Http2Session, IncomingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import { drive } from "@googleapis/drive";
import { toAuthClient } from "@scopegate/core/google-auth-library";
import type { TokenHolder } from "@scopegate/core/google-auth-library";
import type { Emulator } from "@scopegate/emulator";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ROUTES, startScenario } from "../harness/app/scenario.ts";
import { ROBOT, startService } from "../harness/service.ts";

/** Addresses to which no token may go. `PORT` stands for the port of the allowed host. */
const FORBIDDEN = [
  "https://evil.example/drive/v3/files",
  "https://www.googleapis.com.evil.example/",
  "https://www.googleapis.com@evil.example/",
  "https://evil.example/?www.googleapis.com",
  "https://evil.example\\@www.googleapis.com/",
  "https://127.0.0.1.evil.example:PORT/",
  "https://user@evil.example:PORT/",
  "//evil.example/",
  "/drive/v3/files",
  "",
];

/** A server that speaks HTTP/2, as Google's APIs do, and the requests that it received. */
async function startHttp2(google: Emulator) {
  // Node.js makes no certificates, but the emulator publishes one for the key of the service account.
  const { private_key: key } = google.serviceAccount(ROBOT).keyFile();
  const published = await fetch(`${google.url}/robot/v1/metadata/x509/${ROBOT}`);
  const [cert] = Object.values((await published.json()) as Record<string, string>);
  // It is not signed by an authority, and googleapis has no option for another one.
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  const seen: IncomingHttpHeaders[] = [];
  const sessions = new Set<Http2Session>();
  const server = createSecureServer({ key, cert: cert! }, (request, response) => {
    seen.push(request.headers);
    response.writeHead(200, { "content-type": "application/json" }).end('{"files":[]}');
  });
  server.on("session", (session) => sessions.add(session));
  server.listen(0, "localhost");
  await once(server, "listening");
  onTestFinished(() => {
    vi.unstubAllEnvs();
    for (const session of sessions) session.destroy();
    server.close();
  });
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  return { seen, host, rootUrl: `https://${host}/` };
}

describe("a package of Google that sends its requests itself", () => {
  it("S76 sends no token over HTTP/2 to a host that is not in `apiHosts`", async () => {
    const { google, account } = await startService();
    const { seen, host, rootUrl } = await startHttp2(google);
    const filesOf = (apiHosts: readonly string[]) =>
      drive({ version: "v3", auth: toAuthClient(account({ apiHosts })), rootUrl, http2: true }).files;

    await expect(filesOf(["*.googleapis.com"]).list()).rejects.toThrow(`getRequestHeaders: ${host} is not among`);
    expect(google.requests.of("token")).toHaveLength(0);
    expect(seen).toEqual([]);

    expect((await filesOf([host]).list()).status).toBe(200);
    expect(seen).toMatchObject([{ authorization: expect.stringMatching(/^Bearer ya29\./) }]);
  });

  it.each(FORBIDDEN)("S76 gets no token for the address %j", async (template) => {
    const { google, account, common } = await startService();
    const address = template.replace("PORT", new URL(google.url).port);
    const auth = toAuthClient(account({ apiHosts: [...common.apiHosts, "*.googleapis.com"] }));
    await expect(auth.getRequestHeaders(address)).rejects.toThrow(TypeError);
    if (URL.canParse(address)) await expect(auth.getRequestHeaders(new URL(address))).rejects.toThrow(TypeError);
    expect(google.requests.of("token")).toHaveLength(0);
  });

  it("S76 gets no token for plain http, except to this machine", async () => {
    const { google, account, common } = await startService();
    const auth = toAuthClient(account({ apiHosts: [...common.apiHosts, "www.googleapis.com"] }));
    await expect(auth.getRequestHeaders("http://www.googleapis.com/drive")).rejects.toThrow("over https only");
    const headers = await auth.getRequestHeaders(`${google.url}/drive/v3/files`);
    expect(headers.get("authorization")).toMatch(/^Bearer ya29\./);
  });

  it("S76 gets no token of an object of the app for hosts outside of googleapis.com", async () => {
    const { account } = await startService();
    const source = account();
    const wrapped: TokenHolder = {
      getAccessToken: () => source.getAccessToken(),
      fetch: (input, init) => source.fetch(input, init),
    };
    const auth = toAuthClient(wrapped);
    await expect(auth.getRequestHeaders("https://evil.example/")).rejects.toThrow(/not among `apiHosts`/);
    expect((await auth.getRequestHeaders("https://pubsub.googleapis.com/")).has("authorization")).toBe(true);
    // Without an address there is nothing to check, and the caller decides.
    expect((await auth.getRequestHeaders()).has("authorization")).toBe(true);
  });
});

describe.each(frameworks)("a package of Google with a user's token on %s", (_name, startApp) => {
  it("S76 gets no token for a host that is not in `apiHosts`, from the request and from an account", async () => {
    await using scenario = await startScenario(startApp, {
      routes: [
        ...ROUTES,
        {
          path: "/headers",
          handle: async (auth, _session, query) => {
            const address = query.get("for")!;
            const [account] = await auth.accounts();
            const tries = [auth, account!].map(async (holder) =>
              toAuthClient(holder)
                .getRequestHeaders(address)
                .then(
                  (headers) => headers.get("authorization"),
                  (error: Error) => error.message,
                ),
            );
            return Promise.all(tries);
          },
        },
      ],
    });
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    const headersFor = async (address: string) =>
      (await visitor.call(`/headers?for=${encodeURIComponent(address)}`)).body as string[];
    for (const said of await headersFor("https://evil.example/")) {
      expect(said).toContain("getRequestHeaders: evil.example is not among `apiHosts`");
    }
    for (const said of await headersFor(`${google.url}/drive/v3/files`)) expect(said).toMatch(/^Bearer ya29\./);
  });
});
