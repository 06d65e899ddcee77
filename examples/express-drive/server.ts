import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";

/** An error in the configuration. Its message says how to correct it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads a port from an environment variable. */
export function portFrom(variable: string, defaultPort: number): number {
  const text = process.env[variable];
  if (text === undefined || text === "") return defaultPort;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new UsageError(
    `${variable} must be a port from 1 to 65535, not ${JSON.stringify(text)}. Set it to a port, or unset it.`,
  );
}

/** Starts a server that only this machine can reach. The caller adds the app to it. */
export async function listen(port: number, variable: string): Promise<Server> {
  const server = createServer().listen(port, "localhost");
  try {
    await once(server, "listening");
    return server;
  } catch (error) {
    throw explainPort(error, port, variable);
  }
}

/** Converts the error of a port that cannot be used into a {@link UsageError}. Returns other errors unchanged. */
export function explainPort(error: unknown, port: number, variable: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "EADDRINUSE" && code !== "EACCES") return error;
  const problem =
    code === "EADDRINUSE"
      ? `Port ${port} is in use. Stop the program that uses it, or choose another port`
      : `You have no permission to use port ${port}. Choose another port`;
  const other = port < 1024 ? 3000 : port + 1;
  return new UsageError(`${problem}: ${variable}=${other} npm run demo`, { cause: error });
}

export async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
