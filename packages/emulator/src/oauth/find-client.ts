import type { EmulatorClient } from "../options/client.ts";
import { OAuthError } from "../protocol/oauth-error.ts";
import type { Google } from "../state/google.ts";

/**
 * Returns the client with this ID. The authorization endpoint and the token endpoint share its two errors.
 *
 * @throws {@link OAuthError} if there is no such client, or it was deleted or disabled.
 */
export function findClient(google: Google, clientId: string): EmulatorClient {
  const client = google.directory.client(clientId);
  if (!client) throw new OAuthError(401, "invalid_client", "The OAuth client was not found.");
  const { status } = client;
  if (status === "deleted" || status === "disabled") {
    throw new OAuthError(401, `${status}_client`, `The OAuth client was ${status}.`);
  }
  return client;
}
