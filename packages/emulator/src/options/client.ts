import { requireText } from "./require-text.ts";

/**
 * An OAuth client, as you would register it in the Google Cloud console.
 *
 * @example
 * ```ts
 * const client: EmulatorClient = {
 *   clientId: "app",
 *   clientSecret: "secret",
 *   redirectUris: ["http://localhost:3000/oauth2callback"],
 * };
 * ```
 */
export interface EmulatorClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /**
   * The registered redirect URIs: absolute URLs without a fragment. The `redirect_uri` of a request must equal one of
   * them exactly, including scheme, letter case, port, path and trailing slash. Otherwise the emulator shows
   * `redirect_uri_mismatch`.
   */
  readonly redirectUris: readonly string[];
  /** The Cloud project. Clients of one project share the scopes that a user granted. Default: a project of its own. */
  readonly projectId?: string;
  /** The app's name on the consent page. Default: the client ID. */
  readonly name?: string;
  /**
   * Default `"active"`. With `"deleted"` or `"disabled"`, the authorization endpoint and the token endpoint respond
   * with `deleted_client` or `disabled_client`.
   */
  readonly status?: "active" | "deleted" | "disabled";
  /**
   * The only Workspace domain whose accounts may use this client. Other accounts get `org_internal`. Default: any
   * account.
   */
  readonly organization?: string;
  /**
   * The publishing status of the consent screen. Default `"production"`. With `"testing"`, refresh tokens expire after
   * seven days, unless the user granted sign-in scopes only.
   */
  readonly publishingStatus?: "testing" | "production";
}

export const defaultClients: readonly EmulatorClient[] = [
  {
    clientId: "scopegate-local.apps.googleusercontent.com",
    clientSecret: "scopegate-local-secret",
    redirectUris: ["http://localhost:3000/oauth2callback"],
    projectId: "scopegate-local",
    name: "Local app",
  },
];

/** The project whose grants this client shares. */
export function projectOf(client: EmulatorClient): string {
  return client.projectId ?? client.clientId;
}

/**
 * Returns a frozen copy of the client.
 *
 * @throws `TypeError` if a member is missing or invalid.
 */
export function checkClient(client: EmulatorClient): EmulatorClient {
  requireText(client.clientId, '"clientId" of a client');
  requireText(client.clientSecret, '"clientSecret" of a client');
  for (const uri of client.redirectUris) requireRedirectUri(uri);
  return Object.freeze({ ...client, redirectUris: Object.freeze([...client.redirectUris]) });
}

function requireRedirectUri(uri: string): void {
  if (!URL.canParse(uri) || uri.includes("#")) {
    throw new TypeError(
      `"redirectUris" of a client must contain absolute URLs without a fragment, such as http://localhost:3000/oauth2callback. "${uri}" is not one.`,
    );
  }
}
