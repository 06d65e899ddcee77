import type { FlowContext } from "./context.ts";

/**
 * Whether a subject was signed out everywhere at or after a time.
 * @param since - milliseconds since the epoch: the time of a sign-in or of a consent
 */
export async function wasSignedOut(context: FlowContext, subject: string, since: number): Promise<boolean> {
  const at = await context.signedOutAt(subject);
  return at !== undefined && at >= since;
}
