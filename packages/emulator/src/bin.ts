#!/usr/bin/env node
import { runCommand } from "./command/run-command.ts";

runCommand(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
