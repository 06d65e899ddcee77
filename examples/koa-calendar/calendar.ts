import type { GoogleAuth } from "@scopegate/koa";

/** An event starts at a time (`dateTime`), or lasts whole days (`date`, `YYYY-MM-DD`). */
export interface CalendarEvent {
  /** The title. An event may have none. */
  readonly summary?: string;
  readonly start: { readonly dateTime?: string; readonly date?: string };
}

export interface Agenda {
  /** The time zone of the calendar, such as `Europe/London`. */
  readonly timeZone: string;
  readonly items: readonly CalendarEvent[];
}

/**
 * Returns the next 20 events of the user's primary calendar. See
 * https://developers.google.com/calendar/api/v3/reference/events/list.
 */
export async function listEvents(
  auth: GoogleAuth,
  { api = "https://www.googleapis.com/calendar/v3", from }: { readonly api?: string | undefined; readonly from: Date },
): Promise<Agenda> {
  const query = new URLSearchParams({
    timeMin: from.toISOString(),
    maxResults: "20",
    singleEvents: "true",
    orderBy: "startTime",
  });
  const response = await auth.fetch(`${api}/calendars/primary/events?${query.toString()}`, {
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`The Calendar API responded with ${response.status}`);
  return (await response.json()) as Agenda;
}
