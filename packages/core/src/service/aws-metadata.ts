import type { HttpClient } from "../google/http-client.ts";
import { unavailable } from "./subject-token.ts";

/** The addresses of AWS's metadata server. Without `allowedHosts`, credentials are read from these only. */
const METADATA_HOSTS: readonly string[] = ["169.254.169.254", "[fd00:ec2::254]"];

/**
 * The metadata server of a machine on AWS:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 */
export class AwsMetadata {
  readonly #request: HttpClient;
  readonly #sessionUrl: string | undefined;
  #sessionToken: string | undefined;

  /** @param sessionUrl - address of the session token that the server requires in IMDSv2; `undefined`: IMDSv1 */
  constructor(request: HttpClient, sessionUrl: string | undefined) {
    this.#request = request;
    this.#sessionUrl = sessionUrl;
  }

  /** @throws AuthError `subject_token_unavailable`, `temporarily_unavailable` */
  async read(url: string): Promise<string> {
    if (this.#sessionUrl !== undefined && this.#sessionToken === undefined) {
      this.#sessionToken = await this.#send(this.#sessionUrl, "PUT", { "x-aws-ec2-metadata-token-ttl-seconds": "300" });
    }
    const token = this.#sessionToken;
    return this.#send(url, "GET", token === undefined ? {} : { "x-aws-ec2-metadata-token": token });
  }

  async #send(url: string, method: "GET" | "PUT", headers: Readonly<Record<string, string>>): Promise<string> {
    const response = await this.#request({ url, method, headers, replay: "safe" });
    if (response.status !== 200)
      throw unavailable(`AWS's metadata server responded with HTTP ${response.status} to ${url}`);
    return response.body.trim();
  }
}

/**
 * Checks an address of the metadata server in a configuration.
 * @param name - how errors name the field
 * @throws TypeError for another host
 */
export function checkMetadataUrl(
  url: string | undefined,
  name: string,
  allowedHosts: readonly string[],
): string | undefined {
  if (url === undefined) return undefined;
  const host = URL.canParse(url) ? new URL(url).host : "";
  if (METADATA_HOSTS.includes(host) || allowedHosts.includes(host)) return url;
  throw new TypeError(
    `${name} must be an address of AWS's metadata server, ${METADATA_HOSTS.join(" or ")}; if you trust another host with AWS credentials, add it to \`allowedHosts\``,
  );
}
