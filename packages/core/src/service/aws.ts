import type { HttpClient } from "../google/http-client.ts";
import { parseObject } from "../google/untrusted-text.ts";
import { AwsMetadata, checkMetadataUrl } from "./aws-metadata.ts";
import { describeField, optionalText, requiredText } from "./credentials-file.ts";
import type { CredentialsFile } from "./credentials-file.ts";
import type { Environment } from "./options.ts";
import { unavailable } from "./subject-token.ts";
import type { SubjectTokenSupplier } from "./subject-token.ts";

/** The form of a region's name. Other text, such as credentials at a wrong address, must not be sent to Google. */
const REGION = /^[a-z0-9-]{1,40}$/;
const VERIFICATION_URL = /^https:\/\/sts\.(\{region\}|[a-z0-9-]+)\.amazonaws\.com(\.cn)?\/?\?Action=GetCallerIdentity&/;

interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** The data that the proof of an AWS identity needs in addition to its configuration. */
interface AwsContext {
  readonly request: HttpClient;
  readonly env: Environment;
  readonly now: () => number;
  readonly allowedHosts: readonly string[];
}

/**
 * Proves an AWS identity with a signed request for AWS's `GetCallerIdentity`, which Google sends to AWS
 * (https://google.aip.dev/auth/4117). The optional peer dependency `aws4fetch` makes the signature.
 * @throws TypeError for a configuration that cannot be used
 */
export function supplierFromAws(source: CredentialsFile, context: AwsContext): SubjectTokenSupplier {
  const environmentId = requiredText(source, "environment_id");
  if (environmentId !== "aws1")
    throw new TypeError(
      `${describeField(source, "environment_id")} must be "aws1", the only version of this configuration that Scopegate knows`,
    );
  const verificationUrl = requiredText(source, "regional_cred_verification_url");
  if (!VERIFICATION_URL.test(verificationUrl)) {
    throw new TypeError(
      `${describeField(source, "regional_cred_verification_url")} must be an address of GetCallerIdentity at AWS's STS, such as https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15`,
    );
  }
  const [keysUrl, regionUrl, sessionUrl] = ["url", "region_url", "imdsv2_session_token_url"].map((field) =>
    checkMetadataUrl(optionalText(source, field), describeField(source, field), context.allowedHosts),
  );

  return async ({ audience }) => {
    const { env, request, now } = context;
    const metadata = new AwsMetadata(request, sessionUrl);
    const region = await findRegion(env, metadata, regionUrl);
    const keys = keysFromEnvironment(env) ?? (await keysFromMetadata(metadata, keysUrl));
    return signCallerIdentity(verificationUrl.replace("{region}", region), audience, keys, region, now());
  };
}

async function findRegion(env: Environment, metadata: AwsMetadata, url: string | undefined): Promise<string> {
  const named = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"];
  if (!named && url === undefined)
    throw unavailable("AWS_REGION is not set, and `credential_source` has no `region_url`; set AWS_REGION");
  // The server returns the availability zone: the region and a letter.
  const region = named || (await metadata.read(url!)).slice(0, -1);
  if (!REGION.test(region))
    throw unavailable(`${named ? "AWS_REGION" : "the response of `region_url`"} is not a region`);
  return region;
}

function keysFromEnvironment(env: Environment): AwsKeys | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: session } = env;
  return accessKeyId && secretAccessKey
    ? { accessKeyId, secretAccessKey, sessionToken: session || undefined }
    : undefined;
}

async function keysFromMetadata(metadata: AwsMetadata, url: string | undefined): Promise<AwsKeys> {
  if (url === undefined) {
    throw unavailable(
      "AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set, and `credential_source` has no `url`; set both variables",
    );
  }
  const role = await metadata.read(url);
  const keys = parseObject(await metadata.read(`${url.replace(/\/$/, "")}/${encodeURIComponent(role)}`)) ?? {};
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken } = keys;
  if (typeof accessKeyId !== "string" || typeof secretAccessKey !== "string")
    throw unavailable("AWS's metadata server returned no credentials for the machine's role");
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: typeof sessionToken === "string" ? sessionToken : undefined,
  };
}

/** Signs the request and returns it in the form that Google's Security Token Service requires. */
async function signCallerIdentity(
  url: string,
  audience: string,
  keys: AwsKeys,
  region: string,
  now: number,
): Promise<string> {
  const { AwsV4Signer } = await import("aws4fetch").catch(() => {
    throw unavailable("signing for AWS requires the package aws4fetch: npm install aws4fetch");
  });
  const signer = new AwsV4Signer({
    url,
    method: "POST",
    // The signature covers this header, so that the request is valid for this provider only.
    headers: { "x-goog-cloud-target-resource": audience },
    accessKeyId: keys.accessKeyId,
    secretAccessKey: keys.secretAccessKey,
    ...(keys.sessionToken !== undefined && { sessionToken: keys.sessionToken }),
    service: "sts",
    region,
    datetime: new Date(now).toISOString().replaceAll(/[:-]|\.\d{3}/g, ""),
  });
  const signed = await signer.sign();
  // The signature covers the host too, which an HTTP client would otherwise add only when it sends the request.
  const all = [["host", new URL(url).host] as const, ...signed.headers];
  const headers = all.map(([key, value]) => ({ key, value }));
  return encodeURIComponent(JSON.stringify({ url, method: "POST", headers }));
}

/** The secrets in a signed request. AWS may repeat them in a refusal, which Google forwards. */
export function secretsInAwsRequest(subjectToken: string): readonly string[] {
  let text: string;
  try {
    text = decodeURIComponent(subjectToken);
  } catch {
    return [];
  }
  const headers = /"key":"x-amz-security-token","value":"([^"]+)"|\bSignature=([0-9a-f]+)"/gi;
  return [...text.matchAll(headers)].map(([, session, signature]) => (session ?? signature)!);
}
