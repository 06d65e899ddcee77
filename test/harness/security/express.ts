import { once } from "node:events";
import { createServer } from "node:http";
import type { ServerOptions } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator } from "@scopegate/emulator";
import express5 from "express";
import type { ErrorRequestHandler, Express } from "express";
import session from "express-session";
import express4 from "express4";
import { RawBrowser } from "./browser.ts";

/** For attacks on features of Express: routers, session stores, several instances in one app. */
export const expressVersions: readonly (readonly [name: string, express: typeof express5])[] = [
  ["Express 5", express5],
  ["Express 4", express4],
];

/** An Express app that a test builds, and a Google. */
export interface ExpressAttack extends AsyncDisposable {
  readonly origin: string;
  readonly google: Emulator;
  readonly store: BreakableStore;
  newBrowser(): RawBrowser;
}

/** Starts an app that a test builds. The harness mounts session middleware before and an error handler after. */
export async function startExpress(
  express: typeof express5,
  build: (app: Express, parts: { readonly origin: string; readonly google: Emulator }) => void,
  serverOptions: ServerOptions = {},
): Promise<ExpressAttack> {
  const google = await startEmulator();
  const server = createServer(serverOptions);
  server.listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const store = new BreakableStore();
  const app = express();
  app.use(session({ secret: "a session secret of the tests", resave: false, saveUninitialized: false, store }));
  build(app, { origin, google });
  const onError: ErrorRequestHandler = (
    error: { status?: number; headers?: Record<string, string> },
    _req,
    res,
    _next,
  ) => {
    res
      .status(error.status ?? 500)
      .set(error.headers)
      .end("refused");
  };
  app.use(onError);
  server.on("request", app);
  return {
    origin,
    google,
    store,
    newBrowser: () => new RawBrowser(origin),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      await google.stop();
    },
  };
}

type Callback = (error?: unknown) => void;

/** The ways in which a session store can fail. */
export type StoreFailure = "get" | "get at once" | "set" | "destroy" | "destroy at once" | "connection";

/** A session store in memory that fails on demand. */
export class BreakableStore extends session.MemoryStore {
  #failures: readonly StoreFailure[] = [];

  /** Fails in these ways from now on. Without arguments it works again. */
  break(...failures: StoreFailure[]): void {
    this.#failures = failures;
    this.emit(failures.includes("connection") ? "disconnect" : "connect");
  }

  /** The content of the store, by session ID. */
  get content(): Record<string, string> {
    return { ...(this as unknown as { sessions: Record<string, string> }).sessions };
  }

  override get(id: string, callback: (error: unknown, content?: session.SessionData | null) => void): void {
    if (this.#fails("get")) setImmediate(callback, new Error("the session store is down"));
    else super.get(id, callback);
  }

  override set(id: string, content: session.SessionData, callback?: Callback): void {
    if (this.#fails("set")) setImmediate(callback ?? (() => undefined), new Error("the session store is down"));
    else super.set(id, content, callback);
  }

  override destroy(id: string, callback?: Callback): void {
    if (this.#fails("destroy")) setImmediate(callback ?? (() => undefined), new Error("the session store is down"));
    else super.destroy(id, callback);
  }

  #fails(method: "get" | "set" | "destroy"): boolean {
    if (this.#failures.some((failure) => failure === `${method} at once`)) throw new Error("the session store is down");
    return this.#failures.includes(method);
  }
}
