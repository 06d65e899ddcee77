/** What this app can do with a user's Google data, and the one scope that each thing needs. */
export interface Feature {
  readonly name: string;
  readonly path: string;
  readonly scope: string;
  readonly text: string;
}

export const DRIVE: Feature = {
  name: "Drive files",
  path: "/drive",
  scope: "https://www.googleapis.com/auth/drive.metadata.readonly",
  text: "The names and kinds of your latest files. Not what is in them.",
};

export const CALENDAR: Feature = {
  name: "Calendar",
  path: "/calendar",
  scope: "https://www.googleapis.com/auth/calendar.readonly",
  text: "What is on your calendar in the days to come.",
};

export const FEATURES: readonly Feature[] = [DRIVE, CALENDAR];
