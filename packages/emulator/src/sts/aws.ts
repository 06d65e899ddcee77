import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { EmulatorWorkloadProvider } from "../options/workload-provider.ts";
import { invalidGrant } from "../protocol/oauth-error.ts";
import type { Google } from "../state/google.ts";

interface SignedRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: ReadonlyMap<string, string>;
}

/** In milliseconds: the validity of an AWS signature. */
const validity = 900_000;

/**
 * Returns the role session that signed a `GetCallerIdentity` request. Google sends this request to AWS. The emulator
 * verifies its signature (AWS Signature Version 4) with a key of the provider instead.
 *
 * @throws {@link OAuthError} if the request is invalid.
 */
export function awsSubject(
  google: Google,
  { audience, awsKeys = {} }: EmulatorWorkloadProvider,
  token: string,
): string {
  const request = readRequest(token);
  const { url, method, headers } = request;
  const isGetCallerIdentity =
    method === "POST" &&
    /^sts(\.[a-z0-9-]+)?\.amazonaws\.com$/.test(url.host) &&
    url.searchParams.get("Action") === "GetCallerIdentity";
  if (!isGetCallerIdentity) throw invalidGrant("The AWS request must be a signed GetCallerIdentity.");
  const authorization =
    /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8}\/[^/,\s]+\/sts\/aws4_request), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.get("authorization") ?? "",
    );
  const [, keyId = "", scope = "", signedHeaders = "", signature = ""] = authorization ?? [];
  const signed = signedHeaders.split(";");
  // The header binds the request to this provider, so that a request signed for another provider is rejected.
  if (headers.get("x-goog-cloud-target-resource") !== audience || !signed.includes("x-goog-cloud-target-resource")) {
    throw invalidGrant("The header x-goog-cloud-target-resource must name the provider and be signed.");
  }
  const key = Object.hasOwn(awsKeys, keyId) ? awsKeys[keyId] : undefined;
  const date = headers.get("x-amz-date") ?? "";
  if (!key || !isSame(signature, sign(request, signed, { scope, date, secret: key.secretAccessKey }))) {
    throw invalidGrant("The AWS request has an invalid signature.");
  }
  if (Math.abs(timeOf(date) - google.clock.now()) > validity) throw invalidGrant("The AWS request has expired.");
  return key.arn;
}

function sign(
  { url, method, headers }: SignedRequest,
  signed: readonly string[],
  { scope, date, secret }: { readonly scope: string; readonly date: string; readonly secret: string },
): string {
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).toSorted();
  const lines = signed.map((name) => `${name}:${(headers.get(name) ?? "").trim()}\n`);
  const canonical = [method, url.pathname, query.join("&"), lines.join(""), signed.join(";"), sha256("")].join("\n");
  const text = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  let key: Buffer | string = `AWS4${secret}`;
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  return createHmac("sha256", key).update(text).digest("hex");
}

function readRequest(token: string): SignedRequest {
  try {
    // The token is percent-encoded JSON, and the form encodes it once more.
    const text = token.startsWith("{") ? token : decodeURIComponent(token);
    const { url, method, headers } = JSON.parse(text) as {
      url: string;
      method: string;
      headers: { key: string; value: string }[];
    };
    return {
      url: new URL(url),
      method,
      headers: new Map(headers.map(({ key, value }) => [key.toLowerCase(), value])),
    };
  } catch {
    throw invalidGrant("Unable to parse the AWS request.");
  }
}

function timeOf(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function isSame(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Encodes all characters except the unreserved ones of RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (one) => `%${one.codePointAt(0)!.toString(16).toUpperCase()}`);
}
