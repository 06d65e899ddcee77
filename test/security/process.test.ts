import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { inChildPlace } from "../harness/children.ts";
import { Canaries } from "../harness/security/canaries.ts";
import type { ChildReport } from "../harness/security/child.ts";

const CHILD = join(import.meta.dirname, "../harness/security/child.ts");

/** Runs the app in a separate process until the process ends by itself. */
async function runChild(framework: string) {
  const { NODE_DEBUG: _, NODE_OPTIONS: __, ...env } = process.env;
  const child = fork(CHILD, [framework], {
    env,
    execArgv: ["--trace-warnings"],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const output = Promise.all([text(child.stdout!), text(child.stderr!)]);
  let report: ChildReport | undefined;
  child.once("message", (message) => (report = message as ChildReport));
  const [code] = (await once(child, "exit")) as [number | null];
  const [stdout, stderr] = await output;
  return { code, report, stdout, stderr };
}

describe.concurrent.each(frameworks)("a process with an app on %s", (name) => {
  it("S27 logs no secret although the app logs everything that it receives, and ends by itself with nothing left open", async () => {
    const { code, report, stdout, stderr } = await inChildPlace(() => runChild(name));
    // With 0, no rejection was unhandled. Since the process ended, no timer or socket kept it alive.
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
    expect(report!.after).toEqual([]);

    const canaries = new Canaries();
    for (const [value, secret] of report!.secrets) canaries.plant(secret, value);
    expect(canaries.count("access token")).toBeGreaterThan(1);
    expect(stderr).toContain("temporarily_unavailable");
    expect(stderr).toContain("[SCOPEGATE_HOOK] Warning");
    expect(stdout).toContain("GoogleAuth");
    expect(canaries.foundIn(stdout)).toEqual([]);
    expect(canaries.foundIn(stderr)).toEqual([]);
  });
});
