import type { Emulator } from "../src/index.ts";
import { post, type TokenResponse } from "./client.ts";
import { cloud } from "./service.ts";

export const pool = "iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/pool";
/** Returns the full name of a provider. */
export const audience = (name: string): string => `//${pool}/providers/${name}`;
export const tokenType = (name: string): string => `urn:ietf:params:oauth:token-type:${name}`;

type Fields = Readonly<Record<string, string>>;

/** Returns the fields of a valid token exchange with the provider `own`, with some changed. */
export function exchangeFields(google: Emulator, changes: Fields = {}): Fields {
  return {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    requested_token_type: tokenType("access_token"),
    audience: audience("own"),
    scope: cloud,
    subject_token_type: tokenType("jwt"),
    subject_token: google.subjectToken(),
    ...changes,
  };
}

/** Sends a token exchange with some fields changed. An empty field is left out. */
export function exchangeToken(google: Emulator, changes: Fields = {}): Promise<TokenResponse> {
  const sent = Object.entries(exchangeFields(google, changes)).filter(([, value]) => value !== "");
  return post(google.endpoints.sts, Object.fromEntries(sent));
}
