/**
 * Creates an element with properties and children. Text is inserted as text, never as markup.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} properties
 * @param {...(Node | string)} children
 */
function element(tag, properties = {}, ...children) {
  const created = Object.assign(document.createElement(tag), properties);
  created.append(...children);
  return created;
}

/** @param {string} label @param {() => void} press */
const button = (label, press) => element("button", { type: "button", onclick: press }, label);

/** @param {import("./api.js").User | null} user */
export function accountView(user) {
  if (user === null) {
    return [element("a", { href: "/authorize?return_to=/", className: "button" }, "Sign in with Google")];
  }
  const signOut = element("button", { className: "plain" }, "Sign out");
  return [
    element("span", {}, user.name ?? user.email ?? user.sub),
    element("form", { method: "post", action: "/signout?return_to=/%3Fleft%3Dsignout" }, signOut),
    // GET /revoke shows a page that asks for confirmation.
    element("a", { href: "/revoke?return_to=/%3Fleft%3Drevoke", className: "button plain" }, "Disconnect from Google"),
  ];
}

/** @param {{ files: import("./api.js").File[] }} list */
export function filesView({ files }) {
  if (files.length === 0) return [element("p", {}, "There are no files in your Drive yet.")];
  return [element("ul", {}, ...files.map(({ name }) => element("li", {}, name)))];
}

/** @param {import("./api.js").Agenda} agenda */
export function agendaView({ timeZone, items }) {
  if (items.length === 0) return [element("p", {}, "Your calendar has no events in this period.")];
  const rows = items.map(({ summary = "(No title)", start }) =>
    element("li", {}, element("span", { className: "when" }, whenOf(start, timeZone)), summary),
  );
  return [element("ul", {}, ...rows), element("p", { className: "quiet" }, `Times are in the time zone ${timeZone}.`)];
}

/** @param {{ dateTime?: string, date?: string }} start @param {string} timeZone */
function whenOf({ dateTime, date }, timeZone) {
  /** @type {Intl.DateTimeFormatOptions} */
  const day = { weekday: "short", day: "numeric", month: "short" };
  // A date has no time zone. It is parsed and formatted in UTC, so that it stays the same day.
  return dateTime === undefined
    ? new Date(`${date}T00:00:00Z`).toLocaleDateString("en-GB", { ...day, timeZone: "UTC" })
    : new Date(dateTime).toLocaleString("en-GB", { ...day, hour: "2-digit", minute: "2-digit", timeZone });
}

/**
 * Explains why a feature is not available, with a button that sends the user to Google.
 * @param {import("./api.js").Reason} reason
 * @param {{ name: string, cameFromGoogle: boolean, authorize: () => void }} context - `cameFromGoogle`: Google has just
 *   asked for consent to this feature
 */
export function refusalView(reason, { name, cameFromGoogle, authorize }) {
  if (reason === "insufficient_scope" && cameFromGoogle) {
    return note(`You did not allow access to your ${name}`, "Everything else works as before.", [
      "Ask me again",
      authorize,
    ]);
  }
  if (reason === "insufficient_scope") {
    return note(`This app has no access to your ${name}`, "When you connect, Google asks for your consent.", [
      "Connect",
      authorize,
    ]);
  }
  if (reason === "reconnect_required") {
    return note(
      "This app no longer has access to your Google account",
      "The access was removed in your Google account, or it expired. Reconnect to continue.",
      ["Reconnect", authorize],
    );
  }
  return note("You are not signed in", `Sign in to see your ${name}.`, ["Sign in", authorize]);
}

/** @param {number} seconds @param {() => void} retry */
export function busyView(seconds, retry) {
  const text = `This page tries again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
  return note("Google is busy right now", text, ["Try now", retry]);
}

/** @param {() => void} retry */
export function failedView(retry) {
  return note("Something went wrong", "This app could not load your data.", ["Try again", retry]);
}

/** @param {string} title @param {string} text @param {[label: string, press: () => void]} action */
function note(title, text, action) {
  return [element("h3", {}, title), element("p", {}, text), element("p", {}, button(...action))];
}
