import type { VerifiedUser } from "@scopegate/koa";
import type { Agenda, CalendarEvent } from "./calendar.ts";

/** The start page, with the links and forms for a visitor or for the signed-in user. */
export function homePage(user: VerifiedUser | undefined, hasCalendar: boolean): string {
  if (user === undefined) {
    return page(
      "Calendar on Koa",
      `<p>This app shows the next events in your Google Calendar. When you sign in, it sees only your name, e-mail address
      and profile picture. It asks for access to your calendar when you open it.</p>
      <p><a class="button" href="/authorize?return_to=/">Sign in with Google</a></p>`,
    );
  }
  return page(
    "Calendar on Koa",
    `<p>You are signed in as ${escape(user.email ?? user.sub)}.</p>
    <p><a class="button" href="/calendar">${hasCalendar ? "Open your calendar" : "Connect your calendar"}</a></p>
    <form method="post" action="/signout?return_to=/"><button>Sign out</button></form>
    <form method="post" action="/revoke?return_to=/"><button>Disconnect from Google</button></form>`,
  );
}

/** The next events, in the time zone of the calendar. */
export function agendaPage({ items, timeZone }: Agenda): string {
  const rows = items.map((event) => `<li>${whenOf(event, timeZone)}: ${escape(event.summary ?? "(No title)")}</li>`);
  return page(
    "Your next events",
    `${rows.length === 0 ? "<p>Your calendar has no upcoming events.</p>" : `<ul>${rows.join("")}</ul>`}
    <p>Times are in the time zone ${escape(timeZone)}. <a href="/">Back to the start page</a></p>`,
  );
}

export function failurePage(): string {
  return page(
    "Something went wrong",
    `<p>This page could not be shown. Please try again in a moment.</p>
    <p><a class="button" href="/">Back to the start page</a></p>`,
  );
}

function whenOf({ start }: CalendarEvent, timeZone: string): string {
  const day = { weekday: "long", day: "numeric", month: "long" } as const;
  // A date has no time zone. It is parsed and formatted in UTC, so that it stays the same day.
  return start.dateTime === undefined
    ? new Date(`${start.date}T00:00:00Z`).toLocaleDateString("en-GB", { ...day, timeZone: "UTC" })
    : new Date(start.dateTime).toLocaleString("en-GB", { ...day, hour: "2-digit", minute: "2-digit", timeZone });
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title}</title>
  <style>
    :root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif; }
    body { max-width: 36rem; margin: 3rem auto; padding: 0 1rem; }
    form { display: inline; }
    button, .button { font: inherit; padding: .5rem 1rem; border: 1px solid; border-radius: .4rem; color: inherit; background: none; text-decoration: none; cursor: pointer; }
  </style>
  <main>
    <h1>${title}</h1>
    ${content}
  </main>
</html>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
