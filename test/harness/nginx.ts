import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** Where nginx is: the variable `NGINX` names the file, or it is in its usual place. */
const PATH = process.env["NGINX"] || "/usr/sbin/nginx";
/** A limit for hangs, in milliseconds. */
const LIMIT = 60_000;

/** What tests with nginx need from the machine. */
export const NGINX = {
  name: `nginx at ${PATH}`,
  isThere: existsSync(PATH),
  remedy: "Install it, or set NGINX to its file.",
};

/** Starts nginx at its defaults in front of an app, whose `Host` header it passes on. */
export async function startNginx(app: string): Promise<AsyncDisposable & { readonly origin: string }> {
  const folder = await mkdtemp(join(tmpdir(), "scopegate-nginx-"));
  const port = await freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join(" ");
  const config = join(folder, "nginx.conf");
  await writeFile(
    config,
    `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
     events {}
     http {
       access_log off; ${temporary}
       server {
         listen 127.0.0.1:${port};
         location / { proxy_pass ${app}; proxy_set_header Host $http_host; }
       }
     }`,
  );
  const nginx = spawn(PATH, ["-p", folder, "-e", `${folder}/error.log`, "-c", config], { stdio: "inherit" });
  const ended = new Promise<void>((resolve) => nginx.once("exit", () => resolve()));
  const origin = `http://127.0.0.1:${port}`;
  const limit = Date.now() + LIMIT;
  while (!(await responds(origin))) {
    if (nginx.exitCode !== null || Date.now() > limit) throw new Error("nginx does not start");
    await wait(20);
  }
  return {
    origin,
    async [Symbol.asyncDispose]() {
      nginx.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function responds(origin: string): Promise<boolean> {
  return new Promise((resolve) => {
    request(origin, { agent: false }, (response) => {
      response.resume();
      resolve(true);
    })
      .once("error", () => resolve(false))
      .end();
  });
}
