import type { Exchange } from "./exchange.ts";

/** The realm of every Bearer challenge of Google's. */
export const bearerRealm = 'Bearer realm="https://accounts.google.com/"';

/** The token of an `Authorization: Bearer` header. */
export function bearerToken(exchange: Exchange): string | undefined {
  return /^Bearer +(\S+)$/i.exec(exchange.headers.authorization ?? "")?.[1];
}
