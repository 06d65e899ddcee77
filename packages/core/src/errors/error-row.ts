/** One row of the error table. */
export interface ErrorRow {
  /** HTTP status of a response with this error. */
  readonly status: number;
  /** What is wrong, for the developer. It is the beginning of the error's message. */
  readonly meaning: string;
  /** What the developer does next. A reader who sees only this line must know the next step. */
  readonly remedy: string;
  /** What the user's page says: a heading and a calm sentence. */
  readonly user: { readonly title: string; readonly text: string };
}

// Texts for users that several errors share.
export const brokenSetup = {
  title: "Sign-in is not available",
  text: "This app's connection to Google is not set up correctly. Your account is fine. Please tell the people who run this app.",
} as const;

export const startAgain = {
  title: "Please start again",
  text: "This sign-in cannot be completed. Nothing was changed, and starting again usually works.",
} as const;

export const tryLater = {
  title: "Google cannot be reached right now",
  text: "This usually lasts only a moment. Nothing was lost. Please try again.",
} as const;

export const storageTrouble = {
  title: "This is not working right now",
  text: "This app cannot reach its storage. This usually lasts only a moment, and nothing was lost. Please try again.",
} as const;

export function row(status: number, meaning: string, remedy: string, user: ErrorRow["user"]): ErrorRow {
  return { status, meaning, remedy, user };
}
