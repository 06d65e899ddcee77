import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "@scopegate/emulator";
import { expect, it } from "vitest";
import { Visitor } from "../../test/harness/app/visitor.ts";
import { createApp } from "./app.ts";

it("signs in with nothing but a name, and asks for the calendar where it is needed", async () => {
  const google = await startEmulator();
  const server = createServer();
  server.listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const client = { clientId: "koa-calendar", clientSecret: "not-secret-at-all" };
  const redirectUri = `${origin}/oauth2callback`;
  google.addClient({ ...client, redirectUris: [redirectUri] });
  const app = createApp({
    google: { client, redirectUri, endpoints: google.endpoints },
    calendarApi: google.apis.calendar,
  });
  app.silent = true;
  const handle = app.callback();
  server.on("request", (req, res) => void handle(req, res));
  try {
    const visitor = new Visitor(origin, google);
    expect((await visitor.open("/")).text).toContain("Sign in with Google");
    const home = await visitor.walk("/authorize?return_to=/");
    expect(home.response.text).toContain("Connect your calendar");
    expect(home.visited[0]).not.toContain("calendar.readonly");
    const left = await visitor.walk("/calendar", { scopes: [] });
    expect([left.response.status, left.visits]).toEqual([403, 1]);
    const again = /href="([^"]*\/authorize\?[^"]*)"/.exec(left.response.text)![1]!.replaceAll("&amp;", "&");
    const { response } = await visitor.walk(again);
    expect(response.text).toContain("<h1>What comes next</h1>");
    expect(response.text).toContain("Train to London");
    google.faults.add({ endpoint: "calendar", status: 503 });
    expect((await visitor.open("/calendar")).text).toContain("That did not work");
    await visitor.post("/signout", {}, { "Sec-Fetch-Site": "same-origin" });
    expect((await visitor.open("/")).text).toContain("Sign in with Google");
  } finally {
    server.close();
    server.closeAllConnections();
    await google.stop();
  }
});
