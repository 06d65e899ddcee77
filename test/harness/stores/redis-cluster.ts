import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "redis";

const SLOTS = 16_384;

/** A Redis Cluster of three nodes, started for a test. */
export interface RedisCluster extends AsyncDisposable {
  readonly ports: readonly number[];
}

/** Whether this machine has the program; says so where it has not. */
export function lacksRedisServer(): boolean {
  const isMissing = spawnSync("redis-server", ["--version"]).status !== 0;
  if (isMissing && process.env["CI"]) throw new Error("redis-server is needed where CI is set");
  if (isMissing) console.warn("SKIPPED: no redis-server on this machine; the tests of clusters did not run");
  return isMissing;
}

/** Starts three nodes that share the slots, and waits until all of them know it. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const directory = mkdtempSync(join(tmpdir(), "scopegate-cluster-"));
  const ports = await freePorts(3);
  const nodes = await Promise.all(ports.map((port) => startNode(directory, port)));
  const clients = await Promise.all(
    ports.map((port) => createClient({ socket: { host: "127.0.0.1", port } }).connect()),
  );
  for (const [index, client] of clients.entries()) {
    const [first, next] = [index, index + 1].map((part) => Math.floor((SLOTS * part) / ports.length));
    await client.sendCommand(["CLUSTER", "ADDSLOTSRANGE", String(first), String(next! - 1)]);
    await client.sendCommand(["CLUSTER", "MEET", "127.0.0.1", String(ports[0])]);
  }
  for (const client of clients) {
    const info = async () => client.sendCommand<string>(["CLUSTER", "INFO"]);
    while (!/cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(await info())) await delay(20);
    client.destroy();
  }
  return {
    ports,
    async [Symbol.asyncDispose]() {
      for (const node of nodes) {
        node.kill();
        if (node.exitCode === null) await once(node, "exit");
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function startNode(directory: string, port: number): Promise<ChildProcess> {
  const options = [
    "--cluster-enabled",
    "yes",
    "--cluster-config-file",
    `nodes-${port}.conf`,
    "--save",
    "",
    "--dir",
    directory,
  ];
  const node = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", ...options]);
  for await (const text of node.stdout) if (String(text).includes("Ready to accept connections")) break;
  node.stdout.destroy();
  return node;
}

/** Ports that nobody uses now, for the nodes and, 10,000 above, for what they tell each other. */
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    if (port <= 55_000 && !ports.includes(port)) ports.push(port);
  }
  return ports;
}
