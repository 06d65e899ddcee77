/** A feature of this app, and the scope that it needs. */
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
  text: "The names and types of your latest files, but not their content.",
};

export const CALENDAR: Feature = {
  name: "Calendar",
  path: "/calendar",
  scope: "https://www.googleapis.com/auth/calendar.readonly",
  text: "The next events in your calendar.",
};

export const FEATURES: readonly Feature[] = [DRIVE, CALENDAR];
