import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { sessionTokenStore } from "@scopegate/core";
import type { AuthError } from "@scopegate/core";
import { middlewareSession } from "@scopegate/core/adapter";
import type { SessionHolder } from "@scopegate/core/adapter";
import { boundStoreContract } from "@scopegate/core/store-contract";
import type { BoundTokenStore } from "@scopegate/core/store-kit";
import { asOwnerId } from "@scopegate/core/store-kit";
import cookieSession from "cookie-session";
import express from "express";
import type { ErrorRequestHandler, RequestHandler } from "express";
import session from "express-session";
import { describe, expect, it, onTestFinished } from "vitest";

/** Runs work with the store of one request's session. The response holds the result of the work, or its error. */
async function withStore(
  middleware: RequestHandler,
  work: (store: BoundTokenStore) => Promise<unknown>,
): Promise<{ body: unknown; cookie: string | undefined }> {
  const app = express();
  app.use(middleware);
  app.get("/", (req, res, next) => {
    const handle = middlewareSession(req as SessionHolder, () => res.headersSent)!;
    work(sessionTokenStore().bind(handle, "grants")).then((result) => res.json(result), next);
  });
  const onError: ErrorRequestHandler = (error: AuthError, _req, res, _next) => {
    res.status(500).json(error.code ?? error.message);
  };
  app.use(onError);
  const server = createServer(app).listen(0, "localhost");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const response = await fetch(`http://localhost:${(server.address() as AddressInfo).port}`);
  return { body: await response.json(), cookie: response.headers.getSetCookie()[0] };
}

const onServer = () => session({ secret: "a session secret of the tests", resave: false, saveUninitialized: false });
const inCookie = () => cookieSession({ name: "app", keys: ["a session key of the tests"], signed: false });

describe("the session token store", () => {
  /** The contract's cases. They run on the store of a request, by their number. */
  const casesOn = (store?: BoundTokenStore) => boundStoreContract(() => store ?? expect.unreachable());

  it.each(casesOn().map(({ name }, index) => [name, index] as const))("%s", async (_, index) => {
    const held = await withStore(onServer(), async (store) => {
      await casesOn(store)[index]!.run();
      return "held";
    });
    expect(held.body).toBe("held");
  });

  it("declares that grants in a cookie are durable, and that no session is shared", async () => {
    const capabilities = async (store: BoundTokenStore) => store.capabilities;
    expect((await withStore(onServer(), capabilities)).body).toEqual({ durable: false, shared: false });
    expect((await withStore(inCookie(), capabilities)).body).toEqual({ durable: true, shared: false });
  });

  it("fails instead of sending a cookie that is too large, and keeps the earlier content", async () => {
    const key = { client: "client", owner: asOwnerId("account"), account: "account" };
    const small = { id: "grant", version: 1, payload: "v1.small" };
    const { body, cookie } = await withStore(inCookie(), async (store) => {
      await store.put(key, small);
      await store.put({ ...key, account: "other" }, { ...small, id: "other", payload: "v1.".padEnd(4_000, "A") });
    });
    expect(body).toBe("session_unavailable");
    const content = Buffer.from(/^app=([^;]*)/.exec(cookie!)![1]!, "base64").toString();
    expect(JSON.parse(content)).toEqual({ grants: [{ account: "account", owner: "account", grant: small }] });
  });
});
