import { isLoopback } from "./endpoints.ts";

/** Returns a valid access token. With `rejected`, it returns a newer token than the one that the API has just rejected. */
export type TokenGiver = (rejected?: string) => Promise<string>;

/** What all API calls of one caller share. */
export interface ApiCalls {
  readonly fetch: typeof globalThis.fetch;
  /** The hosts, with their ports, to which tokens may be sent: exact hosts, or `*.` and a domain for all hosts below it. */
  readonly apiHosts: readonly string[];
  /** Headers for each call that does not set them itself. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Calls an API with the access token in the `Authorization` header, and nowhere else (RFC 6750 sections 2.1 and 5.3).
 * After a 401 it gets a newer token and retries once, if the body can be sent again.
 *
 * On a redirect to another origin `fetch` itself removes the header (Fetch standard, HTTP-redirect fetch).
 * @throws TypeError if the URL is not one to which tokens may be sent
 */
export async function fetchWithToken(
  { fetch, apiHosts, headers: defaults = {} }: ApiCalls,
  giveToken: TokenGiver,
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const url = new URL(input instanceof Request ? input.url : input);
  assertApiHost(url, apiHosts, "fetch");
  // Keep the URL that was checked: a URL object can be changed while the token is awaited.
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
    // The body cannot be sent again, but the next call gets a newer token.
    await giveToken(token).catch(() => undefined);
    return response;
  }
  const newer = await giveToken(token);
  if (newer === token) return response;
  await response.body?.cancel();
  return call(newer);
}

/**
 * @param caller - the function that the app called, for the error message
 * @throws TypeError unless the URL has an allowed host, and uses HTTPS or leads to this machine
 */
export function assertApiHost(url: URL, apiHosts: readonly string[], caller: string): void {
  const allowed = apiHosts.some((pattern) =>
    pattern.startsWith("*.") ? url.host.endsWith(pattern.slice(1)) : url.host === pattern,
  );
  if (!allowed) {
    throw new TypeError(
      `${caller}: ${url.host} is not among \`apiHosts\` (${apiHosts.join(", ")}), so it gets no access token. Add it to \`apiHosts\` if it is one of Google's hosts; use the global fetch for other hosts.`,
    );
  }
  if (url.protocol !== "https:" && !isLoopback(url.hostname)) {
    throw new TypeError(
      `${caller}: access tokens are sent over https only, not to ${url.protocol}//${url.host}. Use an https URL.`,
    );
  }
}

function isReplayable(input: string | URL | Request, init: RequestInit): boolean {
  if (init.body === undefined || init.body === null) return !(input instanceof Request) || input.body === null;
  return !(init.body instanceof ReadableStream) && !(Symbol.asyncIterator in Object(init.body));
}
