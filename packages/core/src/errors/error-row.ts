/** One row of the error table. */
export interface ErrorRow {
  /** HTTP status of an answer that carries this error. */
  readonly status: number;
  /** What it means, for the developer. */
  readonly meaning: string;
  /** What the developer does about it. */
  readonly remedy: string;
  /** What the user's page says: a heading and a calm sentence. */
  readonly user: { readonly title: string; readonly text: string };
}

// Words for users that several errors share.
export const brokenSetup = {
  title: "Sign-in is not available",
  text: "This app's connection to Google is not set up correctly. Nothing is wrong with your account; please tell the people who run this app.",
} as const;

export const startAgain = {
  title: "Please start again",
  text: "This sign-in can no longer be completed. Nothing was changed; starting again usually settles it.",
} as const;

export const tryLater = {
  title: "Google cannot be reached right now",
  text: "This is usually over in a moment. Nothing was lost; please try again.",
} as const;

export const ownTrouble = {
  title: "This is not working right now",
  text: "This app cannot reach what it keeps sign-ins in. This is usually over in a moment, and nothing was lost; please try again.",
} as const;

export const signInAgain = {
  title: "Please sign in again",
  text: "Your connection to Google has ended. Sign in again to carry on where you were.",
} as const;

export function row(status: number, meaning: string, remedy: string, user: ErrorRow["user"]): ErrorRow {
  return { status, meaning, remedy, user };
}
