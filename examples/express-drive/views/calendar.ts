import { CALENDAR } from "../features.ts";
import type { Agenda, CalendarEvent, EventTime } from "../google-apis.ts";
import { html } from "./html.ts";
import type { Markup } from "./html.ts";
import { layout } from "./layout.ts";
import type { PageContext } from "./layout.ts";

export function calendarPage(context: PageContext, agenda: Agenda): string {
  return layout(
    context,
    CALENDAR.name,
    html`<h1>${CALENDAR.name}</h1>
      ${agenda.events.length === 0 ? empty() : days(agenda)}`,
  );
}

function days({ events, timeZone }: Agenda): Markup {
  const byDay = Map.groupBy(events, ({ start }) => dayOf(start, timeZone));
  return html`<p class="quiet">Your next events. Times are in the time zone ${timeZone}.</p>
    ${[...byDay].map(
      ([day, ofDay]) =>
        html`<section class="day">
          <h2>${day}</h2>
          <ul class="rows">
            ${ofDay.map((event) => eventRow(event, timeZone))}
          </ul>
        </section> `,
    )}`;
}

function eventRow({ summary, start, end }: CalendarEvent, timeZone: string): Markup {
  const hours =
    start.dateTime === undefined || end.dateTime === undefined
      ? "All day"
      : `${timeOf(start.dateTime, timeZone)} to ${timeOf(end.dateTime, timeZone)}`;
  return html`<li><span class="time">${hours}</span><span class="title">${summary ?? "(No title)"}</span></li> `;
}

function empty(): Markup {
  return html`<div class="empty">
    <p><strong>Your calendar has no upcoming events.</strong></p>
    <p class="quiet">Create an event in Google Calendar, and then reload this page.</p>
    <p class="actions"><a class="button" href="/">Back to the start page</a></p>
  </div>`;
}

/** Formats the day of an event. A date has no time zone. It is parsed and formatted in UTC, so that it stays the same day. */
function dayOf({ dateTime, date }: EventTime, timeZone: string): string {
  const format = { weekday: "long", day: "numeric", month: "long" } as const;
  return dateTime === undefined
    ? new Date(`${date}T00:00:00Z`).toLocaleDateString("en-GB", { ...format, timeZone: "UTC" })
    : new Date(dateTime).toLocaleDateString("en-GB", { ...format, timeZone });
}

function timeOf(dateTime: string, timeZone: string): string {
  return new Date(dateTime).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone });
}
