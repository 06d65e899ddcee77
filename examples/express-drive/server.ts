import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";

/** What the person at the keyboard can mend; its message is all that they need. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The port that an environment variable names. */
export function portFrom(variable: string, usual: number): number {
  const text = process.env[variable];
  if (text === undefined || text === "") return usual;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new UsageError(`${variable} must be a port from 1 to 65535, not ${JSON.stringify(text)}`);
}

/** Listens for this machine alone. The app is put on the server by whoever asked for it. */
export async function listen(port: number, variable: string): Promise<Server> {
  const server = createServer().listen(port, "localhost");
  try {
    await once(server, "listening");
    return server;
  } catch (error) {
    throw explainPort(error, port, variable);
  }
}

/** A port that cannot be had, in words; any other error as it is. */
export function explainPort(error: unknown, port: number, variable: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "EADDRINUSE" && code !== "EACCES") return error;
  const why = code === "EADDRINUSE" ? "is taken by another program" : "may not be used by you";
  const other = port < 1024 ? 3000 : port + 1;
  return new UsageError(`Port ${port} ${why}. End that, or choose another port: ${variable}=${other} npm run demo`, {
    cause: error,
  });
}

export async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
