import type { HttpResponse } from "../http/responses.ts";
import { type EmulatorUser, isOfDomain } from "../options/user.ts";
import { paths } from "../protocol/paths.ts";
import type { Interaction } from "../state/browsers.ts";
import type { Google } from "../state/google.ts";
import { html, type Markup } from "./html.ts";
import { initialsBadge } from "./initials.ts";
import { page } from "./layout.ts";

/** The account chooser. `hd` narrows the list. It is only a hint, so a button leads to all accounts. */
export function accountsPage(
  google: Google,
  interaction: Interaction,
  { showAll = false }: { readonly showAll?: boolean } = {},
): HttpResponse {
  const { request, browser } = interaction;
  const { users } = google.directory;
  const listed = showAll ? users : users.filter((user) => isOfDomain(user, request.hostedDomain));
  const hinted = google.directory.findUser(request.loginHint ?? "");
  const first = listed.filter((user) => user === hinted);
  const others = listed.filter((user) => user !== hinted);
  const app = request.client.name ?? request.client.clientId;
  const content = html`<h1>Choose an account</h1>
    <p class="quiet">to continue to <strong>${app}</strong></p>
    <form method="post" action="${paths.choice}">
      <input type="hidden" name="interaction" value="${interaction.id}" />
      <ul class="accounts">
        ${[...first, ...others].map((user) => accountItem(user, browser.accounts.includes(user.sub)))}
      </ul>
      ${
        listed.length < users.length &&
        html`<p class="quiet">
            This list shows only accounts of
            ${request.hostedDomain === "*" ? "Workspace domains" : request.hostedDomain}.
          </p>
          <div class="actions"><button class="button" name="account" value="">Use another account</button></div>`
      }
    </form>`;
  return page(200, "accounts", "Choose an account", content);
}

function accountItem(user: EmulatorUser, signedIn: boolean): Markup {
  return html`<li>
    <button class="account" name="account" value="${user.sub}">
      ${initialsBadge(user)}
      <span>${user.name} <span class="quiet">${user.email}</span></span>
      ${signedIn && html`<span class="quiet state">Signed in</span>`}
    </button>
  </li> `;
}
