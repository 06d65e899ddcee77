import type { TokenSource } from "@scopegate/core/service";

export const CALENDAR = "https://www.googleapis.com/auth/calendar.events.readonly";

export interface CalendarEvent {
  /** An event may have no title. */
  readonly summary?: string;
  /** A time, or for events of a whole day a date (`YYYY-MM-DD`). */
  readonly start: { readonly dateTime?: string; readonly date?: string };
}

/**
 * Returns the next five events in the primary calendar of the user that the source acts for. See
 * https://developers.google.com/calendar/api/v3/reference/events/list.
 */
export async function listEvents(
  source: TokenSource,
  from: Date,
  api = "https://www.googleapis.com/calendar/v3",
): Promise<readonly CalendarEvent[]> {
  const query = new URLSearchParams({
    timeMin: from.toISOString(),
    maxResults: "5",
    singleEvents: "true",
    orderBy: "startTime",
  });
  const response = await source.fetch(`${api}/calendars/primary/events?${query.toString()}`, {
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`The Calendar API responded with ${response.status}: ${await response.text()}`);
  const { items = [] } = (await response.json()) as { readonly items?: readonly CalendarEvent[] };
  return items;
}
