import { spawn } from "node:child_process";
import { once } from "node:events";
import { inChildPlace } from "../children.ts";

/**
 * Runs a program of an app in a separate process, and ends the app's connection.
 * @param program - an ES module. It prints a line once it is connected, and exits with 0 when it has survived the loss
 * @returns whether the loss ended the process
 */
export function fateOf(program: string, lose: () => Promise<unknown>): Promise<"ended" | "went on"> {
  return inChildPlace(async () => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const exit = once(child, "exit");
    await once(child.stdout, "data");
    await lose();
    const [status] = (await exit) as [number];
    return status === 0 ? "went on" : "ended";
  });
}
