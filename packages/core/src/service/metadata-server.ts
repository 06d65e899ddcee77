import { AuthError } from "../errors/auth-error.ts";
import { describeRefusal } from "../google/error-responses.ts";
import type { HttpResponse } from "../google/http-attempt.ts";
import type { HttpClient } from "../google/http-client.ts";
import { detectMetadataServer, METADATA_HEADER, ORIGIN_BY_NAME, parseDetectionMode } from "./metadata-detection.ts";
import type { Detection } from "./metadata-detection.ts";
import type { Environment } from "./options.ts";

/**
 * The server that gives a machine on Google Cloud its tokens and its own data:
 * https://cloud.google.com/compute/docs/metadata
 */
export class MetadataServer {
  readonly #request: HttpClient;
  readonly #origin: string;
  readonly #detection: Detection;
  #present: Promise<boolean> | undefined;

  /**
   * @param caller - the function that uses the server, for error messages
   * @throws TypeError for an environment variable that cannot be used
   */
  constructor(request: HttpClient, env: Environment, caller: string) {
    const host = env["GCE_METADATA_HOST"] || env["GCE_METADATA_IP"];
    const namedOrigin = host ? parseOrigin(host, caller) : undefined;
    this.#request = request;
    this.#origin = namedOrigin ?? ORIGIN_BY_NAME;
    this.#detection = { env, namedOrigin, mode: parseDetectionMode(env, caller) };
  }

  /**
   * Reads the text at a path below `/computeMetadata/v1/`.
   * @returns `undefined` if the server has nothing at this path
   * @throws AuthError `metadata_unavailable`, `metadata_refused`
   */
  async read(path: string): Promise<string | undefined> {
    const url = `${this.#origin}/computeMetadata/v1/${path}`;
    const response = await this.#get(url);
    // Any other host that responds at this address must not be trusted. The request contained no secret.
    if (response.header(METADATA_HEADER.name) !== METADATA_HEADER.value) {
      throw new AuthError("metadata_refused", {
        detail: `${new URL(url).host} responded with HTTP ${response.status} without the header Metadata-Flavor: Google, so it is not Google's metadata server`,
      });
    }
    if (response.status === 404) return undefined;
    if (response.status !== 200)
      throw new AuthError("metadata_refused", describeRefusal(response.status, response.body));
    return response.body;
  }

  /**
   * Returns whether there is a metadata server. `METADATA_SERVER_DETECTION` says how to find out. Only a positive result
   * is kept, because a server may still be starting.
   */
  async isPresent(): Promise<boolean> {
    this.#present ??= detectMetadataServer(this.#detection).then((present) => {
      if (!present) this.#present = undefined;
      return present;
    });
    return this.#present;
  }

  async #get(url: string): Promise<HttpResponse> {
    try {
      const headers = { [METADATA_HEADER.name]: METADATA_HEADER.value };
      return await this.#request({ url, headers, replay: "safe" });
    } catch (error) {
      const isUnusable = error instanceof AuthError && error.code === "invalid_response";
      throw new AuthError(isUnusable ? "metadata_refused" : "metadata_unavailable", {
        detail: (error as Error).message,
        cause: error,
      });
    }
  }
}

/** The value is not shown in the error: it may contain a password. */
function parseOrigin(host: string, caller: string): string {
  const address = /^https?:\/\//.test(host) ? host.replace(/\/+$/, "") : `http://${host}`;
  // Only a host is accepted, so that the origin of the parsed address is the whole address.
  if (!/^https?:\/\/[^/?#\\@\s]+$/.test(address) || !URL.canParse(address)) {
    throw new TypeError(
      `${caller}: GCE_METADATA_HOST must be a host such as metadata.google.internal or 127.0.0.1:8080, without a path and a user name; correct or unset the variable`,
    );
  }
  return new URL(address).origin;
}
