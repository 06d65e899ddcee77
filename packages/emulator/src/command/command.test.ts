import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { post } from "../../test/client.ts";
import { assertionClaims, signWith, temporaryPath } from "../../test/service.ts";
import type { ServiceAccountKeyFile } from "../index.ts";

describe("the command", () => {
  const bin = join(import.meta.dirname, "..", "bin.ts");

  it("prints its addresses and the environment for an app, and stops on a signal", async () => {
    const command = spawn(process.execPath, [bin, "--port", "0", "--redirect-uri", "http://localhost:8080/cb"]);
    const [chunk] = (await once(command.stdout, "data")) as [Buffer];
    const text = chunk.toString();
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)![0];
    expect(text).toContain("GOOGLE_REDIRECT_URI=http://localhost:8080/cb");
    expect((await fetch(`${url}/oauth2/v3/certs`)).status).toBe(200);
    command.kill("SIGTERM");
    expect(await once(command, "exit")).toEqual([0, null]);
  });

  it("writes a key file that gets access tokens", async () => {
    const path = temporaryPath();
    const command = spawn(process.execPath, [bin, "--port", "0", "--service-account", path]);
    const [chunk] = (await once(command.stdout, "data")) as [Buffer];
    expect(chunk.toString()).toContain(`GOOGLE_APPLICATION_CREDENTIALS=${path}`);
    const file = JSON.parse(readFileSync(path, "utf8")) as ServiceAccountKeyFile;
    rmSync(path);
    const iat = Math.floor(Date.now() / 1000);
    const sub = "grace@workspace.example";
    const scope = "https://www.googleapis.com/auth/calendar.readonly";
    const assertion = signWith(file, assertionClaims(file, { iat, exp: iat + 3600, sub, scope }));
    const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    expect((await post(file.token_uri, { grant_type: grant, assertion })).status).toBe(200);
    const [, metadata] = /GCE_METADATA_HOST=(\S+)/.exec(chunk.toString())!;
    expect(await (await fetch(`http://${metadata}/`)).text()).toBe("computeMetadata/\n");
    command.kill("SIGTERM");
    expect(await once(command, "exit")).toEqual([0, null]);
  });

  it("exits with an error if it cannot write the key file", async () => {
    const command = [bin, "--port", "0", "--service-account", join(temporaryPath(), "key.json")];
    await expect(promisify(execFile)(process.execPath, command)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("ENOENT"),
    });
  });

  it("prints its usage, and rejects unknown or invalid arguments", async () => {
    const run = promisify(execFile);
    expect((await run(process.execPath, [bin, "--help"])).stdout).toContain("--port");
    await expect(run(process.execPath, [bin, "--host", "0.0.0.0"])).rejects.toMatchObject({ code: 1 });
    await expect(run(process.execPath, [bin, "--port", "x"])).rejects.toMatchObject({
      stderr: expect.stringContaining('"--port"'),
    });
  });
});
