/**
 * Whether the app runs in production: the variable `NODE_ENV` is `production`. Everything that differs between
 * production and development asks this function.
 * @param env - the environment variables. Default: those of the process
 */
export function isProduction(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return env["NODE_ENV"] === "production";
}
