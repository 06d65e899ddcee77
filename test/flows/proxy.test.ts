// An app whose requests to Google go through an HTTP proxy, by undici's `ProxyAgent`.
import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { ProxyAgent } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { everyCell } from "../harness/app/frameworks.ts";
import { startScenario } from "../harness/app/scenario.ts";

const HOUR = 3_600_000;
// The framework does not matter here.
const [, startApp] = everyCell[0]!;

/** A proxy for one test. It forwards requests, and opens tunnels for `CONNECT`. */
async function startProxy() {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    requests += 1;
    const sent = request(incoming.url!, { method: incoming.method, headers: incoming.headers }, (response) => {
      outgoing.writeHead(response.statusCode!, response.rawHeaders);
      response.pipe(outgoing);
    });
    sent.on("error", () => outgoing.destroy());
    incoming.pipe(sent);
  });
  server.on("connection", (socket) => sockets.add(socket.on("close", () => sockets.delete(socket))));
  server.on("connect", ({ url }, client: Socket) => {
    requests += 1;
    const { hostname, port } = new URL(`http://${url}`);
    const target = connect(Number(port), hostname, () => client.write("HTTP/1.1 200 Connection Established\r\n\r\n"));
    client.on("error", () => target.destroy()).pipe(target);
    target.on("error", () => client.destroy()).pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const dispatcher = new ProxyAgent(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const close = async () => {
    await dispatcher.destroy();
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  onTestFinished(close);
  return { dispatcher, close, requests: () => requests };
}

describe("an app behind a proxy", () => {
  it("sends all of its requests to Google's endpoints through the option `dispatcher`", async () => {
    const proxy = await startProxy();
    await using scenario = await startScenario(startApp, { options: { dispatcher: proxy.dispatcher } });
    const { google, visitor } = scenario;
    expect((await visitor.walk("/drive")).response.body).toMatchObject({ page: "drive" });
    expect(proxy.requests()).toBeGreaterThan(0);
    google.clock.advance(HOUR);
    expect((await visitor.call("/token")).body.token).toMatch(/^ya29\./);
    expect((await visitor.post("/revoke", {}, { "Sec-Fetch-Site": "same-origin" })).status).toBe(303);
    expect(google.requests.of("token").map(({ status }) => status)).toEqual([200, 200]);
    expect(google.requests.of("jwks").map(({ status }) => status)).toEqual([200]);
    expect(google.requests.of("revocation").map(({ status }) => status)).toEqual([200]);
  });

  it("does not go around a proxy that is down", async () => {
    const proxy = await startProxy();
    await using scenario = await startScenario(startApp, { options: { dispatcher: proxy.dispatcher } });
    const { google, visitor } = scenario;
    await visitor.walk("/drive");
    google.clock.advance(HOUR);
    google.requests.clear();
    await proxy.close();
    expect((await visitor.call("/token")).body).toEqual({ thrown: "temporarily_unavailable" });
    expect(google.requests.of("token")).toEqual([]);
    expect((await visitor.call("/drive")).status).toBe(200);
  });
});
