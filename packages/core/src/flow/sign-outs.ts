import { ISSUER_CLOCK_TOLERANCE_MS } from "../google/id-token.ts";
import type { FlowContext } from "./context.ts";

/**
 * Whether a subject was signed out everywhere at or after a time.
 * @param since - milliseconds since the epoch: the time of a sign-in or of a consent
 */
export async function wasSignedOut(context: FlowContext, subject: string, since: number): Promise<boolean> {
  const at = await context.signedOutAt(subject);
  return at !== undefined && at >= since;
}

/**
 * The time of a new sign-in or consent. It is later than every sign-out of the subject that the store knows. Processes
 * have different clocks, and a sign-out by a clock that is ahead must not lock the user out until that time.
 * @param time - milliseconds since the epoch, by Google's clock
 */
export async function timeAfterSignOuts(context: FlowContext, subject: string, time: number): Promise<number> {
  const signedOutAt = await context.signedOutAt(subject);
  return signedOutAt === undefined ? time : Math.max(time, signedOutAt + 1);
}

/**
 * The time of a new sign-out everywhere. It is later than every sign-in before it: their times come from Google's clock
 * or from {@link timeAfterSignOuts}, and this process's clock may be behind Google's as far as ID tokens may be ahead.
 */
export async function timeOfSignOut(context: FlowContext, subject: string): Promise<number> {
  const last = await context.signedOutAt(subject);
  const latest = context.options.now() + ISSUER_CLOCK_TOLERANCE_MS;
  // A sign-in that followed the last sign-out has exactly the next time, and a sign-out of the same time ends it.
  return last === undefined ? latest : Math.max(latest, last + 1);
}
