import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { inChildPlace } from "../children.ts";
import { RawBrowser } from "../security/browser.ts";
import type { FromProcess, ProcessConfig, ProcessReport, Step, ToProcess } from "./process.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PROGRAM = join(import.meta.dirname, "process.ts");

/** The test's side of a process of a deployment. */
export class AppProcess {
  readonly origin: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, origin: string) {
    this.#child = child;
    this.origin = origin;
  }

  /** Starts a process, and waits until its app listens. */
  static start(config: ProcessConfig): Promise<AppProcess> {
    return inChildPlace(() => AppProcess.#start(config));
  }

  static async #start(config: ProcessConfig): Promise<AppProcess> {
    const { NODE_OPTIONS: _, ...env } = process.env;
    const child = fork(PROGRAM, [JSON.stringify(config)], {
      // A process spends most of its start on compiling the same sources again.
      env: { ...env, NODE_COMPILE_CACHE: join(ROOT, ".artifacts/compile-cache") },
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    const ready = Promise.withResolvers<string>();
    const fail = (code: number | null) =>
      ready.reject(new Error(`the process exited with ${code} before it was ready`));
    child.once("exit", fail);
    void hear(child, "ready").then(({ origin }) => ready.resolve(origin));
    const origin = await ready.promise;
    child.off("exit", fail);
    return new AppProcess(child, origin);
  }

  /** A browser with the cookies of another one. It sends its requests to this process only. */
  browser(like: RawBrowser): RawBrowser {
    const copy = new RawBrowser(this.origin);
    for (const [name, value] of like.cookies) copy.cookies.set(name, value);
    return copy;
  }

  /**
   * Lets the process hold requests for `/token-together` until `go`.
   * @returns a promise that resolves when `count` of them have arrived
   */
  async gather(count: number): Promise<{ readonly gathered: Promise<unknown> }> {
    const gathered = this.#hear("gathered");
    await this.#ask({ type: "gather", count });
    return { gathered };
  }

  go(): void {
    this.#child.send({ type: "go" } satisfies ToProcess);
  }

  /**
   * Lets the process stop at its next such step, until `goOn`.
   * @returns a promise that resolves when the process has reached the step
   */
  async stopAt(step: Step): Promise<{ readonly stopped: Promise<unknown> }> {
    const stopped = this.#hear("stopped");
    await this.#ask({ type: "stop at", step });
    return { stopped };
  }

  goOn(): void {
    this.#child.send({ type: "go on" } satisfies ToProcess);
  }

  async setClock(offset: number): Promise<void> {
    await this.#ask({ type: "set clock", offset });
  }

  async report(): Promise<ProcessReport> {
    const reported = this.#hear("report");
    this.#child.send({ type: "report" } satisfies ToProcess);
    return (await reported).report;
  }

  /** Empties the report. */
  async forget(): Promise<void> {
    await this.#ask({ type: "forget" });
  }

  /** Stops the whole process by SIGSTOP, at any point of its work. */
  async pause(): Promise<void> {
    await this.#ask({ type: "pause" });
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async kill(): Promise<void> {
    if (!this.isAlive) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  async #ask(message: ToProcess): Promise<void> {
    const done = this.#hear("done");
    this.#child.send(message);
    await done;
  }

  #hear<Type extends FromProcess["type"]>(type: Type): Promise<FromProcess & { type: Type }> {
    return hear(this.#child, type);
  }
}

function hear<Type extends FromProcess["type"]>(
  child: ChildProcess,
  type: Type,
): Promise<FromProcess & { type: Type }> {
  const { promise, resolve } = Promise.withResolvers<FromProcess & { type: Type }>();
  const listen = (message: FromProcess) => {
    if (message.type !== type) return;
    child.off("message", listen);
    resolve(message as FromProcess & { type: Type });
  };
  child.on("message", listen);
  return promise;
}
