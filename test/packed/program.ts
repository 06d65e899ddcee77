// A program of a document, running by itself.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { get } from "node:http";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A program that has said which address to open. */
export interface RunningProgram extends AsyncDisposable {
  /** Opens that address as a browser does, and follows no redirect. */
  open(): Promise<{ readonly status: number | undefined; readonly location: string | undefined }>;
}

/**
 * Starts a program that listens on port 3000, on a free port instead.
 * @param file - the name to write it under, in the folder of its app
 * @throws Error if it ends without printing an address
 */
export async function startProgram(app: string, file: string, text: string): Promise<RunningProgram> {
  const port = await freePort();
  writeFileSync(join(app, file), text.replaceAll("localhost:3000", `localhost:${port}`).replace("(3000", `(${port}`));
  // A launcher of the workspace may have set NODE_PATH, which would lead to packages that the app has not installed.
  const env = { ...process.env, NODE_PATH: undefined };
  const program = spawn(process.execPath, [file], { cwd: app, env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(program, "exit");
  const stop = async (): Promise<void> => {
    program.kill();
    await ended;
  };
  for await (const line of createInterface(program.stdout)) {
    const address = /https?:\/\/\S+/.exec(line)?.[0];
    if (address !== undefined) return { open: async () => open(address), [Symbol.asyncDispose]: stop };
  }
  throw new Error(`${file} ended and did not print an address`);
}

async function open(address: string): ReturnType<RunningProgram["open"]> {
  // The global `fetch` would say in Sec-Fetch-Mode that a script calls.
  const request = get(address, { headers: { accept: "text/html", "sec-fetch-mode": "navigate" } });
  const [{ statusCode, headers }] = (await once(request, "response")) as [IncomingMessage];
  request.destroy();
  return { status: statusCode, location: headers.location };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
