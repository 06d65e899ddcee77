import type { HttpResponse } from "../http/responses.ts";
import type { EmulatorClient } from "../options/client.ts";
import { paths } from "../protocol/paths.ts";
import type { Google } from "../state/google.ts";
import { html, type Markup } from "./html.ts";
import { page } from "./layout.ts";

/** `GET /`: lists the accounts and clients of the emulator, for developers. */
export function homePage({ url, directory }: Google): HttpResponse {
  const content = html`<h1>Local accounts</h1>
    <p>This emulator serves Google's OAuth 2.0 endpoints on this machine. Start the sign-in from your app.</p>
    <h2>Accounts</h2>
    <ul>
      ${directory.users.map((user) => html`<li>${user.name} <span class="quiet">${user.email}</span></li>`)}
    </ul>
    <h2>Clients</h2>
    ${directory.clients.map(clientDetails)}
    <p class="quiet">Discovery: <a href="${paths.discovery}">${url}${paths.discovery}</a></p>`;
  return page(200, "home", "Local accounts", content);
}

function clientDetails(client: EmulatorClient): Markup {
  return html`<dl>
    <dt>Client ID</dt>
    <dd><code>${client.clientId}</code></dd>
    <dt>Redirect URIs</dt>
    ${client.redirectUris.map((uri) => html`<dd><code>${uri}</code></dd>`)}
  </dl>`;
}
