/**
 * An element with its properties and what is in it. Text is only ever set as text.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} properties
 * @param {...(Node | string)} children
 */
function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
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
    // A GET of this address asks before anything is taken back.
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
  if (items.length === 0) return [element("p", {}, "There is nothing on your calendar for these days.")];
  const rows = items.map(({ summary = "Without a title", start }) =>
    element("li", {}, element("span", { className: "when" }, whenOf(start, timeZone)), summary),
  );
  return [element("ul", {}, ...rows), element("p", { className: "quiet" }, `Times are those of ${timeZone}.`)];
}

/** @param {{ dateTime?: string, date?: string }} start @param {string} timeZone */
function whenOf({ dateTime, date }, timeZone) {
  /** @type {Intl.DateTimeFormatOptions} */
  const day = { weekday: "short", day: "numeric", month: "short" };
  // A whole day has no time zone: read as UTC, and shown as that, it stays the day that it is.
  return dateTime === undefined
    ? new Date(`${date}T00:00:00Z`).toLocaleDateString("en-GB", { ...day, timeZone: "UTC" })
    : new Date(dateTime).toLocaleString("en-GB", { ...day, hour: "2-digit", minute: "2-digit", timeZone });
}

/**
 * Why a feature is not there, and the way to have it.
 * @param {import("./api.js").Reason} reason
 * @param {{ name: string, wasAsked: boolean, mend: () => void }} what - `wasAsked`: Google has just asked for it
 */
export function refusalView(reason, { name, wasAsked, mend }) {
  if (reason === "insufficient_scope" && wasAsked) {
    return note(`Your ${name} stayed off`, "You left this out, and that is fine: everything else works as before.", [
      "Ask me again",
      mend,
    ]);
  }
  if (reason === "insufficient_scope") {
    return note(`Your ${name} is not connected`, "Google asks you first whether this app may see it.", [
      "Connect",
      mend,
    ]);
  }
  if (reason === "reconnect_required") {
    return note(
      "Google no longer gives this app access",
      "The access was removed or has run out. Connect once more to go on here.",
      ["Reconnect", mend],
    );
  }
  return note("You are not signed in", `Sign in to see your ${name}.`, ["Sign in", mend]);
}

/** @param {number} seconds @param {() => void} again */
export function busyView(seconds, again) {
  const text = `Nothing is lost. This page tries again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
  return note("Google is busy right now", text, ["Try now", again]);
}

/** @param {() => void} again */
export function failedView(again) {
  return note("That did not work", "Nothing of yours was changed.", ["Try again", again]);
}

/** @param {string} title @param {string} text @param {[label: string, press: () => void]} action */
function note(title, text, action) {
  return [element("h3", {}, title), element("p", {}, text), element("p", {}, button(...action))];
}
