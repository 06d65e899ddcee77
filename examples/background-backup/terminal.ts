import type { BackedUp } from "./backups.ts";
import type { Outcome, Summary } from "./job.ts";

/** A line for each account. */
export function printAccount({ email }: BackedUp, outcome: Outcome): void {
  console.log(`  ${email.padEnd(28)}${describe(outcome)}`);
}

function describe(outcome: Outcome): string {
  if (outcome.kind === "done") return `${outcome.files} files`;
  if (outcome.kind === "failed") return `${outcome.error.message}: the next run tries again`;
  return "no access any more: skipped until it is connected again";
}

/** A line for each run. */
export function printSummary({ done, reconnect, failed }: Summary): void {
  const time = new Date().toISOString().slice(11, 19);
  console.log(`${time}  ${done} backed up, ${reconnect} to connect again, ${failed} failed`);
}
