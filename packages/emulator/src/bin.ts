#!/usr/bin/env node
import { runCommand } from "./command/run-command.ts";

runCommand(process.argv.slice(2)).catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  // A TypeError concerns an argument.
  const hint = error instanceof TypeError ? '\nRun "scopegate-emulator --help" to see all options.' : "";
  process.stderr.write(`${message}${hint}\n`);
  process.exitCode = 1;
});
