import type { BackedUp } from "./backups.ts";
import type { Outcome, Summary } from "./job.ts";

/** Prints a line about one account of a run. */
export function printAccount({ email }: BackedUp, outcome: Outcome): void {
  console.log(`  ${email.padEnd(28)}${describe(outcome)}`);
}

function describe(outcome: Outcome): string {
  if (outcome.kind === "done") return `${outcome.files} files`;
  if (outcome.kind === "failed") return `${outcome.error.message}. The next run tries again.`;
  return "access ended, skipped until the user reconnects";
}

/** Prints a line about a run. */
export function printSummary({ done, reconnect, failed }: Summary): void {
  const time = new Date().toISOString().slice(11, 19);
  console.log(`${time}  ${done} backed up, ${reconnect} to reconnect, ${failed} failed`);
}
