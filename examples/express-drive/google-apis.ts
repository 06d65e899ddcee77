import { AuthError } from "@scopegate/express";
import type { GoogleAuth } from "@scopegate/express";

/** Whose data is asked for: the signed-in account, or a linked one. */
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

/** A moment, or a whole day (`date`, `YYYY-MM-DD`). */
export interface EventTime {
  readonly dateTime?: string;
  readonly date?: string;
}

export interface CalendarEvent {
  readonly id: string;
  /** Events can be without a title. */
  readonly summary?: string;
  readonly start: EventTime;
  readonly end: EventTime;
}

export interface Agenda {
  /** The calendar's own, such as `Europe/London`. */
  readonly timeZone: string;
  readonly events: readonly CalendarEvent[];
}

/** An API answered with an error, or not at all. */
export class GoogleApiError extends Error {
  override readonly name = "GoogleApiError";
  /** The API's status; `undefined` where there was no answer. */
  readonly apiStatus: number | undefined;
  /** Google's word for it, such as `accessNotConfigured`. */
  readonly reason: string | undefined;

  constructor(message: string, { apiStatus, reason, cause }: Partial<GoogleApiError> = {}) {
    super(message, { cause });
    this.apiStatus = apiStatus;
    this.reason = reason;
  }

  /** What this app answers in its turn. */
  get status(): number {
    if (this.apiStatus === 403) return 403;
    return this.apiStatus === undefined || this.apiStatus === 429 || this.apiStatus >= 500 ? 503 : 502;
  }
}

const TIMEOUT_MS = 10_000;

/** The user's latest files, at most 20. See https://developers.google.com/drive/api/reference/rest/v3/files/list. */
export async function listFiles(auth: Caller, apis: GoogleApis): Promise<readonly DriveFile[]> {
  const query = new URLSearchParams({ pageSize: "20", fields: "files(id,name,mimeType)" });
  const { files } = await get<{ files: DriveFile[] }>(auth, `${apis.drive}/files?${query.toString()}`);
  return files;
}

/** What comes next on the user's own calendar. See https://developers.google.com/calendar/api/v3/reference/events/list. */
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
    // Whatever else comes from here is a connection that failed, or an answer that is no JSON.
    if (error instanceof AuthError || error instanceof GoogleApiError) throw error;
    throw new GoogleApiError("Google's API could not be reached", { cause: error });
  }
}

async function errorOf(response: Response): Promise<GoogleApiError> {
  const body = (await response.json().catch(() => ({}))) as {
    readonly error?: { readonly message?: string; readonly errors?: readonly { readonly reason?: string }[] };
  };
  const { message = `Google's API answered ${response.status}`, errors } = body.error ?? {};
  return new GoogleApiError(message, { apiStatus: response.status, reason: errors?.[0]?.reason });
}
