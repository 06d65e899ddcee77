import { type EmulatorUser, isOfDomain } from "../directory.ts";
import type { Google } from "../google.ts";
import type { Answer } from "../http/exchange.ts";
import { paths } from "../paths.ts";
import type { Interaction } from "./browsers.ts";
import { html, type Markup, page } from "./layout.ts";

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

/** A decoration beside the name, so not read out. */
export function initialsBadge(user: EmulatorUser): Markup {
  return html`<span class="initials" aria-hidden="true">${initials(user.name)}</span>`;
}

export function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== "");
  const ends = words.length > 1 ? [words[0]!, words.at(-1)!] : words;
  return ends.map((word) => word.slice(0, 1).toUpperCase()).join("");
}
