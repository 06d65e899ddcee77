import { createHash } from "node:crypto";
import { json } from "../http/responses.ts";
import { paths } from "../protocol/paths.ts";
import { apiError } from "./api-errors.ts";
import { type ApiCall, type ApiMethod, countParameter } from "./api.ts";

const scope = (name: string) => `https://www.googleapis.com/auth/${name}`;
const service = "calendar-json.googleapis.com";
const hour = 3_600_000;
const day = 24 * hour;

/** Each event: title, days from today, hour of the day (UTC), length in hours. */
const seed = [
  ["Stand-up", 0, 9, 0.25],
  ["Lunch with Charles", 0, 12, 1],
  ["Review: analytical engine", 1, 14, 1.5],
  ["Dentist", 2, 8, 0.5],
  ["Train to London", 4, 17, 2],
] as const;

/** `GET /calendar/v3/calendars/primary/events` and `/calendar/v3/users/me/calendarList`. */
export const calendarMethods: readonly ApiMethod[] = [
  {
    path: `${paths.calendar}/calendars/primary/events`,
    name: "calendar.v3.Events.List",
    service,
    scopes: [
      "calendar",
      "calendar.readonly",
      "calendar.events",
      "calendar.events.readonly",
      "calendar.events.owned",
      "calendar.events.owned.readonly",
    ].map(scope),
    respond: listEvents,
  },
  {
    path: `${paths.calendar}/users/me/calendarList`,
    name: "calendar.v3.CalendarList.List",
    service,
    scopes: ["calendar", "calendar.readonly", "calendar.calendarlist", "calendar.calendarlist.readonly"].map(scope),
    respond: listCalendars,
  },
];

function listEvents({ google, user, query }: ApiCall) {
  const from = timeParameter(query, "timeMin", -Infinity);
  const to = timeParameter(query, "timeMax", Infinity);
  if (Number.isNaN(from) || Number.isNaN(to)) return apiError(400, "Bad Request", "badRequest");
  if (query.get("orderBy") === "startTime" && query.get("singleEvents") !== "true") {
    return apiError(400, "The requested ordering is not available for the particular query.", "badRequest");
  }
  const today = Math.floor(google.clock.now() / day) * day;
  const events = seed.map(([summary, days, at, hours]) => {
    const start = today + days * day + at * hour;
    const id = createHash("sha256").update(`${user.sub}/${summary}`).digest("hex").slice(0, 26);
    return { id, summary, start, end: start + hours * hour };
  });
  const count = countParameter(query, "maxResults", { usual: 250, most: 2500 });
  const items = events
    .filter(({ start, end }) => end > from && start < to)
    .slice(0, count)
    .map(({ id, summary, start, end }) => ({
      kind: "calendar#event",
      id,
      status: "confirmed",
      summary,
      creator: { email: user.email, self: true },
      organizer: { email: user.email, self: true },
      start: { dateTime: new Date(start).toISOString(), timeZone: "UTC" },
      end: { dateTime: new Date(end).toISOString(), timeZone: "UTC" },
      eventType: "default",
    }));
  const updated = new Date(today).toISOString();
  return json(200, {
    kind: "calendar#events",
    summary: user.email,
    updated,
    timeZone: "UTC",
    accessRole: "owner",
    items,
  });
}

/** Returns a time in RFC 3339 with an offset as milliseconds. Returns `NaN` for any other text. */
function timeParameter(query: URLSearchParams, name: string, absent: number): number {
  const text = query.get(name);
  if (text === null) return absent;
  return /T.*(?:Z|[+-]\d\d:\d\d)$/i.test(text) ? Date.parse(text) : NaN;
}

function listCalendars({ user }: ApiCall) {
  const mine = { kind: "calendar#calendarListEntry", timeZone: "UTC", accessRole: "owner" };
  return json(200, {
    kind: "calendar#calendarList",
    items: [
      { ...mine, id: user.email, summary: user.email, primary: true, selected: true },
      { ...mine, id: "holidays@group.v.calendar.google.com", summary: "Holidays", accessRole: "reader" },
    ],
  });
}
