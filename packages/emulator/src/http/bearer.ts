import type { Exchange } from "./exchange.ts";

/** The beginning of every Bearer challenge that Google sends. */
export const bearerRealm = 'Bearer realm="https://accounts.google.com/"';

/** Returns the token of the `Authorization: Bearer` header, if there is one. */
export function bearerToken(exchange: Exchange): string | undefined {
  return /^Bearer +(\S+)$/i.exec(exchange.headers.authorization ?? "")?.[1];
}
