// Responses and errors of Hono: headers set before the response, `onError`, streams, and bodies that were read before.
import { memorySessionStore, memoryTokenStore, requireScopes, requireSignIn, scopegateSession } from "@scopegate/hono";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import { stream } from "hono/streaming";
import { expect, it } from "vitest";
import { SESSION_KEYS, startHono } from "../harness/app/custom-hono.ts";
import { DRIVE } from "../harness/app/scenario.ts";

const HOUR = 3600_000;
const drive = (c: Context) => c.json({ email: c.var.googleAuth.user?.email });
const cookiesOf = (headers: object) => (headers as Record<string, string[] | undefined>)["set-cookie"] ?? [];

it("adds its cookies to any response, and removes no header or cookie of the app", async () => {
  const responses: Record<string, (c: Context) => Response> = {
    "/raw": () => new Response("raw", { headers: { "Set-Cookie": "own=1", "X-Own": "1" } }),
    "/text": (c) => c.text("text", 200, { "Set-Cookie": "own=1", "X-Own": "1" }),
    "/thrown": () => {
      const res = new Response("thrown", { status: 402, headers: { "Set-Cookie": "own=1", "X-Own": "1" } });
      throw new HTTPException(402, { res });
    },
  };
  await using app = await startHono((root, google) => {
    root.onError(google.errorHandler);
    root.use(google);
    for (const [path, respond] of Object.entries(responses)) {
      root.get(path, requireSignIn(), async (c) => {
        await c.get("googleAuth").getAccessToken();
        return respond(c);
      });
    }
  });
  await app.visitor.walk("/text");
  for (const path of Object.keys(responses)) {
    app.emulator.clock.advance(2 * HOUR);
    const { headers, status } = await app.visitor.open(path);
    expect([status, headers["x-own"]], path).toEqual([path === "/thrown" ? 402 : 200, "1"]);
    expect(
      cookiesOf(headers).map((line) => line.split("=")[0]),
      path,
    ).toEqual(["own", "scopegate_session"]);
    expect(cookiesOf((await app.visitor.open(path)).headers), `${path}, with the token kept`).toEqual(["own=1"]);
  }
});

it("responds with the headers of earlier middleware, and overrides them by its own", async () => {
  await using app = await startHono((root, google) => {
    root.use(cors({ origin: "https://spa.example", credentials: true }));
    root.use(async (c, next) => {
      c.header("X-Request-Id", "7");
      c.res.headers.set("Cache-Control", "public");
      c.res.headers.append("Set-Cookie", "visits=1");
      await next();
    });
    root.use(google);
    root.get("/drive", requireScopes(DRIVE), drive);
  });
  const spa = { Origin: "https://spa.example" };
  for (const answer of [
    await app.visitor.call("/drive", spa),
    await app.visitor.open("/drive", spa),
    await app.visitor.open("/authorize", spa),
    await app.visitor.open("/authorize?scope=undeclared", spa),
  ]) {
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": "https://spa.example",
      "cache-control": "no-store",
      "x-request-id": "7",
    });
    const begun = answer.status === 302;
    expect(cookiesOf(answer.headers)).toEqual(["visits=1", ...(begun ? [expect.stringMatching(/^scopegate_/)] : [])]);
  }
});

it("throws errors that Hono turns into a status, headers and JSON, without details", async () => {
  const store = memoryTokenStore();
  let isDown = false;
  const get: typeof store.get = (key) => (isDown ? Promise.reject(new Error("down at host 10.0.0.7")) : store.get(key));
  await using app = await startHono(
    (root, google) => {
      root.use(google);
      root.get("/drive", requireScopes(DRIVE, { onMissing: "error" }), drive);
    },
    { options: { store: { ...store, get } } },
  );
  const refused = await app.visitor.call("/drive");
  expect([refused.status, refused.body]).toMatchObject([401, { error: "sign_in_required" }]);
  await app.visitor.walk(`/authorize?scope=${DRIVE}`);
  isDown = true;
  const down = await app.visitor.call("/drive");
  expect([down.status, down.body]).toEqual([503, { error: "store_unavailable" }]);
  expect(down.headers).toMatchObject({ "retry-after": "5", "cache-control": "no-store" });
});

it("passes on the app's errors, and errors of middleware before it, in its error handler", async () => {
  await using app = await startHono((root, google) => {
    root.onError(google.errorHandler);
    root.use("/early", () => {
      throw new HTTPException(418, { message: "early" });
    });
    root.use(google);
    root.get("/late", () => {
      throw new HTTPException(418, { message: "late" });
    });
  });
  for (const name of ["early", "late"]) {
    const { status, text } = await app.visitor.open(`/${name}`);
    expect([status, text]).toEqual([418, name]);
  }
});

it("accepts the confirmation form even if the body was read before, and refuses a larger body", async () => {
  for (const read of [
    (c: Context) => c.req.parseBody(),
    (c: Context) => c.req.text(),
    (c: Context) => c.req.arrayBuffer(),
    () => undefined,
  ]) {
    await using app = await startHono((root, google) => {
      root.use(bodyLimit({ maxSize: 100_000 }));
      root.post("*", async (c, next) => {
        await read(c);
        await next();
      });
      root.use(google);
      root.get("/me", requireSignIn(), drive);
    });
    const { visitor } = app;
    await visitor.walk("/me");
    const page = await visitor.open("/signout");
    const [, name, value] = /name="(\w+)" value="([^"]+)"/.exec(page.text)!;
    expect((await visitor.post("/signout", { [name!]: "x".repeat(90_000) })).status).toBe(403);
    expect((await visitor.call("/me")).status).toBe(200);
    expect((await visitor.post("/signout", { [name!]: value! })).status).toBe(303);
    expect((await visitor.call("/me")).status).toBe(401);
  }
});

it.each([
  ["cookie", undefined],
  ["store", memorySessionStore()],
])(
  "keeps a token that was refreshed while a response streams, or warns, with the session in a %s",
  async (kind, store) => {
    const warnings: string[] = [];
    const note = (warning: Error & { code?: string }) => void warnings.push(warning.code ?? "");
    process.on("warning", note);
    const session = scopegateSession({ keys: SESSION_KEYS, ...(store && { store }) });
    await using app = await startHono(
      (root, google) => {
        root.use(google);
        root.get("/me", requireSignIn(), drive);
        root.get("/token", async (c) => c.text(await c.get("googleAuth").getAccessToken()));
        root.get("/stream", requireSignIn(), (c) => {
          c.header("Content-Type", "text/plain");
          return stream(c, async (body) => void (await body.write(await c.get("googleAuth").getAccessToken())));
        });
      },
      { options: { session } },
    );
    const { visitor, emulator } = app;
    await visitor.walk("/me");
    emulator.clock.advance(2 * HOUR);
    const { text: token } = await visitor.open("/stream");
    expect(token).toMatch(/^ya29\./);
    expect((await visitor.open("/token")).text).toBe(token);
    process.off("warning", note);
    expect(warnings.filter((code) => code === "SCOPEGATE_UNSAVED")).toHaveLength(kind === "store" ? 0 : 1);
  },
);

it("responds to HEAD as to GET, without the body", async () => {
  await using app = await startHono((root, google) => {
    root.use(google);
    root.get("/drive", requireScopes(DRIVE), drive);
  });
  for (const mode of ["cors", "navigate"]) {
    const [got, head] = await Promise.all(
      ["GET", "HEAD"].map((method) =>
        fetch(`${app.origin}/drive`, { method, redirect: "manual", headers: { "Sec-Fetch-Mode": mode } }),
      ),
    );
    expect([head!.status, await head!.text()]).toEqual([got!.status, ""]);
    expect(head!.headers.get("content-type")).toBe(got!.headers.get("content-type"));
    expect(head!.headers.getSetCookie()).toHaveLength(got!.headers.getSetCookie().length);
  }
});
