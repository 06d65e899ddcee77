// What Google's own packages take as `auth`, as `@scopegate/core/google-auth-library` has it.
export { toAuthClient } from "@scopegate/core/google-auth-library";
export type { TokenHolder } from "@scopegate/core/google-auth-library";
