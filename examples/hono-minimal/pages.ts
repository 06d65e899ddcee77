import type { VerifiedUser } from "@scopegate/hono";
import { html } from "hono/html";

type Html = ReturnType<typeof html>;

export function startPage(user: VerifiedUser | undefined): Html {
  if (user === undefined) {
    return page("Files on Hono", html`<p><a class="button" href="/files">See your files</a></p>`);
  }
  return page(
    "Files on Hono",
    html`<p>You are signed in as ${user.email ?? user.sub}.</p>
      <p><a class="button" href="/files">See your files</a></p>
      <form method="post" action="/signout?return_to=/"><button>Sign out</button></form>
      <form method="post" action="/revoke?return_to=/"><button>Disconnect from Google</button></form>`,
  );
}

export function filesPage(names: readonly string[]): Html {
  const list = html`<ul>
    ${names.map((name) => html`<li>${name}</li>`)}
  </ul>`;
  return page(
    "Your files",
    html`${names.length === 0 ? html`<p>There are no files in your Drive yet.</p>` : list}
      <p><a href="/">Back to the start page</a></p>`,
  );
}

export function failurePage(): Html {
  return page(
    "Something went wrong",
    html`<p>Your files could not be shown. Please try again in a moment.</p>
      <p><a href="/">Back to the start page</a></p>`,
  );
}

function page(title: string, content: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${title}</title>
      <style>
        :root {
          color-scheme: light dark;
          font:
            1rem/1.6 system-ui,
            sans-serif;
        }
        body {
          max-width: 36rem;
          margin: 3rem auto;
          padding: 0 1rem;
        }
        form {
          display: inline;
        }
        button,
        .button {
          font: inherit;
          padding: 0.5rem 1rem;
          border: 1px solid;
          border-radius: 0.4rem;
          color: inherit;
          background: none;
          text-decoration: none;
          cursor: pointer;
        }
      </style>
      <main>
        <h1>${title}</h1>
        ${content}
      </main>
    </html>`;
}
