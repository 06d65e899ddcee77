import { createHash } from "node:crypto";
import type { Send } from "./client.ts";

/** Runs a Lua script on the server, atomically. All its keys must be in one slot. */
export type RunScript = (send: Send, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/** Creates the function that runs a script. It sends the script's digest, and the whole script only to a server that does not know it yet. */
export function createScript(text: string): RunScript {
  const sha = createHash("sha1").update(text).digest("hex");
  return async (send, keys, args) => {
    const rest = [String(keys.length), ...keys, ...args.map(String)];
    try {
      return await send(keys[0]!, "EVALSHA", sha, ...rest);
    } catch (error) {
      if (!(error as Error).message.startsWith("NOSCRIPT")) throw error;
      return send(keys[0]!, "EVAL", text, ...rest);
    }
  };
}

/** Lua code that sets `now` to the server's time in milliseconds since the epoch. */
export const NOW = `local clock = redis.call("TIME")
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
`;
