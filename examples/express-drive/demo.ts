import { startWithLocalGoogle } from "./local-google.ts";
import { startWithRealGoogle } from "./real-google.ts";
import { UsageError } from "./server.ts";
import { chooseStore } from "./stores.ts";

/** A running demo: the lines to print about it, and a function that stops it. */
export interface Running {
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

async function main(): Promise<void> {
  const start = process.env["GOOGLE_CLIENT_SECRET_FILE"] ? startWithRealGoogle : startWithLocalGoogle;
  const store = await chooseStore();
  const running = await start(store).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  console.log(["", "Scopegate demo", "", ...running.lines, "", "Press Ctrl+C to stop.", ""].join("\n"));
  const stop = async () => {
    await running.stop();
    await store.close();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
}

main().catch((error: unknown) => {
  // For a wrong port or option the message is enough. Other errors are printed with their stack.
  const isUsage = error instanceof UsageError || error instanceof TypeError;
  console.error(isUsage ? `\n${error.message}\n` : error);
  process.exitCode = 1;
});
