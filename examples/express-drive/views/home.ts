import { DRIVE, FEATURES } from "../features.ts";
import type { Feature } from "../features.ts";
import { accountsSection } from "./accounts.ts";
import type { ListedAccount } from "./accounts.ts";
import { html } from "./html.ts";
import type { Markup } from "./html.ts";
import { APP_NAME, initials, layout } from "./layout.ts";
import type { PageContext, Person } from "./layout.ts";

/** What the start page shows. */
export interface Home {
  /** Something that has just happened. */
  readonly notice: string | undefined;
  readonly hasScope: (scope: string) => boolean;
  /** Google no longer gives access, though the user is still signed in here. */
  readonly disconnected: boolean;
  readonly accounts: readonly ListedAccount[];
}

export function homePage(context: PageContext, home: Home): string {
  const { user } = context;
  return layout(
    context,
    APP_NAME,
    html`${home.notice !== undefined && html`<p class="notice" role="status">${home.notice}</p>`}
    ${user === undefined ? welcome() : greeting(user)} ${home.disconnected && reconnect()} ${features(home)}
    ${user !== undefined && accountsSection(home.accounts)} ${tryOut(user !== undefined)}
    ${user !== undefined && account(context.localGoogle !== undefined)}`,
  );
}

function welcome(): Markup {
  return html`<section class="hero">
    <h1>Your files and your calendar, when you ask for them</h1>
    <p class="lead">
      This app asks Google for one thing at a time, at the moment that you use it. Whatever you leave out stays switched
      off; the rest works.
    </p>
    <p class="actions">
      <a class="button primary" href="${authorizeHref({})}">Sign in with Google</a>
      <a class="button" href="${authorizeHref({ scopes: FEATURES })}">Sign in and choose what to share</a>
    </p>
  </section>`;
}

function greeting(user: Person): Markup {
  return html`<section class="person">
    ${initials(user)}
    <div>
      <h1>Hello, ${user.name}</h1>
      <p class="quiet">${user.email === undefined ? "Signed in with Google" : `Signed in as ${user.email}`}</p>
    </div>
  </section>`;
}

function reconnect(): Markup {
  return html`<section class="notice warning">
    <h2>Google no longer gives this app access</h2>
    <p>
      It was removed at your Google account, or it has expired. You are still signed in here; open a feature, and Google
      will ask you anew.
    </p>
  </section>`;
}

function features({ hasScope, disconnected }: Home): Markup {
  return html`<section>
    <h2 id="features">What you can do here</h2>
    <table aria-labelledby="features">
      <thead>
        <tr>
          <th scope="col">Feature</th>
          <th scope="col">Access</th>
        </tr>
      </thead>
      <tbody>
        ${FEATURES.map((feature) => featureRow(feature, hasScope(feature.scope) && !disconnected))}
      </tbody>
    </table>
  </section>`;
}

function featureRow({ name, path, scope, text }: Feature, granted: boolean): Markup {
  return html`<tr>
    <th scope="row">${name}<span class="quiet">${text}</span><code>${breakable(scope)}</code></th>
    <td>
      <span class="badge ${granted ? "on" : "off"}">${granted ? "Granted" : "Not granted"}</span>
      <a class="button small" href="${path}"
        >${granted ? "Open" : "Allow"}<span class="visually-hidden"> ${name}</span></a
      >
    </td>
  </tr>`;
}

/** The scope's own part of its name, which narrow screens may break after a dot. */
function breakable(scope: string): Markup[] {
  const parts = scope.slice(scope.lastIndexOf("/") + 1).split(/(?<=\.)/);
  return parts.map((part) => html`${part}<wbr />`);
}

function tryOut(signedIn: boolean): Markup {
  return html`<section>
    <h2>Try it out</h2>
    <ul class="choices">
      <li>
        <a class="button" href="${authorizeHref({ scopes: [DRIVE], returnTo: DRIVE.path })}">Test the flow</a>
        <p>
          Goes to Google and asks for ${signedIn ? "Drive" : "sign-in and Drive in one go"}, then comes back to your
          files. What is granted already is not asked for again.
        </p>
      </li>
      ${
        signedIn &&
        html`<li>
          <a class="button" href="${authorizeHref({ scopes: FEATURES, prompt: "consent" })}"
            >Choose again what to share</a
          >
          <p>Google shows a box for each feature. Leave one empty, and see what becomes of it.</p>
        </li>`
      }
    </ul>
  </section>`;
}

function account(local: boolean): Markup {
  return html`<section>
    <h2>Leave</h2>
    <ul class="choices">
      <li>
        <a class="button" href="/revoke">Revoke access</a>
        <p>Google forgets all that the account you signed in with allowed this app, and you are signed out.</p>
      </li>
      <li>
        <a class="button" href="/signout">Sign out</a>
        <p>Here, in this browser. What you allowed at Google stays allowed.</p>
      </li>
      <li>
        <form method="post" action="/clear">
          <button class="button" type="submit">Clear (this app’s session only)</button>
        </form>
        <p>This app forgets this browser and asks nobody. Google still remembers your consent.</p>
      </li>
      ${
        local &&
        html`<li>
          <form method="post" action="/local-google/remove-access">
            <button class="button" type="submit">Remove access at local Google</button>
          </form>
          <p>As if you had done it in your Google account: nobody tells this app. Open Drive afterwards.</p>
        </li>`
      }
    </ul>
  </section>`;
}

/** Scopegate's own route: it takes scopes that the app has declared, and nothing else. */
function authorizeHref(ask: {
  readonly scopes?: readonly Feature[];
  readonly returnTo?: string;
  readonly prompt?: "consent";
}): string {
  const query = new URLSearchParams({ return_to: ask.returnTo ?? "/" });
  if (ask.scopes !== undefined) query.set("scope", ask.scopes.map(({ scope }) => scope).join(" "));
  if (ask.prompt !== undefined) query.set("prompt", ask.prompt);
  return `/authorize?${query.toString()}`;
}
