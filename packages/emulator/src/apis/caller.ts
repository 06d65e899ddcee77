import { bearerRealm, bearerToken } from "../http/bearer.ts";
import type { Exchange } from "../http/exchange.ts";
import type { HttpResponse } from "../http/responses.ts";
import type { EmulatorUser } from "../options/user.ts";
import { readSelfSigned } from "../service/self-signed.ts";
import type { AccessBoundary } from "../state/access-boundary.ts";
import type { Google } from "../state/google.ts";
import { memberOf, principalOf } from "../state/principal.ts";
import { unauthenticated } from "./api-errors.ts";

/** The caller of an API, and the limits of the caller's token. */
export interface Caller {
  readonly user: EmulatorUser;
  /** The caller's name in an IAM policy: `user:EMAIL`, `serviceAccount:EMAIL` or `principal://…`. */
  readonly member: string;
  /** `"all"` for a self-signed JWT that names the whole service. */
  readonly scopes: ReadonlySet<string> | "all";
  readonly boundary: AccessBoundary | undefined;
}

/** Returns the caller that the access token or the self-signed JWT identifies, or the response with the error. */
export function authenticate(google: Google, exchange: Exchange, service: string): Caller | HttpResponse {
  const token = bearerToken(exchange);
  if (token === undefined) return unauthenticated("required", "Login Required.", bearerRealm);
  return callerOf(google, token, service) ?? unauthenticated("authError", "Invalid Credentials", invalidToken);
}

export function isResponse(result: Caller | HttpResponse): result is HttpResponse {
  return "status" in result;
}

export function holdsAny({ scopes }: Caller, wanted: readonly string[]): boolean {
  return scopes === "all" || wanted.some((scope) => scopes.has(scope));
}

const invalidToken = `${bearerRealm}, error="invalid_token"`;

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
