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

/** The address to which the page's script sends the user after a refusal, with `path` as the return address. */
function authorizeUrlTo(path: string, { body }: { readonly body: { readonly authorizeUrl: string } }): string {
  const url = new URL(body.authorizeUrl);
  url.searchParams.set("return_to", path);
  return url.href;
}

it("refuses a call with an `authorizeUrl` that leads back to the user's page", async () => {
  await using app = await start();
  const { google, visitor } = app;
  expect((await visitor.call("/api/me")).body).toEqual({ user: null });
  const refused = await visitor.call("/api/files");
  expect([refused.status, refused.body.error]).toEqual([401, "sign_in_required"]);
  const signedIn = await visitor.walk(authorizeUrlTo("/?show=files", refused));
  expect([signedIn.response.status, signedIn.visited.at(-1)]).toEqual([200, expect.stringMatching(/\/\?show=files$/)]);
  expect((await visitor.call("/api/files")).body.files).toContainEqual(
    expect.objectContaining({ name: "Travel notes" }),
  );
  expect((await visitor.call("/api/me")).body.user).toMatchObject({ email: "ada@example.com" });

  const lacking = await visitor.call("/api/agenda?days=2");
  expect([lacking.status, lacking.body.error]).toEqual([403, "insufficient_scope"]);
  const declined = await visitor.walk(authorizeUrlTo("/?show=agenda&days=2", lacking), { scopes: [] });
  expect([declined.response.status, declined.visits]).toEqual([200, 1]);
  const stillLacking = await visitor.call("/api/agenda?days=2");
  expect([stillLacking.status, stillLacking.body.error]).toEqual([403, "insufficient_scope"]);
  expect((await visitor.call("/api/files")).status).toBe(200);
  await visitor.walk(authorizeUrlTo("/", stillLacking));
  const titles = async (days: number) =>
    ((await visitor.call(`/api/agenda?days=${days}`)).body as { items: { summary: string }[] }).items.map(
      ({ summary }) => summary,
    );
  expect(await titles(31)).toContain("Train to London");
  expect(await titles(2)).not.toContain("Train to London");
  expect((await visitor.call("/api/agenda?days=never")).status).toBe(400);

  google.revokeUser("ada@example.com");
  const revoked = await visitor.call("/api/files");
  expect([revoked.status, revoked.body.error]).toEqual([401, "reconnect_required"]);
  await visitor.walk(authorizeUrlTo("/?show=files", revoked));
  expect((await visitor.call("/api/files")).status).toBe(200);
});

it("passes on `Retry-After` of Google's API, and does not pass on the body", async () => {
  await using app = await start();
  const { google, visitor } = app;
  await visitor.walk(authorizeUrlTo("/", await visitor.call("/api/files")));
  google.faults.add({ endpoint: "drive", status: 503, headers: { "retry-after": "7" }, body: "backend host 10.0.0.7" });
  const busy = await visitor.call("/api/files");
  expect([busy.status, busy.headers["retry-after"]]).toEqual([503, "7"]);
  expect(busy.text).not.toContain("10.0.0.7");
  google.faults.add({ endpoint: "drive", status: 404 });
  expect((await visitor.call("/api/files")).status).toBe(502);
  expect((await visitor.call("/api/files")).status).toBe(200);
});

it("serves its page with a policy without inline scripts, and forbids caches to store API responses", async () => {
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
