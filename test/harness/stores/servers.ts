// Servers of databases that tests of stores need. Where one is missing, its tests are skipped and say so; where CI is
// set, they fail instead.
import { connect } from "node:net";

/** Addresses of the servers, which variables can change. */
export const SERVERS = {
  postgres: process.env["SCOPEGATE_TEST_POSTGRES"] ?? "postgres://postgres@127.0.0.1:5432/test",
  redis: process.env["SCOPEGATE_TEST_REDIS"] ?? "redis://127.0.0.1:6379",
  mariadb: process.env["SCOPEGATE_TEST_MARIADB"] ?? "mysql://root@127.0.0.1:3306/test",
} as const;

/** Whether the tests of a server are to be skipped; says so where they are. */
export async function isMissing(name: keyof typeof SERVERS): Promise<boolean> {
  const { hostname, port } = new URL(SERVERS[name]);
  if (process.env["CI"] || (await accepts(hostname, Number(port)))) return false;
  console.warn(`SKIPPED: no ${name} at ${hostname}:${port}; its tests did not run`);
  return true;
}

function accepts(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port });
  socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
