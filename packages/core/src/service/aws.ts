import type { HttpClient } from "../google/http-client.ts";
import { parseObject } from "../google/untrusted-text.ts";
import { optionalText, requiredText } from "./credentials-file.ts";
import type { CredentialsFile } from "./credentials-file.ts";
import type { Environment } from "./options.ts";
import { unavailable } from "./subject-token.ts";
import type { SubjectTokenSupplier } from "./subject-token.ts";

/** The addresses of AWS's metadata server: the only ones that its credentials are read from. */
const METADATA_HOSTS: readonly string[] = ["169.254.169.254", "[fd00:ec2::254]"];
/** What a region looks like: whatever else is read in its place must not go on. */
const REGION = /^[a-z0-9-]{1,40}$/;
const VERIFICATION = /^https:\/\/sts\.(\{region\}|[a-z0-9-]+)\.amazonaws\.com(\.cn)?\/?\?Action=GetCallerIdentity&/;

interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** What proving an AWS identity needs. */
interface AwsParts {
  readonly request: HttpClient;
  readonly env: Environment;
  readonly now: () => number;
  readonly allowedHosts: readonly string[];
}

/**
 * An AWS identity: a signed request to AWS's own `GetCallerIdentity`, which Google sends on and believes (AIP-4117).
 * The signature is made by `aws4fetch`, an optional peer dependency.
 */
export function tokenFromAws(source: CredentialsFile, parts: AwsParts): SubjectTokenSupplier {
  const environmentId = requiredText(source, "environment_id");
  if (environmentId !== "aws1") throw new TypeError(`${source.origin}: environment_id must be aws1`);
  const verification = requiredText(source, "regional_cred_verification_url");
  if (!VERIFICATION.test(verification))
    throw new TypeError(`${source.origin}: regional_cred_verification_url is not GetCallerIdentity of AWS's STS`);
  const [keysUrl, regionUrl, sessionUrl] = ["url", "region_url", "imdsv2_session_token_url"].map((field) =>
    checkMetadataUrl(optionalText(source, field), `${source.origin}: ${field}`, parts.allowedHosts),
  );

  return async ({ audience }) => {
    const metadata = new AwsMetadata(parts.request, sessionUrl);
    const region = await regionOf(parts.env, metadata, regionUrl);
    const keys = keysIn(parts.env) ?? (await keysOf(metadata, keysUrl));
    return signedCallerIdentity(verification.replace("{region}", region), audience, keys, region, parts.now());
  };
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html */
class AwsMetadata {
  readonly #request: HttpClient;
  readonly #sessionUrl: string | undefined;
  #session: string | undefined;

  constructor(request: HttpClient, sessionUrl: string | undefined) {
    this.#request = request;
    this.#sessionUrl = sessionUrl;
  }

  async read(url: string): Promise<string> {
    if (this.#sessionUrl !== undefined && this.#session === undefined) {
      this.#session = await this.#fetch(this.#sessionUrl, "PUT", { "x-aws-ec2-metadata-token-ttl-seconds": "300" });
    }
    const session = this.#session;
    return this.#fetch(url, "GET", session === undefined ? {} : { "x-aws-ec2-metadata-token": session });
  }

  async #fetch(url: string, method: "GET" | "PUT", headers: Readonly<Record<string, string>>): Promise<string> {
    const answer = await this.#request({ url, method, headers, replay: "safe" });
    if (answer.status !== 200) throw unavailable(`HTTP ${answer.status} of ${url}`);
    return answer.body.trim();
  }
}

async function regionOf(env: Environment, metadata: AwsMetadata, url: string | undefined): Promise<string> {
  const named = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"];
  if (!named && url === undefined) throw unavailable("AWS_REGION is not set, and the configuration has no region_url");
  // The zone is the region and a letter.
  const region = named || (await metadata.read(url!)).slice(0, -1);
  if (!REGION.test(region)) throw unavailable(`${named ? "AWS_REGION" : "what region_url gives"} is not a region`);
  return region;
}

function keysIn(env: Environment): AwsKeys | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: session } = env;
  return accessKeyId && secretAccessKey
    ? { accessKeyId, secretAccessKey, sessionToken: session || undefined }
    : undefined;
}

async function keysOf(metadata: AwsMetadata, url: string | undefined): Promise<AwsKeys> {
  if (url === undefined) throw unavailable("AWS_ACCESS_KEY_ID is not set, and the configuration has no url");
  const role = await metadata.read(url);
  const found = parseObject(await metadata.read(`${url.replace(/\/$/, "")}/${encodeURIComponent(role)}`)) ?? {};
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken } = found;
  if (typeof accessKeyId !== "string" || typeof secretAccessKey !== "string")
    throw unavailable("AWS's metadata server gave no credentials for the machine's role");
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: typeof sessionToken === "string" ? sessionToken : undefined,
  };
}

/** The request, in the form that Google's Security Token Service takes it. */
async function signedCallerIdentity(
  url: string,
  audience: string,
  keys: AwsKeys,
  region: string,
  now: number,
): Promise<string> {
  const { AwsV4Signer } = await import("aws4fetch").catch(() => {
    throw unavailable("signing for AWS needs the package aws4fetch: npm install aws4fetch");
  });
  const signer = new AwsV4Signer({
    url,
    method: "POST",
    // Part of the signature, so that it is good for this provider alone.
    headers: { "x-goog-cloud-target-resource": audience },
    accessKeyId: keys.accessKeyId,
    secretAccessKey: keys.secretAccessKey,
    ...(keys.sessionToken !== undefined && { sessionToken: keys.sessionToken }),
    service: "sts",
    region,
    datetime: new Date(now).toISOString().replaceAll(/[:-]|\.\d{3}/g, ""),
  });
  const signed = await signer.sign();
  // The host is signed too, and whoever sends the request would add it.
  const all = [["host", new URL(url).host] as const, ...signed.headers];
  const headers = all.map(([key, value]) => ({ key, value }));
  return encodeURIComponent(JSON.stringify({ url, method: "POST", headers }));
}

/** What is secret in such a request: AWS says it again in refusals, and Google passes them on. */
export function secretsOfRequest(subjectToken: string): readonly string[] {
  let text: string;
  try {
    text = decodeURIComponent(subjectToken);
  } catch {
    return [];
  }
  const headers = /"key":"x-amz-security-token","value":"([^"]+)"|\bSignature=([0-9a-f]+)"/gi;
  return [...text.matchAll(headers)].map(([, session, signature]) => (session ?? signature)!);
}

function checkMetadataUrl(url: string | undefined, field: string, allowedHosts: readonly string[]): string | undefined {
  if (url === undefined) return undefined;
  const host = URL.canParse(url) ? new URL(url).host : "";
  if (METADATA_HOSTS.includes(host) || allowedHosts.includes(host)) return url;
  throw new TypeError(
    `${field} must be at AWS's metadata server, ${METADATA_HOSTS.join(" or ")}; if you mean another, name its host in \`allowedHosts\``,
  );
}
