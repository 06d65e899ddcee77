import { createPrivateKey, createSign, randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Emulator,
  type EmulatorServiceAccount,
  type JsonObject,
  type ServiceAccountHandle,
  type ServiceAccountKeyFile,
  startEmulator,
} from "../src/index.ts";
import { ada, client, grace, post, standstill, type TokenResponse } from "./client.ts";

export const robot: EmulatorServiceAccount = { email: "robot@project.iam.gserviceaccount.com", clientId: "1000001" };
export const deputy: EmulatorServiceAccount = { email: "deputy@project.iam.gserviceaccount.com", clientId: "1000002" };
export const cloud = "https://www.googleapis.com/auth/cloud-platform";
export const sqlAdmin = "https://www.googleapis.com/auth/sqlservice.admin";

/** The time of the clock that stands still, in seconds. */
export const now = standstill / 1000;

export function startWithRobots(): Promise<Emulator> {
  return startEmulator({
    clients: [client],
    users: [ada, grace],
    serviceAccounts: [robot, deputy],
    now: () => standstill,
  });
}

/** Signs a JWT with the key of a key file (RFC 7515). It uses none of the emulator's own code. */
export function signWith(file: ServiceAccountKeyFile, claims: JsonObject, header: JsonObject = {}): string {
  const encode = (value: JsonObject) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${encode({ alg: "RS256", typ: "JWT", kid: file.private_key_id, ...header })}.${encode(claims)}`;
  const signature = createSign("RSA-SHA256").update(input).sign(createPrivateKey(file.private_key), "base64url");
  return `${input}.${signature}`;
}

/** Returns the claims of a valid assertion with some changed. A claim that is `undefined` is left out. */
export function assertionClaims(file: ServiceAccountKeyFile, changes: JsonObject = {}): JsonObject {
  return { iss: file.client_email, scope: cloud, aud: file.token_uri, iat: now, exp: now + 3600, ...changes };
}

export function requestByAssertion(google: Emulator, assertion: string): Promise<TokenResponse> {
  const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  return post(google.endpoints.token, { grant_type: grant, assertion });
}

/** Returns an access token for an assertion with some claims changed. */
export async function serviceToken(google: Emulator, changes: JsonObject = {}, email = robot.email): Promise<string> {
  const file = google.serviceAccount(email).keyFile();
  return (await requestByAssertion(google, signWith(file, assertionClaims(file, changes)))).body.access_token;
}

export function temporaryPath(): string {
  return join(tmpdir(), `scopegate-${randomUUID()}.json`);
}

/** Sends a valid assertion of the account with some claims and header members changed. */
export async function requestAs(
  google: Emulator,
  account: ServiceAccountHandle,
  changes: JsonObject = {},
  header: JsonObject = {},
) {
  const file = account.keyFile();
  return requestByAssertion(google, signWith(file, assertionClaims(file, changes), header));
}

export async function tokeninfoOf({ url }: Emulator, token: string): Promise<JsonObject> {
  return (await (await fetch(`${url}/tokeninfo?access_token=${token}`)).json()) as JsonObject;
}
