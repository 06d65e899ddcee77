import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { startEmulator } from "@scopegate/emulator";
import { expect, it } from "vitest";
import { Visitor } from "../../test/harness/app/visitor.ts";
import { createApp } from "./app.ts";

it("shows their files to whoever allows it, says what is switched off to whoever does not, and signs out", async () => {
  const google = await startEmulator();
  const server = createServer();
  server.listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const client = { clientId: "hono-minimal", clientSecret: "not-secret-at-all" };
  const redirectUri = `${origin}/oauth2callback`;
  google.addClient({ ...client, redirectUris: [redirectUri] });
  const { endpoints, clock, apis } = google;
  const app = createApp({ client, redirectUri, endpoints, now: () => clock.now() }, apis.drive);
  const listener = getRequestListener(app.fetch);
  server.on("request", (req, res) => void listener(req, res));
  try {
    const visitor = new Visitor(origin, google);
    expect((await visitor.open("/")).text).toContain("See your files");
    const left = await visitor.walk("/files", { scopes: [] });
    expect([left.response.status, left.visits]).toEqual([403, 1]);
    const again = /href="([^"]*\/authorize\?[^"]*)"/.exec(left.response.text)![1]!.replaceAll("&amp;", "&");
    const { response } = await visitor.walk(again);
    expect(response.text).toContain("<h1>Your files</h1>");
    expect(response.text).toMatch(/<li>[^<]+<\/li>/);
    expect((await visitor.open("/")).text).toContain("signed in as ada@example.com");
    google.faults.add({ endpoint: "drive", status: 503 });
    expect((await visitor.open("/files")).text).toContain("That did not work");
    google.revokeUser("ada@example.com");
    google.clock.advance(2 * 3600_000);
    expect((await visitor.walk("/files")).response.text).toContain("<h1>Your files</h1>");
    await visitor.post("/signout", {}, { "Sec-Fetch-Site": "same-origin" });
    expect((await visitor.open("/")).text).not.toContain("signed in");
  } finally {
    server.close();
    server.closeAllConnections();
    await google.stop();
  }
});
