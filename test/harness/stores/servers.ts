// The database servers that tests of stores share.
import { connect } from "node:net";
import { mustSkip } from "../requirement.ts";

/** Addresses of the servers. Environment variables can change them. */
export const SERVERS = {
  postgres: process.env["SCOPEGATE_TEST_POSTGRES"] ?? "postgres://postgres@127.0.0.1:5432/test",
  redis: process.env["SCOPEGATE_TEST_REDIS"] ?? "redis://127.0.0.1:6379",
  mariadb: process.env["SCOPEGATE_TEST_MARIADB"] ?? "mysql://root@127.0.0.1:3306/test",
} as const;

/** Whether the tests of a server must be skipped, because nothing accepts connections at its address. */
export async function isMissing(name: keyof typeof SERVERS): Promise<boolean> {
  const { hostname, port } = new URL(SERVERS[name]);
  return mustSkip({
    name: `${name} at ${hostname}:${port}`,
    isThere: await accepts(hostname, Number(port)),
    remedy: `Start it, or set SCOPEGATE_TEST_${name.toUpperCase()} to its address.`,
  });
}

function accepts(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port });
  socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
