// Runs once before all test files, and fixes the day that chooses their frameworks, also for a run over midnight.

/** Sets `TEST_DAY` to today's date in UTC unless it is set, and prints it, so that a failure can be reproduced. */
export default function setup(): void {
  const { env } = process;
  if (env["TEST_DAY_PRINTED"] !== undefined) return;
  env["TEST_DAY"] ??= new Date().toISOString().slice(0, 10);
  env["TEST_DAY_PRINTED"] = "1";
  console.log(
    env["FRAMEWORKS"] === "all"
      ? "FRAMEWORKS=all: every test file runs on every framework and session"
      : `TEST_DAY=${env["TEST_DAY"]}: this day chooses the frameworks and sessions of each test file`,
  );
}
