// One process of a deployment: an app on Express that shares its grants with the others, and can be told to stop where
// a test wants to kill it.
import { flushCompileCache } from "node:module";
import type { ClientCredentials, Endpoints, TokenStore } from "@scopegate/core";
import { scopegateSession } from "@scopegate/core";
import express from "express";
import { startOnExpress } from "../app/express.ts";
import type { TestRoute } from "../app/test-app.ts";
import { openStore } from "./open.ts";
import type { Place } from "./open.ts";

/** What a process is started with. */
export interface ProcessConfig {
  readonly place: Place;
  readonly leaseMs: number;
  readonly client: ClientCredentials;
  readonly redirectUri: string;
  readonly endpoints: Endpoints;
  /** Paths of guarded pages, each with the scope that it needs. */
  readonly pages: Readonly<Record<string, string>>;
  /** What the app's clock is ahead, in milliseconds. */
  readonly offset: number;
  /** Conditions that this process leaves out of its writes, so that what remains must refuse them alone. */
  readonly omit?: "fence" | "ifVersion";
}

/** Where a process can be told to stop. The middle of a write is another place in each store. */
export type Step = "with the lease" | "before the write" | "in the middle of the write" | "after the write";

/** What a process has done so far. */
export interface ProcessReport {
  /** What the app's hooks were told: the hook's name, and an error's code. */
  readonly events: readonly string[];
  /** What each write and each deletion came to. */
  readonly writes: readonly boolean[];
  readonly deletions: readonly boolean[];
}

export type ToProcess =
  | { readonly type: "gather"; readonly count: number }
  | { readonly type: "go" }
  | { readonly type: "set clock"; readonly offset: number }
  | { readonly type: "stop at"; readonly step: Step }
  | { readonly type: "go on" }
  | { readonly type: "pause" }
  | { readonly type: "report" }
  | { readonly type: "forget" };

export type FromProcess =
  | { readonly type: "ready"; readonly origin: string }
  | { readonly type: "gathered" }
  | { readonly type: "stopped"; readonly step: Step }
  | { readonly type: "done" }
  | { readonly type: "report"; readonly report: ProcessReport };

const SESSION_KEY = "a key of the sessions of all processes, 32 bytes";
const ENCRYPTION_KEY = "a key of the grants of all processes, 32 bytes";

const tell = (message: FromProcess) => void process.send!(message);

/** Stops at a step that was asked for, until it is told to go on. */
class Steps {
  #armed: Step | undefined;
  #goOn = Promise.withResolvers<void>();

  stopAt(step: Step): void {
    this.#armed = step;
    this.#goOn = Promise.withResolvers();
  }

  goOn(): void {
    this.#goOn.resolve();
  }

  async reach(step: Step): Promise<void> {
    if (!this.#take(step)) return;
    await this.#goOn.promise;
  }

  /** Stops the whole thread, and for good. */
  block(step: Step): void {
    if (this.#take(step)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }

  #take(step: Step): boolean {
    if (this.#armed !== step) return false;
    this.#armed = undefined;
    tell({ type: "stopped", step });
    return true;
  }
}

/** Lets as many requests as it was told come together, and then all go on at once. */
class Barrier {
  #missing = 0;
  #open = Promise.withResolvers<void>();

  gather(count: number): void {
    this.#missing = count;
    this.#open = Promise.withResolvers();
  }

  go(): void {
    this.#open.resolve();
  }

  async pass(): Promise<void> {
    this.#missing -= 1;
    if (this.#missing === 0) tell({ type: "gathered" });
    await this.#open.promise;
  }
}

const config = JSON.parse(process.argv[2]!) as ProcessConfig;
let { offset } = config;
const steps = new Steps();
const barrier = new Barrier();
const emptyReport = () => ({ events: [] as string[], writes: [] as boolean[], deletions: [] as boolean[] });
let report = emptyReport();

const { store } = await openStore(config.place, config.leaseMs, {
  pause: () => steps.reach("in the middle of the write"),
  block: () => steps.block("in the middle of the write"),
});
const observed: TokenStore = {
  ...store,
  async put(key, grant, { ...options } = {}) {
    // What is kept beside the grants has steps of its own.
    if (key.client !== config.client.clientId) return store.put(key, grant, options);
    await steps.reach("before the write");
    if (config.omit !== undefined) delete options[config.omit];
    const isWritten = await store.put(key, grant, options);
    report.writes.push(isWritten);
    await steps.reach("after the write");
    return isWritten;
  },
  async delete(key, condition) {
    const isGone = await store.delete(key, condition);
    report.deletions.push(isGone);
    return isGone;
  },
  exclusively: (key, work) =>
    store.exclusively(key, async (lease) => {
      await steps.reach("with the lease");
      return work(lease);
    }),
};

const tokenOf: TestRoute["handle"] = async (auth) => ({ token: await auth.getAccessToken() });
const routes: readonly TestRoute[] = [
  ...Object.entries(config.pages).map(([path, scope]) => ({ path, guard: { scopes: [scope] }, handle: () => path })),
  { path: "/token", handle: tokenOf },
  {
    path: "/token-together",
    async handle(...request) {
      await barrier.pass();
      return tokenOf(...request);
    },
  },
];

const app = await startOnExpress(express)({
  routes,
  session: "none",
  options: () => ({
    client: config.client,
    redirectUri: config.redirectUri,
    endpoints: config.endpoints,
    session: scopegateSession({ keys: [SESSION_KEY] }),
    store: observed,
    encryptionKeys: [ENCRYPTION_KEY],
    now: () => Date.now() + offset,
    on: {
      refreshed: () => void report.events.push("refreshed"),
      failed: ({ error }) => void report.events.push(`failed: ${error.code}`),
    },
  }),
});

process.on("message", (message: ToProcess) => {
  if (message.type === "go on") return steps.goOn();
  if (message.type === "go") return barrier.go();
  if (message.type === "report") return tell({ type: "report", report });
  if (message.type === "forget") report = emptyReport();
  if (message.type === "gather") barrier.gather(message.count);
  if (message.type === "stop at") steps.stopAt(message.step);
  if (message.type === "set clock") ({ offset } = message);
  tell({ type: "done" });
  // By itself, between two turns: one that is stopped within a transaction of SQLite keeps all others from writing.
  if (message.type === "pause") process.kill(process.pid, "SIGSTOP");
});
// Nobody is left to serve.
process.once("disconnect", () => process.exit());
// It may be killed, and the next one is to start faster all the same.
flushCompileCache();
tell({ type: "ready", origin: app.origin });
