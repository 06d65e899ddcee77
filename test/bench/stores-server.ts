// One app of the section "stores-guarded-route", in a process of its own, with its store.
import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { GrantKey, StoredGrant } from "@scopegate/core/store-kit";
import { googleOAuth, requireScopes } from "@scopegate/express";
import type { ScopegateOptions } from "@scopegate/express";
import express from "express";
import session from "express-session";
import { answerMessages } from "./processes.ts";
import type { StartAnswer, UsageAnswer } from "./server.ts";
import { openStore } from "./stores-open.ts";
import type { OpenedStore, StoreName } from "./stores-open.ts";

/** Messages that the server answers. */
export type StoreServerMessage = StoreStartMessage | { readonly kind: "usage" } | { readonly kind: "close" };

interface StoreStartMessage {
  readonly kind: "start";
  /** `undefined`: grants live in the session. */
  readonly store: StoreName | undefined;
  readonly client: NonNullable<ScopegateOptions["client"]>;
  readonly encryptionKey: string;
  readonly scope: string;
  /** The content of the one session that there is. */
  readonly content: Readonly<Record<string, unknown>>;
  /** What the sign-in left in a store. */
  readonly grants: readonly (readonly [GrantKey, StoredGrant])[];
}

const secret = "a session secret of the bench";
let opened: OpenedStore | undefined;
let requests = 0;

answerMessages((received) => {
  const message = received as StoreServerMessage;
  if (message.kind === "start") return start(message);
  return message.kind === "usage" ? readUsage() : opened?.[Symbol.asyncDispose]();
});

async function start(message: StoreStartMessage): Promise<StartAnswer> {
  const { client, scope, content } = message;
  if (message.store !== undefined) {
    opened = await openStore(message.store);
    for (const [key, grant] of message.grants) await opened.store.put(key, grant);
  }
  const google = googleOAuth({
    client,
    redirectUri: "http://localhost/oauth2callback",
    encryptionKeys: [message.encryptionKey],
    ...(opened !== undefined && { store: opened.store }),
  });
  const sessions = new session.MemoryStore();
  const id = randomUUID();
  sessions.set(id, content as unknown as session.SessionData);
  const app = express();
  app.use(session({ secret, store: sessions, resave: false, saveUninitialized: false }), google);
  app.get("/page", requireScopes(scope), (req, res) => void res.json({ email: req.googleAuth.user?.email }));

  const server = createServer(app).on("request", () => (requests += 1));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`, cookie: cookieOf(id) };
}

/** As express-session signs it. */
function cookieOf(id: string): string {
  const signature = createHmac("sha256", secret).update(id).digest("base64").replace(/=+$/, "");
  return `connect.sid=${encodeURIComponent(`s:${id}.${signature}`)}`;
}

function readUsage(): UsageAnswer {
  const { user, system } = process.cpuUsage();
  return { cpuMicroseconds: user + system, requests };
}
