import type { Answer } from "../http/responses.ts";
import { type EmulatorUser, isOfDomain } from "../options/user.ts";
import { paths } from "../protocol/paths.ts";
import type { Interaction } from "../state/browsers.ts";
import type { Google } from "../state/google.ts";
import { html, type Markup } from "./html.ts";
import { initialsBadge } from "./initials.ts";
import { page } from "./layout.ts";

/** The account chooser. `hd` narrows it, which is a hint and no more: everybody is one click away. */
export function accountsPage(
  google: Google,
  interaction: Interaction,
  { everybody = false }: { readonly everybody?: boolean } = {},
): Answer {
  const { request, browser } = interaction;
  const { users } = google.directory;
  const fitting = everybody ? users : users.filter((user) => isOfDomain(user, request.hostedDomain));
  const hinted = google.directory.findUser(request.loginHint ?? "");
  const first = fitting.filter((user) => user === hinted);
  const others = fitting.filter((user) => user !== hinted);
  const app = request.client.name ?? request.client.clientId;
  const content = html`<h1>Choose an account</h1>
    <p class="quiet">to continue to <strong>${app}</strong></p>
    <form method="post" action="${paths.choice}">
      <input type="hidden" name="interaction" value="${interaction.id}" />
      <ul class="accounts">
        ${[...first, ...others].map((user) => accountItem(user, browser.accounts.includes(user.sub)))}
      </ul>
      ${
        fitting.length < users.length &&
        html`<p class="quiet">
            Only accounts of ${request.hostedDomain === "*" ? "a Workspace domain" : request.hostedDomain} are listed.
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
