import { availableParallelism } from "node:os";

const LIMIT = Math.max(2, availableParallelism());
let running = 0;
const waiting: (() => void)[] = [];

/**
 * Runs work that starts a child process, once one of a few places is free. A process takes seconds of computing to
 * load its modules. More of them than cores start no sooner, and each takes so long that it looks as if it hung.
 */
export async function inChildPlace<T>(work: () => Promise<T>): Promise<T> {
  if (running < LIMIT) running += 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    // The place passes on to the next work, so that the count stays.
    if (next === undefined) running -= 1;
    else next();
  }
}
