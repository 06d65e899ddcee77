import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";
import { expect, vi } from "vitest";

const SLOTS = 16_384;
/** For hangs. */
const LIMIT = { timeout: 60_000, interval: 20 };

/** A Redis Cluster of three nodes that belongs to one test. */
export interface RedisCluster extends AsyncDisposable {
  readonly ports: readonly number[];
}

/** Starts three nodes that share the slots, and waits until each of them knows the others. */
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
    await vi.waitFor(async () => {
      const info = await client.sendCommand<string>(["CLUSTER", "INFO"]);
      expect(info).toMatch(/cluster_state:ok[\s\S]*cluster_known_nodes:3/);
    }, LIMIT);
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
  const cluster = ["--cluster-enabled", "yes", "--cluster-config-file", `nodes-${port}.conf`];
  const storage = ["--save", "", "--dir", directory];
  const node = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", ...cluster, ...storage]);
  for await (const text of node.stdout) if (String(text).includes("Ready to accept connections")) break;
  node.stdout.destroy();
  return node;
}

/** Free ports for the nodes. The nodes talk to each other on ports 10,000 above. */
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
