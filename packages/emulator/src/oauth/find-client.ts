import type { EmulatorClient } from "../options/client.ts";
import { Refusal } from "../protocol/refusal.ts";
import type { Google } from "../state/google.ts";

/**
 * The client of this ID, for the authorization and the token endpoint.
 *
 * @throws {@link Refusal} where there is none, or it was deleted or disabled.
 */
export function findClient(google: Google, clientId: string): EmulatorClient {
  const client = google.directory.client(clientId);
  if (!client) throw new Refusal(401, "invalid_client", "The OAuth client was not found.");
  const { status } = client;
  if (status === "deleted" || status === "disabled") {
    throw new Refusal(401, `${status}_client`, `The OAuth client was ${status}.`);
  }
  return client;
}
