// Database servers that belong to one test, so that it may stop, pause and restart them.
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustSkip } from "../requirement.ts";

const READY = /ready to accept connections/i;
/** PostgreSQL's server programs lie here, and seldom on the `PATH`. */
const POSTGRES = "/usr/lib/postgresql";

/** A server of one test. Its data survives a stop. */
export interface OwnServer extends AsyncDisposable {
  readonly port: number;
  start(): Promise<void>;
  /** Sends the signal, and waits until the server has ended. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** Sends a signal, such as `SIGSTOP` and `SIGCONT`. */
  signal(signal: NodeJS.Signals): void;
}

/** Starts a Redis for one test. It writes each change to its disk. */
export async function startOwnRedis(...options: string[]): Promise<OwnServer> {
  const directory = mkdtempSync(join(tmpdir(), "scopegate-redis-"));
  const port = await freePort();
  const durability = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, ...durability, ...options];
  return startOwn(port, directory, () => spawn("redis-server", args));
}

/** Creates and starts a PostgreSQL for one test, as the user `postgres`, since PostgreSQL refuses to run as root. */
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

/** Whether tests that start this server must be skipped, because its programs are not installed. */
export function lacksServer(name: "redis" | "postgres"): boolean {
  return name === "redis"
    ? mustSkip({
        name: "The program redis-server",
        isThere: spawnSync("redis-server", ["--version"]).status === 0,
        remedy: "Install Redis, and put the program on the PATH.",
      })
    : mustSkip({
        name: `The program initdb of PostgreSQL below ${POSTGRES}`,
        isThere: postgresPrograms() !== undefined,
        remedy: "Install the server of PostgreSQL.",
      });
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
      // At this signal PostgreSQL also stops its own processes.
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
  child.once("exit", () => reject(new Error(`the server ended before it was ready: ${said}`)));
  await promise;
}

/** The folder of the newest PostgreSQL's programs. */
function postgresPrograms(): string | undefined {
  const versions = statSync(POSTGRES, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(POSTGRES);
  const folders = versions.toSorted((a, b) => Number(b) - Number(a)).map((version) => join(POSTGRES, version, "bin"));
  return folders.find((folder) => statSync(join(folder, "initdb"), { throwIfNoEntry: false }) !== undefined);
}

/** The user `postgres` if this process is root, since PostgreSQL refuses to run as root. */
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
