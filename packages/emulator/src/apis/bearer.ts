import type { EmulatorUser } from "../directory.ts";
import type { Google } from "../google.ts";
import { type Answer, bearerToken, type Exchange, json, notStored } from "../http/exchange.ts";
import { memberOf, principalOf } from "../service/principal.ts";
import { readSelfSigned } from "../service/self-signed.ts";
import type { AccessBoundary } from "../sts/access-boundary.ts";

export const realm = 'Bearer realm="https://accounts.google.com/"';

/** Who calls an API, and what their token lets them do. */
export interface Caller {
  readonly user: EmulatorUser;
  /** As in an IAM policy: `user:EMAIL`, `serviceAccount:EMAIL` or `principal://…`. */
  readonly member: string;
  /** `"all"`: a self-signed JWT for the service as a whole. */
  readonly scopes: ReadonlySet<string> | "all";
  readonly boundary: AccessBoundary | undefined;
}

/** The caller by the request's access token or self-signed JWT; otherwise the refusal. */
export function authenticate(google: Google, exchange: Exchange, service: string): Caller | Answer {
  const token = bearerToken(exchange);
  if (token === undefined) return unauthenticated("required", "Login Required.", realm);
  return callerOf(google, token, service) ?? unauthenticated("authError", "Invalid Credentials", invalidToken);
}

export function isAnswer(result: Caller | Answer): result is Answer {
  return "status" in result;
}

export function holdsAny({ scopes }: Caller, wanted: readonly string[]): boolean {
  return scopes === "all" || wanted.some((scope) => scopes.has(scope));
}

const invalidToken = `${realm}, error="invalid_token"`;

function callerOf(google: Google, token: string, service: string): Caller | undefined {
  const selfSigned = readSelfSigned(google, token, service);
  if (selfSigned) {
    const { clientId: sub, email } = selfSigned.account;
    const user = { sub, email, name: email };
    return { user, member: memberOf(google, user), scopes: selfSigned.scopes, boundary: undefined };
  }
  const held = google.grants.accessToken(token);
  const user = held && principalOf(google, held);
  return user && { user, member: memberOf(google, user), scopes: held.scopes, boundary: held.boundary };
}

function unauthenticated(reason: string, short: string, challenge: string): Answer {
  const message =
    reason === "required"
      ? "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential."
      : "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.";
  const location = { location: "Authorization", locationType: "header" };
  const errors = [{ message: short, domain: "global", reason, ...location }];
  return json(
    401,
    { error: { code: 401, message, errors, status: "UNAUTHENTICATED" } },
    { ...notStored, "www-authenticate": challenge },
  );
}
