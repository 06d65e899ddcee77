/** @typedef {"sign_in_required" | "insufficient_scope" | "reconnect_required"} Reason */

/** @typedef {{ sub: string, name?: string, email?: string }} User */
/** @typedef {{ id: string, name: string }} File */
/** @typedef {{ summary?: string, start: { dateTime?: string, date?: string } }} CalendarEvent */
/** @typedef {{ timeZone: string, items: CalendarEvent[] }} Agenda */

/**
 * The result of an API call: data; a refusal, which the user can resolve at `authorizeUrl`; a service that is busy, with the
 * seconds until the next try; or another failure.
 * @template [Data=unknown]
 * @typedef {{ kind: "data", data: Data }
 *   | { kind: "refused", reason: Reason, authorizeUrl: string }
 *   | { kind: "busy", seconds: number }
 *   | { kind: "failed" }} Result
 */

/** The seconds until the next try if a response has no `Retry-After`. */
const DEFAULT_SECONDS = 10;

/**
 * Calls the API of this app.
 * @template Data
 * @param {string} path
 * @returns {Promise<Result<Data>>}
 */
export async function callApi(path) {
  try {
    const response = await fetch(path, { headers: { Accept: "application/json" } });
    if (response.status === 503) {
      return { kind: "busy", seconds: Number(response.headers.get("Retry-After")) || DEFAULT_SECONDS };
    }
    if (response.ok) return { kind: "data", data: /** @type {Data} */ (await response.json()) };
    const refusal = /** @type {{ error: Reason, authorizeUrl?: string }} */ (await response.json());
    const { error, authorizeUrl } = refusal;
    return authorizeUrl === undefined ? { kind: "failed" } : { kind: "refused", reason: error, authorizeUrl };
  } catch {
    // The connection failed, or the response is not JSON.
    return { kind: "failed" };
  }
}

/**
 * Adds the current address to `authorizeUrl`, so that the user comes back to it.
 * @param {string} authorizeUrl
 */
export function withReturnTo(authorizeUrl) {
  const url = new URL(authorizeUrl);
  url.searchParams.set("return_to", location.pathname + location.search);
  return url;
}
