import { createSign } from "node:crypto";
import { insufficientScopes } from "../apis/api-errors.ts";
import { authenticate, holdsAny, isResponse } from "../apis/caller.ts";
import { CloudError } from "../apis/cloud-error.ts";
import type { Exchange } from "../http/exchange.ts";
import { type HttpResponse, json } from "../http/responses.ts";
import { paths } from "../protocol/paths.ts";
import { canonicalScope, isScope } from "../protocol/scopes.ts";
import { issueServiceToken } from "../service/access-token.ts";
import { serviceIdToken } from "../service/id-token.ts";
import type { JsonObject } from "../signing/jwt.ts";
import type { Google } from "../state/google.ts";
import type { ServiceAccount } from "../state/service-account.ts";
import { requireActing } from "./delegates.ts";

const service = "iamcredentials.googleapis.com";
const scopes = ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/iam"];

interface Method {
  /** The permission on the account that the caller needs. */
  readonly permission: string;
  respond(google: Google, account: ServiceAccount, body: JsonObject): object;
}

const methods: Readonly<Record<string, Method>> = {
  generateAccessToken: { permission: "iam.serviceAccounts.getAccessToken", respond: generateAccessToken },
  generateIdToken: { permission: "iam.serviceAccounts.getOpenIdToken", respond: generateIdToken },
  signJwt: { permission: "iam.serviceAccounts.signJwt", respond: signJwt },
  signBlob: { permission: "iam.serviceAccounts.signBlob", respond: signBlob },
};

/** `POST /v1/projects/-/serviceAccounts/EMAIL:METHOD` of the Service Account Credentials API. */
export function iamCredentials(google: Google, exchange: Exchange): HttpResponse {
  const [, name = "", verb = ""] = /^\/-\/serviceAccounts\/([^/:]+):(\w+)$/.exec(pathBelow(exchange)) ?? [];
  const method = Object.hasOwn(methods, verb) ? methods[verb] : undefined;
  try {
    if (!method) throw new CloudError(404, "NOT_FOUND", "Method not found.");
    const caller = authenticate(google, exchange, service);
    if (isResponse(caller)) return caller;
    const audited = `google.iam.credentials.v1.IAMCredentials.${verb[0]!.toUpperCase()}${verb.slice(1)}`;
    if (!holdsAny(caller, scopes)) return insufficientScopes({ service, name: audited, scopes });
    const body = readBody(exchange);
    const account = requireActing(google, caller.member, name, body["delegates"], method.permission);
    return json(200, method.respond(google, account, body));
  } catch (error) {
    if (error instanceof CloudError) return error.toResponse();
    throw error;
  }
}

/** The path is decoded, because some clients encode the `@` and the `:`. */
function pathBelow({ path }: Exchange): string {
  try {
    return decodeURIComponent(path).slice(paths.iamCredentials.length);
  } catch {
    return "";
  }
}

function readBody({ body }: Exchange): JsonObject {
  try {
    const parsed: unknown = JSON.parse(body || "{}");
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as JsonObject;
  } catch {
    // The error below covers invalid JSON too.
  }
  throw invalid("Invalid JSON payload received.");
}

function generateAccessToken(google: Google, account: ServiceAccount, body: JsonObject): object {
  const { scope, lifetime = "3600s" } = body;
  if (!Array.isArray(scope) || scope.length === 0 || !scope.every((one) => typeof one === "string" && isScope(one))) {
    throw invalid("Invalid value for field scope: a list of OAuth 2.0 scopes is required.");
  }
  const seconds = typeof lifetime === "string" ? Number(/^(\d+(?:\.\d{1,9})?)s$/.exec(lifetime)?.[1]) : Number.NaN;
  if (!(seconds > 0 && seconds <= account.longestLifetime)) {
    // Unconfirmed: Google's text.
    throw invalid(`Invalid value for field lifetime: at most ${account.longestLifetime}s are allowed.`);
  }
  const granted = new Set((scope as string[]).map(canonicalScope));
  const expiresAt = new Date(google.clock.now() + seconds * 1000);
  return {
    accessToken: issueServiceToken(google, account, { scopes: granted, lifetime: seconds }),
    expireTime: expiresAt.toISOString().replace(/\.\d+Z$/, "Z"),
  };
}

function generateIdToken(google: Google, account: ServiceAccount, { audience, includeEmail }: JsonObject): object {
  if (typeof audience !== "string" || audience === "") throw invalid("Invalid value for field audience.");
  return { token: serviceIdToken(google, account, { audience, email: includeEmail === true }) };
}

/** `exp` is optional. If it is present, it must be within the next twelve hours. */
function signJwt(google: Google, account: ServiceAccount, { payload }: JsonObject): object {
  const claims = readPayload(payload);
  const now = google.clock.now() / 1000;
  const { exp } = claims;
  if (exp !== undefined && !(typeof exp === "number" && exp >= Math.floor(now) && exp <= now + 43_200)) {
    throw invalid("Invalid value for field payload: exp must be within the next 12 hours.");
  }
  return { keyId: account.googleManagedKey.kid, signedJwt: account.sign(claims) };
}

function readPayload(payload: unknown): JsonObject {
  try {
    const claims: unknown = typeof payload === "string" ? JSON.parse(payload) : undefined;
    if (typeof claims === "object" && claims !== null && !Array.isArray(claims)) return claims as JsonObject;
  } catch {
    // The error below covers invalid JSON too.
  }
  throw invalid("Invalid value for field payload: a JWT claims set, as JSON text, is required.");
}

function signBlob(_google: Google, account: ServiceAccount, { payload }: JsonObject): object {
  if (typeof payload !== "string" || !/^[\w+/-]+={0,2}$/.test(payload)) {
    throw invalid("Invalid value for field payload: base64 is required.");
  }
  const { kid, privateKey } = account.googleManagedKey;
  const signature = createSign("RSA-SHA256").update(Buffer.from(payload, "base64")).sign(privateKey, "base64");
  return { keyId: kid, signedBlob: signature };
}

function invalid(message: string): CloudError {
  return new CloudError(400, "INVALID_ARGUMENT", message);
}
