import { AuthError } from "@scopegate/express";
import type { GoogleAuth } from "@scopegate/express";

/** The account whose data is requested: the signed-in account, or a linked one. */
export type Caller = Pick<GoogleAuth, "fetch">;

/** Base addresses of the two APIs. */
export interface GoogleApis {
  readonly drive: string;
  readonly calendar: string;
}

export const GOOGLE_APIS: GoogleApis = {
  drive: "https://www.googleapis.com/drive/v3",
  calendar: "https://www.googleapis.com/calendar/v3",
};

export interface DriveFile {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
}

/** A time (`dateTime`), or a whole day (`date`, `YYYY-MM-DD`). */
export interface EventTime {
  readonly dateTime?: string;
  readonly date?: string;
}

export interface CalendarEvent {
  readonly id: string;
  /** The title. An event may have none. */
  readonly summary?: string;
  readonly start: EventTime;
  readonly end: EventTime;
}

export interface Agenda {
  /** The time zone of the calendar, such as `Europe/London`. */
  readonly timeZone: string;
  readonly events: readonly CalendarEvent[];
}

/** An API responded with an error, or did not respond. */
export class GoogleApiError extends Error {
  override readonly name = "GoogleApiError";
  /** The status of the API's response. `undefined` if there was none. */
  readonly apiStatus: number | undefined;
  /** The `reason` in Google's error, such as `accessNotConfigured`. */
  readonly reason: string | undefined;

  constructor(message: string, { apiStatus, reason, cause }: Partial<GoogleApiError> = {}) {
    super(message, { cause });
    this.apiStatus = apiStatus;
    this.reason = reason;
  }

  /** The status of this app's own response. */
  get status(): number {
    if (this.apiStatus === 403) return 403;
    return this.apiStatus === undefined || this.apiStatus === 429 || this.apiStatus >= 500 ? 503 : 502;
  }
}

const TIMEOUT_MS = 10_000;

/** Returns the user's latest files, at most 20. See https://developers.google.com/drive/api/reference/rest/v3/files/list. */
export async function listFiles(auth: Caller, apis: GoogleApis): Promise<readonly DriveFile[]> {
  const query = new URLSearchParams({ pageSize: "20", fields: "files(id,name,mimeType)" });
  const { files } = await get<{ files: DriveFile[] }>(auth, `${apis.drive}/files?${query.toString()}`);
  return files;
}

/**
 * Returns the next 20 events of the user's primary calendar. See
 * https://developers.google.com/calendar/api/v3/reference/events/list.
 */
export async function listEvents(auth: Caller, apis: GoogleApis, now: Date): Promise<Agenda> {
  const query = new URLSearchParams({
    timeMin: now.toISOString(),
    maxResults: "20",
    singleEvents: "true",
    orderBy: "startTime",
  });
  const { items, timeZone } = await get<{ items: CalendarEvent[]; timeZone: string }>(
    auth,
    `${apis.calendar}/calendars/primary/events?${query.toString()}`,
  );
  return { timeZone, events: items };
}

async function get<T>(auth: Caller, url: string): Promise<T> {
  try {
    const response = await auth.fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw await errorOf(response);
    return (await response.json()) as T;
  } catch (error) {
    // All other errors mean that the connection failed, or that the response is not JSON.
    if (error instanceof AuthError || error instanceof GoogleApiError) throw error;
    throw new GoogleApiError("Google's API could not be reached, or its response is not JSON", { cause: error });
  }
}

async function errorOf(response: Response): Promise<GoogleApiError> {
  const body = (await response.json().catch(() => ({}))) as {
    readonly error?: { readonly message?: string; readonly errors?: readonly { readonly reason?: string }[] };
  };
  const { message = `Google's API responded with ${response.status}`, errors } = body.error ?? {};
  return new GoogleApiError(message, { apiStatus: response.status, reason: errors?.[0]?.reason });
}
