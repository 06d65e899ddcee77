import type { HttpResponse } from "../http/responses.ts";
import { projectOf } from "../options/client.ts";
import type { EmulatorUser } from "../options/user.ts";
import { paths } from "../protocol/paths.ts";
import { signInScopes } from "../protocol/scopes.ts";
import type { Interaction } from "../state/browsers.ts";
import type { Google } from "../state/google.ts";
import { html, type Markup } from "./html.ts";
import { initialsBadge } from "./initials.ts";
import { page } from "./layout.ts";
import { describeScope } from "./scope-texts.ts";

/**
 * Asks the user for the scopes in `needed`. Each scope has a checkbox, except for the sign-in scopes, which the user
 * grants by continuing. A single checkbox is ticked at first, several are not. For sign-in scopes alone, the page has
 * no checkbox, and its button is "Continue".
 */
export function consentPage(
  google: Google,
  interaction: Interaction,
  user: EmulatorUser,
  needed: ReadonlySet<string>,
): HttpResponse {
  const { client, scopes } = interaction.request;
  const app = client.name ?? client.clientId;
  const boxes = [...needed.difference(signInScopes)];
  const signIn = [...needed].some((scope) => signInScopes.has(scope));
  const earlier = [...google.grants.granted(user.sub, projectOf(client)).difference(signInScopes)].filter(
    (scope) => !needed.has(scope),
  );
  const title = boxes.length > 0 ? `${app} wants access to your account` : `Sign in to ${app}`;
  const content = html`<h1>${title}</h1>
    ${account(interaction, user)}
    <form method="post" action="${paths.decision}">
      <input type="hidden" name="interaction" value="${interaction.id}" />
      <input type="hidden" name="account" value="${user.sub}" />
      ${signIn && html`<p>If you continue, ${app} can see ${signInText(scopes)}.</p>`}
      ${boxes.length > 0 && checkboxes(app, boxes)}
      ${earlier.length > 0 && html`<p class="quiet">You gave ${app} access before: ${earlier.map(describeScope).join("; ")}.</p>`}
      <div class="actions">
        <button class="button" name="decision" value="cancel">Cancel</button>
        <button class="button primary" name="decision" value="allow">${boxes.length > 0 ? "Allow" : "Continue"}</button>
      </div>
    </form>`;
  return page(200, "consent", title, content);
}

function account(interaction: Interaction, user: EmulatorUser): Markup {
  return html`<div class="who">
    ${initialsBadge(user)}
    <span>${user.name} <span class="quiet">${user.email}</span></span>
    <form method="post" action="${paths.choice}">
      <input type="hidden" name="interaction" value="${interaction.id}" />
      <button class="button small" name="account" value="">Switch account</button>
    </form>
  </div>`;
}

function signInText(scopes: ReadonlySet<string>): string {
  const parts = [...signInScopes].filter((scope) => scope !== "openid" && scopes.has(scope));
  const seen = parts.map((scope) => describeScope(scope).replace("See ", ""));
  return seen.length > 0 ? seen.join(" and ") : "who you are";
}

function checkboxes(app: string, scopes: readonly string[]): Markup {
  const ticked = scopes.length === 1;
  return html`<fieldset>
    <legend>Select what ${app} can access</legend>
    ${scopes.map((scope) => checkbox(scope, ticked))}
  </fieldset>`;
}

function checkbox(scope: string, ticked: boolean): Markup {
  const text = describeScope(scope);
  return html`<label class="scope"
    ><input type="checkbox" name="scope" value="${scope}" ${ticked && html` checked`} />
    <span>${text} ${text !== scope && html`<span class="quiet">${scope}</span>`}</span></label
  > `;
}
