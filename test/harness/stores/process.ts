// One process of a deployment: an app on Express that shares its grants with the others. A test can stop it at a step,
// and kill it there.
import { flushCompileCache } from "node:module";
import type { ClientCredentials, Endpoints, TokenStore } from "@scopegate/core";
import { scopegateSession } from "@scopegate/core";
import express from "express";
import { clientAt } from "../../../packages/core/src/store/issuer-store.ts";
import { startOnExpress } from "../app/express.ts";
import type { TestRoute } from "../app/test-app.ts";
import { openStore } from "./open.ts";
import type { Place } from "./open.ts";

/** The configuration of a process. */
export interface ProcessConfig {
  readonly place: Place;
  readonly leaseMs: number;
  readonly client: ClientCredentials;
  readonly redirectUri: string;
  readonly endpoints: Endpoints;
  /** Paths of guarded pages, each with the required scope. */
  readonly pages: Readonly<Record<string, string>>;
  /** How far the app's clock is ahead of the machine's, in milliseconds. */
  readonly offset: number;
  /** A condition that this process leaves out of its writes, so that the other one alone must reject them. */
  readonly omit?: "fence" | "ifVersion";
}

/** A step at which a process can stop. The middle of a write differs between stores. */
export type Step = "with the lease" | "before the write" | "in the middle of the write" | "after the write";

/** What happened in a process so far. */
export interface ProcessReport {
  /** The calls of the app's hooks: the hook's name, and the code of an error. */
  readonly events: readonly string[];
  /** Whether each write and each deletion succeeded. */
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

/** Stops at a requested step, until the test lets it go on. */
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

  /** Stops the whole thread forever. */
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

/** Holds a number of requests, and then lets all of them go on at once. */
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
    // The store also keeps used states of attempts, under another client. Their writes are no steps.
    if (key.client !== clientAt(config.client.clientId, config.endpoints.issuer)) return store.put(key, grant, options);
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
  // The process stops itself between two turns of its event loop: within a transaction of SQLite it would block the
  // writes of all other processes.
  if (message.type === "pause") process.kill(process.pid, "SIGSTOP");
});
// The test is gone.
process.once("disconnect", () => process.exit());
// A killed process writes no compile cache, and the next one must start faster all the same.
flushCompileCache();
tell({ type: "ready", origin: app.origin });
