/**
 * The address whose host a request names, else the first one. Hosts are compared as URLs have them: in lower case, and
 * without the default port of the address's scheme.
 *
 * `Host` only chooses among addresses that the app configured. A client may send any `Host`, so the choice must never
 * make a cookie or an origin count for another address than the chosen one.
 * @param addresses - absolute URLs, at least one
 * @param host - the request's `Host` header, or its `:authority` with HTTP/2
 */
export function pickByHost(addresses: readonly string[], host: string | undefined): string {
  const first = addresses[0]!;
  if (addresses.length === 1 || host === undefined) return first;
  return addresses.find((address) => isHostOf(new URL(address), host)) ?? first;
}

function isHostOf({ protocol, host }: URL, header: string): boolean {
  if (header.toLowerCase() === host) return true;
  // A `Host` that is more than a host, such as `user@host` or `host/path`, matches no address.
  if (!/^[\w.:[\]-]+$/.test(header) || !URL.canParse(`${protocol}//${header}`)) return false;
  return new URL(`${protocol}//${header}`).host === host;
}

/** Whether browsers use https for an address. */
export function isHttps(address: string): boolean {
  return /^https:/i.test(address);
}
