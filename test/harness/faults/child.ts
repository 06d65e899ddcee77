import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * What becomes of an app whose connection is lost, in a process of its own.
 * @param program - an ES module; it prints a line once it is connected, and exits with 0 when it has lived through the loss
 */
export async function fateOf(program: string, lose: () => Promise<unknown>): Promise<"ended" | "went on"> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exit = once(child, "exit");
  await once(child.stdout, "data");
  await lose();
  const [status] = (await exit) as [number];
  return status === 0 ? "went on" : "ended";
}
