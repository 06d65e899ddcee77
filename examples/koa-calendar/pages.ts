import type { VerifiedUser } from "@scopegate/koa";
import type { Agenda, CalendarEvent } from "./calendar.ts";

/** The start page: who is there, and what they can do. */
export function homePage(user: VerifiedUser | undefined, hasCalendar: boolean): string {
  if (user === undefined) {
    return page(
      "Calendar on Koa",
      `<p>See what comes next on your Google calendar. Signing in tells this app who you are, and nothing else.</p>
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

/** What comes next, in the calendar's own time zone. */
export function agendaPage({ items, timeZone }: Agenda): string {
  const rows = items.map(
    (event) => `<li>${whenOf(event, timeZone)}: ${escape(event.summary ?? "Without a title")}</li>`,
  );
  return page(
    "What comes next",
    `${rows.length === 0 ? "<p>There is nothing on your calendar.</p>" : `<ul>${rows.join("")}</ul>`}
    <p>Times are those of ${escape(timeZone)}. <a href="/">Back to the start page</a></p>`,
  );
}

export function failurePage(): string {
  return page(
    "That did not work",
    `<p>Nothing of yours was changed. Please try again in a moment.</p>
    <p><a class="button" href="/">Back to the start page</a></p>`,
  );
}

function whenOf({ start }: CalendarEvent, timeZone: string): string {
  const day = { weekday: "long", day: "numeric", month: "long" } as const;
  // A whole day has no time zone: read as UTC, and shown as that, it stays the day that it is.
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
