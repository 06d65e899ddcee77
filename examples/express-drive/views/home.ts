import { DRIVE, FEATURES } from "../features.ts";
import type { Feature } from "../features.ts";
import { accountsSection } from "./accounts.ts";
import type { ListedAccount } from "./accounts.ts";
import { html } from "./html.ts";
import type { Markup } from "./html.ts";
import { APP_NAME, initials, layout } from "./layout.ts";
import type { PageContext, Person } from "./layout.ts";

/** The content of the start page. */
export interface Home {
  /** A message about the user's last action. */
  readonly notice: string | undefined;
  readonly hasScope: (scope: string) => boolean;
  /** The user is signed in, but the access to their Google account has ended. */
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
    <h1>See your Drive files and your calendar</h1>
    <p class="lead">
      This app asks for access to one feature at a time, when you open that feature. If you do not allow it, only that
      feature stays off.
    </p>
    <p class="actions">
      <a class="button primary" href="${authorizeHref({})}">Sign in with Google</a>
      <a class="button" href="${authorizeHref({ scopes: FEATURES })}">Sign in and choose features</a>
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
    <h2>This app no longer has access to your Google account</h2>
    <p>
      The access was removed in your Google account, or it expired. You are still signed in here. Open a feature, and
      Google asks for your consent again.
    </p>
  </section>`;
}

function features({ hasScope, disconnected }: Home): Markup {
  return html`<section>
    <h2 id="features">Features</h2>
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

/** The last part of a scope's name. Narrow screens may break it after a dot. */
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
          Google asks you to ${signedIn ? "allow" : "sign in and to allow"} access to Drive, and you come back to your
          files. Google does not ask for access that you have already allowed.
        </p>
      </li>
      ${
        signedIn &&
        html`<li>
          <a class="button" href="${authorizeHref({ scopes: FEATURES, prompt: "consent" })}">Choose features again</a>
          <p>Google shows a checkbox for each feature. If you clear one, that feature stays off.</p>
        </li>`
      }
    </ul>
  </section>`;
}

function account(local: boolean): Markup {
  return html`<section>
    <h2>Sign out or disconnect</h2>
    <ul class="choices">
      <li>
        <a class="button" href="/revoke">Revoke access</a>
        <p>Google ends the access of this app to the account that you signed in with, and you are signed out.</p>
      </li>
      <li>
        <a class="button" href="/signout">Sign out</a>
        <p>You are signed out in this browser. The access that you allowed at Google stays in place.</p>
      </li>
      <li>
        <form method="post" action="/clear">
          <button class="button" type="submit">Clear this app’s session</button>
        </form>
        <p>
          This app deletes its session without a confirmation page. The access that you allowed at Google stays in
          place.
        </p>
      </li>
      ${
        local &&
        html`<li>
          <form method="post" action="/local-google/remove-access">
            <button class="button" type="submit">Remove access at the local Google</button>
          </form>
          <p>
            This simulates that you remove the app in your Google account. Google does not tell the app. Open Drive
            files afterwards.
          </p>
        </li>`
      }
    </ul>
  </section>`;
}

/** The address of Scopegate's route `/authorize`, which accepts only scopes that the app has declared. */
function authorizeHref(options: {
  readonly scopes?: readonly Feature[];
  readonly returnTo?: string;
  readonly prompt?: "consent";
}): string {
  const query = new URLSearchParams({ return_to: options.returnTo ?? "/" });
  if (options.scopes !== undefined) query.set("scope", options.scopes.map(({ scope }) => scope).join(" "));
  if (options.prompt !== undefined) query.set("prompt", options.prompt);
  return `/authorize?${query.toString()}`;
}
