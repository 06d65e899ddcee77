// Features of Hono: nested apps, normalized addresses, and runtimes other than Node.js.
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { startEmulator } from "@scopegate/emulator";
import { googleOAuth, requireScopes } from "@scopegate/hono";
import type { HonoOptions } from "@scopegate/hono";
import { Hono } from "hono";
import type { Context } from "hono";
import { every } from "hono/combine";
import { expect, it } from "vitest";
import { optionsFor, startHono } from "../harness/app/custom-hono.ts";
import { ADA, CLIENT, DRIVE } from "../harness/app/scenario.ts";

const OWN_PAGE = { "Sec-Fetch-Site": "same-origin" };
const drive = (c: Context) => c.json({ email: c.var.googleAuth.user?.email });

it("needs a session, and the error names the option", () => {
  for (const options of [undefined, { client: CLIENT }]) {
    expect(() => googleOAuth(options as HonoOptions)).toThrow(/^googleOAuth: `session` is required.*scopegateSession/);
  }
});

it("serves its routes in a nested app, below the paths of both apps", async () => {
  await using app = await startHono(
    (root, google) => {
      const inner = new Hono();
      inner.use(google);
      inner.get("/drive", requireScopes(DRIVE), drive);
      root.route("/app", new Hono().basePath("/google").route("/", inner));
    },
    { callbackPath: "/app/google/oauth2callback" },
  );
  const refused = await app.visitor.call("/app/google/drive");
  expect(refused.body.authorizeUrl).toContain(`${app.origin}/app/google/authorize?`);
  expect((await app.visitor.walk("/app/google/drive?x=1")).response.body).toEqual({ email: ADA });
  expect((await app.visitor.open("/app/google/signout")).status).toBe(200);
  expect((await app.visitor.open("/signout")).status).toBe(404);
});

it("is mounted once even if it is used twice, also in a list, and below the path of `use`", async () => {
  await using app = await startHono(
    (root, google) => {
      root.use("/google/*", google);
      root.use("/google/*", every(google, google.requireSignIn()));
      root.get("/google/drive", google.requireScopes(DRIVE), drive);
    },
    { callbackPath: "/google/oauth2callback" },
  );
  expect((await app.visitor.walk("/google/drive")).response.body).toEqual({ email: ADA });
});

it("rejects a mount path with parameters, and names it", async () => {
  const errors: Error[] = [];
  await using app = await startHono((root, google) => {
    root.onError((error, c) => {
      errors.push(error);
      return c.text("", 500);
    });
    root.use("/:tenant/*", google);
  });
  expect((await app.visitor.open("/one/drive")).status).toBe(500);
  expect(errors[0]).toBeInstanceOf(TypeError);
  expect(errors[0]!.message).toMatch(/mounted at \/:tenant, but the callback .* is not below that path/);
});

it("works in an app that another app mounts by its `fetch`, without the mount path in the URL", async () => {
  await using app = await startHono(
    (root, google) => {
      const inner = new Hono();
      inner.use(google);
      inner.get("/drive", requireScopes(DRIVE), drive);
      root.mount("/google", inner.fetch);
    },
    { callbackPath: "/google/oauth2callback" },
  );
  const { response } = await app.visitor.walk("/google/drive?x=1");
  expect([response.request.url, response.body]).toEqual([`${app.origin}/google/drive?x=1`, { email: ADA }]);
  expect((await app.visitor.open("/google/signout")).status).toBe(200);
});

it("does not mistake a path that is not normalized, or an absolute request target, for a mount", async () => {
  await using app = await startHono((root, google) => {
    root.use(google);
    root.get("/drive", requireScopes(DRIVE), drive);
  });
  for (const target of ["/a/../drive", "/./drive?x=1", "/drive?x=../", `${app.origin}/drive`, "http://other/drive"]) {
    const request = httpRequest(app.origin, { path: target, headers: { Accept: "text/html" } }).end();
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    answer.resume();
    expect([answer.statusCode, answer.headers.location], target).toEqual([302, expect.stringContaining("/auth?")]);
  }
});

it("needs no Node.js server: a whole journey works by `app.request()`, as in tests and other runtimes", async () => {
  const emulator = await startEmulator();
  const origin = "http://localhost:8787";
  const google = googleOAuth(optionsFor(emulator, `${origin}/oauth2callback`));
  const app = new Hono();
  app.use(google);
  app.get("/drive", requireScopes(DRIVE), drive);
  const cookies = new Map<string, string>();
  const open = async (address: string, init: RequestInit = {}) => {
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    const headers = { Accept: "text/html", Cookie: cookie, ...(init.headers as Record<string, string>) };
    const answer = await app.request(new URL(address, origin).href, { ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      cookies.set(name!, value!);
    }
    return answer;
  };
  const asked = await open("/drive");
  const answered = await open(await emulator.approve(asked.headers.get("location")!, { user: ADA }));
  expect([answered.status, answered.headers.get("location")]).toEqual([302, "/drive"]);
  expect(await (await open("/drive")).json()).toEqual({ email: ADA });
  expect((await open("/signout", { method: "POST", headers: OWN_PAGE })).status).toBe(303);
  expect((await open("/drive")).status).toBe(302);
  await emulator.stop();
});
