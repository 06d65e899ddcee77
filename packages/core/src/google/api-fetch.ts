import { isLoopback } from "./endpoints.ts";

/** Gives access tokens to a call: a live one, or another one than the API has just refused. */
export type TokenGiver = (rejected?: string) => Promise<string>;

/** What accompanies every call of one caller. */
export interface ApiCalls {
  readonly fetch: typeof globalThis.fetch;
  /** Hosts that tokens may be sent to, with their ports: exact ones, or `*.` and a domain for everything below it. */
  readonly apiHosts: readonly string[];
  /** Headers that a call gets unless it brings them itself. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Calls an API with the access token in the `Authorization` header, and nowhere else (RFC 6750 sections 2.1 and 5.3).
 * A 401 gets one other token and one retry, where the body can be sent again.
 *
 * On a redirect to another origin `fetch` itself drops the header (Fetch standard, HTTP-redirect fetch).
 * @throws TypeError where the URL is not one that tokens may be sent to
 */
export async function fetchWithToken(
  { fetch, apiHosts, headers: defaults = {} }: ApiCalls,
  giveToken: TokenGiver,
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const url = new URL(input instanceof Request ? input.url : input);
  assertApiHost(url, apiHosts);
  // The address as it was checked: a URL object can be changed while a token is awaited.
  const checked = input instanceof Request ? input : url.href;
  const call = (token: string) => {
    const headers = new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined));
    for (const [name, value] of Object.entries(defaults)) if (!headers.has(name)) headers.set(name, value);
    headers.set("Authorization", `Bearer ${token}`);
    return fetch(checked, { ...init, headers });
  };

  const token = await giveToken();
  const response = await call(token);
  if (response.status !== 401) return response;
  if (!isReplayable(input, init)) {
    // For the next call: this one's body is gone.
    await giveToken(token).catch(() => undefined);
    return response;
  }
  const another = await giveToken(token);
  if (another === token) return response;
  await response.body?.cancel();
  return call(another);
}

/** Whether a token may be sent there: an allowed host, over HTTPS or to this very machine. */
function assertApiHost(url: URL, apiHosts: readonly string[]): void {
  const allowed = apiHosts.some((pattern) =>
    pattern.startsWith("*.") ? url.host.endsWith(pattern.slice(1)) : url.host === pattern,
  );
  if (!allowed) {
    throw new TypeError(
      `fetch: ${url.host} is not among \`apiHosts\` (${apiHosts.join(", ")}), the hosts that access tokens may be sent to; add it if it is one of Google's, or use plain fetch`,
    );
  }
  if (url.protocol !== "https:" && !isLoopback(url.hostname)) {
    throw new TypeError(`fetch: access tokens go over https only, not to ${url.protocol}//${url.host}`);
  }
}

function isReplayable(input: string | URL | Request, init: RequestInit): boolean {
  if (init.body === undefined || init.body === null) return !(input instanceof Request) || input.body === null;
  return !(init.body instanceof ReadableStream) && !(Symbol.asyncIterator in Object(init.body));
}
