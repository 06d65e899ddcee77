import type { TokenSource } from "@scopegate/core/service";

export const CALENDAR = "https://www.googleapis.com/auth/calendar.events.readonly";

export interface CalendarEvent {
  /** Events can be without a title. */
  readonly summary?: string;
  /** A moment, or a whole day (`YYYY-MM-DD`). */
  readonly start: { readonly dateTime?: string; readonly date?: string };
}

/**
 * What comes next on the calendar of whom the source acts for. See
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
  const answer = await source.fetch(`${api}/calendars/primary/events?${query.toString()}`, {
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`The Calendar API answered ${answer.status}: ${await answer.text()}`);
  const { items = [] } = (await answer.json()) as { readonly items?: readonly CalendarEvent[] };
  return items;
}
