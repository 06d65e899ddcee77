import { isIPv4 } from "node:net";
import type { HttpResponse } from "../http/responses.ts";

/** Decides by the `Host` header whether a server responds to a request. */
export type ServesHost = (host: string | undefined) => boolean;

/** The names under which Google's libraries look for the metadata server: its name, its IPv4 and its IPv6 address. */
const METADATA_HOSTS = new Set(["metadata.google.internal", "169.254.169.254", "[fd20:ce::254]"]);

/**
 * Whether a `Host` header names this machine: `localhost` and names below it (RFC 6761 section 6.3), 127.0.0.0/8 and
 * `[::1]`, with any port.
 *
 * Listening on a loopback address is not enough. The owner of a website can let its name point to 127.0.0.1 (DNS
 * rebinding). The user's browser then sends requests of that website here, and its script may read the responses.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  const name = nameIn(host);
  if (name === "localhost" || name === "[::1]") return true;
  return name.endsWith(".localhost") || (isIPv4(name) && name.startsWith("127."));
}

/** As {@link isLoopbackHost}, and also for the names of Google's metadata server, which no website can own. */
export function isMetadataHost(host: string | undefined): boolean {
  return isLoopbackHost(host) || METADATA_HOSTS.has(nameIn(host));
}

/** The response to a request for another host. */
export function refuseHost(host: string | undefined): HttpResponse {
  const named = host === undefined || host === "" ? "names no host" : `names the host ${JSON.stringify(host)}`;
  return {
    status: 403,
    headers: {
      "cache-control": "no-store",
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
    },
    body: `The emulator responds only to requests for localhost, 127.0.0.1 or [::1], and this request ${named}. Use the address that the emulator printed or returned at its start.\n`,
  };
}

/** The name in a `Host` header, in lower case and without port and final dot. Empty if the header has another form. */
function nameIn(host = ""): string {
  const [, name = ""] = /^([\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?$/i.exec(host) ?? [];
  return name.toLowerCase().replace(/\.$/, "");
}
