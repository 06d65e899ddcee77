import type { Exchange } from "../http/exchange.ts";
import type { EmulatorClient } from "../options/client.ts";
import { OAuthError } from "../protocol/oauth-error.ts";
import type { Google } from "../state/google.ts";
import { findClient } from "./find-client.ts";

interface Credentials {
  readonly id: string;
  readonly secret: string;
}

/** Accepts `client_secret_post` or `client_secret_basic`, never both (RFC 6749 section 2.3). */
export function authenticateClient(google: Google, exchange: Exchange): EmulatorClient {
  const { id, secret } = basicCredentials(exchange) ?? postedCredentials(exchange);
  const client = findClient(google, id);
  if (secret !== client.clientSecret) throw new OAuthError(401, "invalid_client", "Unauthorized");
  return client;
}

function postedCredentials({ form }: Exchange): Credentials {
  const id = form.get("client_id");
  const secret = form.get("client_secret");
  if (!id) throw new OAuthError(400, "invalid_request", "Could not determine client ID from request.");
  if (!secret) throw new OAuthError(400, "invalid_request", "client_secret is missing.");
  return { id, secret };
}

function basicCredentials({ headers, form }: Exchange): Credentials | undefined {
  const encoded = /^Basic +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [id = "", secret = ""] = Buffer.from(encoded, "base64").toString("utf8").split(":", 2);
  const credentials = { id: formDecoded(id), secret: formDecoded(secret) };
  // Unconfirmed: that Google rejects this. The RFC forbids two sets of credentials.
  if (form.has("client_secret") || (form.has("client_id") && form.get("client_id") !== credentials.id)) {
    throw new OAuthError(400, "invalid_request", "The request contains two sets of client credentials.");
  }
  return credentials;
}

/** The client ID and the secret are form-encoded before they are joined (RFC 6749 section 2.3.1). */
function formDecoded(text: string): string {
  return new URLSearchParams(`v=${text}`).get("v") ?? "";
}
