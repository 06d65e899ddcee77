/** @typedef {"sign_in_required" | "insufficient_scope" | "reconnect_required"} Reason */

/** @typedef {{ sub: string, name?: string, email?: string }} User */
/** @typedef {{ id: string, name: string }} File */
/** @typedef {{ summary?: string, start: { dateTime?: string, date?: string } }} CalendarEvent */
/** @typedef {{ timeZone: string, items: CalendarEvent[] }} Agenda */

/**
 * What an answer of the API means: data; a refusal that the user can mend at `authorizeUrl`; patience, for as many
 * seconds; or none of these.
 * @template [Data=unknown]
 * @typedef {{ kind: "data", data: Data }
 *   | { kind: "refused", reason: Reason, authorizeUrl: string }
 *   | { kind: "busy", seconds: number }
 *   | { kind: "failed" }} Answer
 */

/** What to wait where an answer does not say. */
const USUAL_SECONDS = 10;

/**
 * Asks the API of this app.
 * @template Data
 * @param {string} path
 * @returns {Promise<Answer<Data>>}
 */
export async function ask(path) {
  try {
    const response = await fetch(path, { headers: { Accept: "application/json" } });
    if (response.status === 503) {
      return { kind: "busy", seconds: Number(response.headers.get("Retry-After")) || USUAL_SECONDS };
    }
    if (response.ok) return { kind: "data", data: /** @type {Data} */ (await response.json()) };
    const refusal = /** @type {{ error: Reason, authorizeUrl?: string }} */ (await response.json());
    const { error, authorizeUrl } = refusal;
    return authorizeUrl === undefined ? { kind: "failed" } : { kind: "refused", reason: error, authorizeUrl };
  } catch {
    // No connection, or an answer that is no JSON.
    return { kind: "failed" };
  }
}

/**
 * Where to go to mend a refusal, so that it leads back to this very address.
 * @param {string} authorizeUrl
 */
export function wayBackHere(authorizeUrl) {
  const url = new URL(authorizeUrl);
  url.searchParams.set("return_to", location.pathname + location.search);
  return url;
}
