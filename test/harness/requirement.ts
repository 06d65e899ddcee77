/** What some tests need from the machine: a server, a program, a browser. */
export interface Requirement {
  /** Its name, such as `Redis at 127.0.0.1:6379`. */
  readonly name: string;
  readonly isThere: boolean;
  /** How to get it, or how to say where it is. */
  readonly remedy: string;
}

/**
 * Whether tests are skipped because the machine lacks something. They then say so, and with `CI=true` they fail instead:
 * a skipped test must not look like a passed one where the result counts.
 */
export function mustSkip({ name, isThere, remedy }: Requirement, ci: string | undefined = process.env["CI"]): boolean {
  if (isThere) return false;
  if (ci !== undefined && ci !== "" && ci !== "false") {
    throw new Error(`${name} is missing. Tests need it, and CI=${ci} allows no skipped tests. ${remedy}`);
  }
  console.warn(`\n!!! SKIPPED: ${name} is missing, and the tests that need it did not run. ${remedy}\n`);
  return true;
}
