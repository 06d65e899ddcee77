import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { middlewareSession, sessionTokenStore } from "@scopegate/core";
import type { SessionHolder } from "@scopegate/core";
import { boundStoreContract } from "@scopegate/core/store-contract";
import cookieSession from "cookie-session";
import express from "express";
import type { RequestHandler } from "express";
import session from "express-session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const SESSIONS: readonly (readonly [string, RequestHandler])[] = [
  ["express-session", session({ secret: "a session secret of the tests", resave: false, saveUninitialized: false })],
  ["cookie-session", cookieSession({ name: "app", keys: ["a session key of the tests"] })],
];
/** The names of the contract's cases; what they are run on, each request brings. */
const NAMES = boundStoreContract(() => expect.unreachable()).map(({ name }) => name);

describe.each(SESSIONS)("the session token store in a session of %s", (_, middleware) => {
  const app = express();
  const server = createServer(app);
  let origin: string;

  beforeAll(async () => {
    app.use(middleware);
    app.get("/:index", (req, res, next) => {
      const handle = middlewareSession(req as SessionHolder, () => res.headersSent)!;
      const cases = boundStoreContract(() => sessionTokenStore().bind(handle, "grants"));
      const held = () => {
        // Hundreds of grants do not fit into a cookie.
        handle.delete("grants");
        res.end("held");
      };
      cases[Number(req.params.index)]!.run().then(held, next);
    });
    server.listen(0, "localhost");
    await once(server, "listening");
    origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it.each(NAMES.map((name, index) => [name, index] as const))("%s", async (_name, index) => {
    const response = await fetch(`${origin}/${index}`);
    expect(await response.text()).toBe("held");
  });
});
