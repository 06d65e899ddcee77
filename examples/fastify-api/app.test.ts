import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "@scopegate/emulator";
import { expect, it } from "vitest";
import { Visitor } from "../../test/harness/app/visitor.ts";
import { createApp } from "./app.ts";

async function start() {
  const google = await startEmulator();
  const server = createServer();
  server.listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const client = { clientId: "fastify-api", clientSecret: "not-secret-at-all" };
  const redirectUri = `${origin}/oauth2callback`;
  google.addClient({ ...client, redirectUris: [redirectUri] });
  const app = await createApp({ google: { client, redirectUri, endpoints: google.endpoints }, apis: google.apis });
  await app.ready();
  server.on("request", app.routing);
  return {
    google,
    visitor: new Visitor(origin, google),
    async [Symbol.asyncDispose]() {
      await app.close();
      server.close();
      server.closeAllConnections();
      await google.stop();
    },
  };
}

/** What the page's script does with a refusal. */
function wayBackTo(path: string, { body }: { readonly body: { readonly authorizeUrl: string } }): string {
  const url = new URL(body.authorizeUrl);
  url.searchParams.set("return_to", path);
  return url.href;
}

it("refuses with the way to mend it, which leads back to where the user was", async () => {
  await using app = await start();
  const { google, visitor } = app;
  expect((await visitor.call("/api/me")).body).toEqual({ user: null });
  const refused = await visitor.call("/api/files");
  expect([refused.status, refused.body.error]).toEqual([401, "sign_in_required"]);
  const signedIn = await visitor.walk(wayBackTo("/?show=files", refused));
  expect([signedIn.response.status, signedIn.visited.at(-1)]).toEqual([200, expect.stringMatching(/\/\?show=files$/)]);
  expect((await visitor.call("/api/files")).body.files).toContainEqual(
    expect.objectContaining({ name: "Travel notes" }),
  );
  expect((await visitor.call("/api/me")).body.user).toMatchObject({ email: "ada@example.com" });

  const lacking = await visitor.call("/api/agenda?days=2");
  expect([lacking.status, lacking.body.error]).toEqual([403, "insufficient_scope"]);
  const declined = await visitor.walk(wayBackTo("/?show=agenda&days=2", lacking), { scopes: [] });
  expect([declined.response.status, declined.visits]).toEqual([200, 1]);
  const still = await visitor.call("/api/agenda?days=2");
  expect([still.status, still.body.error]).toEqual([403, "insufficient_scope"]);
  expect((await visitor.call("/api/files")).status).toBe(200);
  await visitor.walk(wayBackTo("/", still));
  const titles = async (days: number) =>
    ((await visitor.call(`/api/agenda?days=${days}`)).body as { items: { summary: string }[] }).items.map(
      ({ summary }) => summary,
    );
  expect(await titles(31)).toContain("Train to London");
  expect(await titles(2)).not.toContain("Train to London");
  expect((await visitor.call("/api/agenda?days=never")).status).toBe(400);

  google.revokeUser("ada@example.com");
  const dead = await visitor.call("/api/files");
  expect([dead.status, dead.body.error]).toEqual([401, "reconnect_required"]);
  await visitor.walk(wayBackTo("/?show=files", dead));
  expect((await visitor.call("/api/files")).status).toBe(200);
});

it("asks for patience where Google's API does, and says nothing of why", async () => {
  await using app = await start();
  const { google, visitor } = app;
  await visitor.walk(wayBackTo("/", await visitor.call("/api/files")));
  google.faults.add({ endpoint: "drive", status: 503, headers: { "retry-after": "7" }, body: "backend host 10.0.0.7" });
  const busy = await visitor.call("/api/files");
  expect([busy.status, busy.headers["retry-after"]]).toEqual([503, "7"]);
  expect(busy.text).not.toContain("10.0.0.7");
  google.faults.add({ endpoint: "drive", status: 404 });
  expect((await visitor.call("/api/files")).status).toBe(502);
  expect((await visitor.call("/api/files")).status).toBe(200);
});

it("serves its page under a policy without inline scripts, and keeps answers of the API out of caches", async () => {
  await using app = await start();
  const page = await app.visitor.open("/");
  expect(page.headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self';");
  expect(page.text).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|<style|\sstyle=/);
  expect((await app.visitor.call("/api/me")).headers["cache-control"]).toBe("no-store");
  await app.visitor.walk("/authorize?return_to=/");
  const signOut = await app.visitor.open("/signout");
  expect(signOut.text).toContain('method="post"');
  expect(signOut.headers["content-security-policy"]).not.toContain("script-src");
});
