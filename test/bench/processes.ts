import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** Where the parts of the bench run: what serves and what asks must not take each other's time. */
export const CORES = { server: 0, load: 1 } as const;

const TASKSET = "taskset";

/** Whether processes can be bound to cores here: `taskset` is there, and both cores are ours. */
export const canPin = Object.values(CORES).every(
  (core) => spawnSync(TASKSET, ["-c", String(core), "true"]).status === 0,
);

/** Binds this process, and all that it starts without another word, to a core. */
export function pinSelf(core: number): void {
  if (canPin) spawnSync(TASKSET, ["-acp", String(core), String(process.pid)]);
}

/** A process of the bench that answers messages, one at a time. */
export interface Worker {
  ask<Answer>(message: object): Promise<Answer>;
  stop(): Promise<void>;
}

type Reply = { readonly answer: unknown } | { readonly error: string };

/** Starts a file of this folder in a process of its own, on a core of its own where that is possible. */
export function startWorker(file: string, core: number): Worker {
  const script = join(import.meta.dirname, file);
  const [command, args] = canPin
    ? [TASKSET, ["-c", String(core), process.execPath, script]]
    : [process.execPath, [script]];
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = once(child, "exit");
  return {
    async ask<Answer>(message: object): Promise<Answer> {
      const waiting = new AbortController();
      child.send(message);
      try {
        const [reply] = (await Promise.race([
          once(child, "message", { signal: waiting.signal }),
          ended.then(() => {
            throw new Error(`${file} ended before it answered`);
          }),
        ])) as [Reply];
        if ("error" in reply) throw new Error(`${file}: ${reply.error}`);
        return reply.answer as Answer;
      } finally {
        waiting.abort();
      }
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}

/** In a worker: answers each message. */
export function answerMessages(answer: (message: unknown) => unknown): void {
  process.on("message", (message) => {
    void Promise.resolve(message)
      .then(answer)
      .then(
        (result): Reply => ({ answer: result }),
        (error: Error): Reply => ({ error: error.stack ?? error.message }),
      )
      .then((reply) => process.send!(reply));
  });
}
