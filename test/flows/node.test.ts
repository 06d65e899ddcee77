// Features of the adapter for `node:http`: a listener that handles all errors, and connect-style routers.
import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { memorySessionStore } from "@scopegate/core";
import { startEmulator } from "@scopegate/emulator";
import { AuthError, googleOAuth, requireScopes, requireSignIn, scopegateSession } from "@scopegate/node";
import type { GoogleOAuth, GoogleRequest, Handler, ScopegateOptions } from "@scopegate/node";
import connect from "connect";
import polka from "polka";
import { describe, expect, it } from "vitest";
import { ADA, CLIENT, DRIVE } from "../harness/app/scenario.ts";
import { Visitor } from "../harness/app/visitor.ts";

type Options = Pick<ScopegateOptions, "session"> & { callbackPath?: string };

async function start(build: (google: GoogleOAuth) => RequestListener, { callbackPath, session }: Options = {}) {
  const emulator = await startEmulator();
  const server = createServer();
  server.listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const redirectUri = origin + (callbackPath ?? "/oauth2callback");
  emulator.addClient({ ...CLIENT, redirectUris: [redirectUri] });
  const google = googleOAuth({
    client: CLIENT,
    redirectUri,
    endpoints: emulator.endpoints,
    now: () => emulator.clock.now(),
    session: session ?? scopegateSession({ keys: ["a session key of the tests, 32 characters"] }),
  });
  server.on("request", build(google));
  const warnings: (Error & { code?: string; detail?: string })[] = [];
  const listen = (warning: Error) => void warnings.push(warning);
  process.on("warning", listen);
  return {
    origin,
    emulator,
    warnings,
    visitor: new Visitor(origin, emulator),
    async [Symbol.asyncDispose]() {
      process.off("warning", listen);
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      await emulator.stop();
    },
  };
}

const drive: Handler = (req, res) => sendJson(res, { email: req.googleAuth.user?.email });

function sendJson(res: ServerResponse, body: unknown): void {
  res.setHeader("Content-Type", "application/json").end(JSON.stringify(body));
}

describe("a listener of Node's own http", () => {
  it("responds with 500 to an error of a handler, synchronous or not, hides it from the client, and warns the operator", async () => {
    for (const handler of [
      () => {
        throw new Error("down at host 10.0.0.7");
      },
      async () => Promise.reject(new Error("down at host 10.0.0.7")),
    ]) {
      await using app = await start((google) => google.listener(handler));
      const { status, text } = await app.visitor.open("/");
      expect([status, text]).toEqual([500, "Internal Server Error"]);
      await expect.poll(() => app.warnings.map(({ code }) => code)).toEqual(["SCOPEGATE_HANDLER"]);
      expect(app.warnings[0]!.detail).toContain("down at host 10.0.0.7");
    }
  });

  it("removes the headers of a response that the handler did not send", async () => {
    await using app = await start((google) =>
      google.listener((_req, res) => {
        res.setHeader("Content-Length", "1000").setHeader("Cache-Control", "public").setHeader("Set-Cookie", "kept=1");
        throw new Error("half-way");
      }),
    );
    const { status, headers, text } = await app.visitor.open("/");
    expect([status, text, headers["set-cookie"]]).toEqual([500, "Internal Server Error", ["kept=1"]]);
    expect(headers).not.toHaveProperty("cache-control");
  });

  it("ends the connection of a partial response, and leaves a complete one alone", async () => {
    await using app = await start((google) =>
      google.listener(async (req, res) => {
        res.write("the first half");
        if (req.url === "/whole") res.end(", the second half");
        throw new Error("half-way");
      }),
    );
    await expect(fetch(`${app.origin}/half`).then((answer) => answer.text())).rejects.toThrow(TypeError);
    expect(await (await fetch(`${app.origin}/whole`)).text()).toBe("the first half, the second half");
    await expect.poll(() => app.warnings.length).toBe(2);
  });

  it("handles errors that the user can correct, and responds with 503 if a guard fails", async () => {
    let isDown = false;
    const store = memorySessionStore();
    const get: typeof store.get = (key) => {
      if (isDown) throw new Error("down at host 10.0.0.7");
      return store.get(key);
    };
    let runs = 0;
    await using app = await start(
      (google) => {
        const guard = google.requireSignIn();
        return google.listener(async (req, res) => {
          if (req.url === "/token") return sendJson(res, { token: await req.googleAuth.getAccessToken() });
          if (!(await guard.passes(req, res))) return;
          runs += 1;
          drive(req, res);
        });
      },
      { session: scopegateSession({ keys: ["a session key of the tests, 32 characters"], store: { ...store, get } }) },
    );
    const refused = await app.visitor.call("/token");
    expect([refused.status, refused.body.error]).toEqual([401, "sign_in_required"]);
    expect((await app.visitor.walk("/")).response.body).toEqual({ email: ADA });
    isDown = true;
    const { status, headers, text } = await app.visitor.open("/");
    expect([status, headers["retry-after"]]).toEqual([503, "5"]);
    expect(text).not.toContain("10.0.0.7");
    expect(runs).toBe(1);
  });

  it("leaves errors to the app's `onError`, and ends the request even if that fails", async () => {
    const thrown: unknown[] = [];
    await using app = await start((google) => {
      const guard = requireScopes(DRIVE, { onMissing: "error" });
      return google.listener(
        (req, res) => guard.passes(req, res),
        (error, req, res) => {
          thrown.push(error);
          if (req.url === "/broken") throw new Error("the app's own");
          res.writeHead(418).end();
        },
      );
    });
    expect((await app.visitor.call("/")).status).toBe(418);
    expect((await app.visitor.call("/broken")).status).toBe(500);
    expect(thrown).toEqual([expect.any(AuthError), expect.any(AuthError)]);
  });
});

describe("connect-style routers", () => {
  it("serve Scopegate's routes below a mount path, and guard by `next`", async () => {
    await using app = await start(
      (google) =>
        connect()
          .use("/google", google)
          .use("/google/drive", requireScopes(DRIVE))
          .use("/google/drive", (req, res) => drive(req as GoogleRequest, res)),
      { callbackPath: "/google/oauth2callback" },
    );
    expect((await app.visitor.walk("/google/drive?x=1")).response.body).toEqual({ email: ADA });
    expect((await app.visitor.open("/google/signout")).status).toBe(200);
    expect((await app.visitor.open("/signout")).status).toBe(404);
  });

  it("pass errors of handlers to `google.errorHandler`, on connect and on polka", async () => {
    for (const onPolka of [false, true]) {
      await using app = await start((google) => {
        const token: connect.NextHandleFunction = (req, res, next) => {
          (req as GoogleRequest).googleAuth.getAccessToken().then((text) => sendJson(res, { token: text }), next);
        };
        const broken: connect.NextHandleFunction = (_req, _res, next) => next(new Error("the app's own"));
        if (!onPolka) {
          const last: connect.ErrorHandleFunction = (error: Error, _req, res, _next) =>
            void res.writeHead(500).end(error.message);
          return connect()
            .use(google)
            .use("/me", requireSignIn())
            .use("/me", token)
            .use("/broken", broken)
            .use(google.errorHandler)
            .use(last);
        }
        return polka({
          onError: (error, req, res) =>
            google.errorHandler(error, req, res, (own) => res.writeHead(500).end((own as Error).message)),
        })
          .use(google)
          .get("/me", requireSignIn(), token as never)
          .get("/broken", broken as never).handler as unknown as RequestListener;
      });
      expect((await app.visitor.walk("/me")).response.body.token).toMatch(/^ya29\./);
      app.emulator.revokeUser(ADA);
      app.emulator.clock.advance(3600_000);
      const refused = await app.visitor.call("/me");
      expect([refused.status, refused.body.error]).toEqual([401, "reconnect_required"]);
      const { status, text } = await app.visitor.open("/broken");
      expect([status, text]).toEqual([500, "the app's own"]);
    }
  });
});
