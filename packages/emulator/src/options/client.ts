import { requireText } from "./require-text.ts";

/** An OAuth client, as it would be registered in the Google Cloud console. */
export interface EmulatorClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Matched exactly: scheme, case, port, path and trailing slash. */
  readonly redirectUris: readonly string[];
  /** Clients of one project share what a user granted. Default: a project of its own. */
  readonly projectId?: string;
  /** Shown on the consent page. Default: the client ID. */
  readonly name?: string;
  /** `"deleted"` and `"disabled"` make both endpoints answer with `deleted_client`, `disabled_client`. */
  readonly status?: "active" | "deleted" | "disabled";
  /** Limits the client to one Workspace domain: anybody else gets `org_internal`. */
  readonly organization?: string;
  /** `"testing"`: refresh tokens die after seven days, unless only sign-in scopes were granted. */
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

/** The project whose grant a client draws on. */
export function projectOf(client: EmulatorClient): string {
  return client.projectId ?? client.clientId;
}

/** @throws `TypeError` for a client that could not be registered. */
export function checkClient(client: EmulatorClient): EmulatorClient {
  requireText(client.clientId, "clientId");
  requireText(client.clientSecret, "clientSecret");
  for (const uri of client.redirectUris) requireRedirectUri(uri);
  return Object.freeze({ ...client, redirectUris: Object.freeze([...client.redirectUris]) });
}

function requireRedirectUri(uri: string): void {
  if (!URL.canParse(uri) || uri.includes("#")) {
    throw new TypeError(`"redirectUris" must be absolute URLs without a fragment, not "${uri}"`);
  }
}
