// Servers of a test's own, which it may stop, pause and restart: never those that other tests share.
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const READY = /ready to accept connections/i;

/** A server that its test can do anything to. What it has stored survives a stop. */
export interface OwnServer extends AsyncDisposable {
  readonly port: number;
  start(): Promise<void>;
  /** Ends it by a signal, and waits until it has ended. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** Sends a signal, such as `SIGSTOP` and `SIGCONT`. */
  signal(signal: NodeJS.Signals): void;
}

/** Starts a Redis of our own, which writes each change to its disk. */
export async function startOwnRedis(...options: string[]): Promise<OwnServer> {
  const directory = mkdtempSync(join(tmpdir(), "scopegate-redis-"));
  const port = await freePort();
  const durability = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, ...durability, ...options];
  return startOwn(port, directory, () => spawn("redis-server", args));
}

/** Makes a PostgreSQL of our own, and starts it. It does not run as root, which PostgreSQL refuses. */
export async function startOwnPostgres(...settings: string[]): Promise<OwnServer> {
  const programs = postgresPrograms()!;
  const directory = mkdtempSync(join(tmpdir(), "scopegate-postgres-"));
  chmodSync(directory, 0o700);
  const user = unprivileged();
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  const port = await freePort();
  const as: SpawnOptions = { cwd: directory, stdio: ["ignore", "pipe", "pipe"], ...user };
  const initdb = ["-D", directory, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"];
  const made = spawnSync(join(programs, "initdb"), initdb, { ...as, encoding: "utf8" });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const set = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", ...settings];
  const args = ["-D", directory, "-p", String(port), ...set.flatMap((setting) => ["-c", setting])];
  return startOwn(port, directory, () => spawn(join(programs, "postgres"), args, as));
}

/** Whether this machine lacks a server's programs; says so, and fails where CI is set. */
export function lacksServer(name: "redis" | "postgres"): boolean {
  const isMissing =
    name === "redis" ? spawnSync("redis-server", ["--version"]).status !== 0 : postgresPrograms() === undefined;
  if (isMissing && process.env["CI"]) throw new Error(`the programs of ${name} are needed where CI is set`);
  if (isMissing) console.warn(`SKIPPED: no programs of ${name} on this machine; the tests of its failures did not run`);
  return isMissing;
}

async function startOwn(port: number, directory: string, launch: () => ChildProcess): Promise<OwnServer> {
  let child: ChildProcess | undefined;
  const server: OwnServer = {
    port,
    async start() {
      child = launch();
      await ready(child);
    },
    async stop(signal) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill(signal);
      await ended;
    },
    signal: (signal) => void child!.kill(signal),
    async [Symbol.asyncDispose]() {
      child?.kill("SIGCONT");
      // PostgreSQL stops its own processes at this one.
      await server.stop("SIGQUIT");
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

async function ready(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = "";
  const listen = (text: Buffer) => {
    said += text.toString();
    if (READY.test(said)) resolve();
  };
  child.stdout?.on("data", listen);
  child.stderr?.on("data", listen);
  child.once("exit", () => reject(new Error(`the server ended: ${said}`)));
  await promise;
}

/** Where PostgreSQL's own programs are, which are seldom on the `PATH`. */
function postgresPrograms(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = statSync(root, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(root);
  const folders = versions.toSorted((a, b) => Number(b) - Number(a)).map((version) => join(root, version, "bin"));
  return folders.find((folder) => statSync(join(folder, "initdb"), { throwIfNoEntry: false }) !== undefined);
}

/** The user `postgres`, where this process is root. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string) => Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
  return { uid: idOf("-u"), gid: idOf("-g") };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
