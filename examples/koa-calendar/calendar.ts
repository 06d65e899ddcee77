import type { GoogleAuth } from "@scopegate/koa";

/** An event: a moment, or a whole day (`date`, `YYYY-MM-DD`). */
export interface CalendarEvent {
  /** Events can be without a title. */
  readonly summary?: string;
  readonly start: { readonly dateTime?: string; readonly date?: string };
}

export interface Agenda {
  /** The calendar's own, such as `Europe/London`. */
  readonly timeZone: string;
  readonly items: readonly CalendarEvent[];
}

/** What comes next on the user's own calendar. See https://developers.google.com/calendar/api/v3/reference/events/list. */
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
  const answer = await auth.fetch(`${api}/calendars/primary/events?${query.toString()}`, {
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`The Calendar API answered ${answer.status}`);
  return (await answer.json()) as Agenda;
}
