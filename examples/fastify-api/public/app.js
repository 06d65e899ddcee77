import { ask, wayBackHere } from "./api.js";
import { accountView, agendaView, busyView, failedView, filesView, refusalView } from "./views.js";

/**
 * @template [Data=unknown]
 * @typedef {import("./api.js").Answer<Data>} Answer
 */

/** What was asked for at Google, while the user is there. */
const ASKED = "asked-google-for";

/** @type {Record<string, (data: any) => Node[]>} */
const VIEWS = { files: filesView, agenda: agendaView };

/**
 * Shows the answer of a feature, below its form.
 * @param {HTMLFormElement} form
 * @param {{ pressed: boolean, wasAsked?: boolean }} how - whether the user has just pressed for it;
 *   whether they come from Google, who asked them for it
 */
async function show(form, { pressed, wasAsked = false }) {
  const panel = /** @type {HTMLElement} */ (form.nextElementSibling);
  const query = new URLSearchParams(/** @type {[string, string][]} */ ([...new FormData(form)]));
  const name = query.get("show") ?? "";
  // The address is what brings the user back to this, after a reload too.
  history.replaceState(null, "", `/?${query}`);
  query.delete("show");
  panel.ariaBusy = "true";
  const answer = await ask(`/api/${name}?${query}`);
  // Only a press leaves the page: whoever comes back with a "no" would otherwise be sent round in a circle. That Google
  // gives access no longer nobody expects, so that it is said first.
  if (answer.kind === "refused" && pressed && answer.reason !== "reconnect_required") return visit(answer, name);
  panel.ariaBusy = null;
  const again = () => void show(form, { pressed: true });
  panel.replaceChildren(...viewOf(answer, { name, wasAsked, again }));
  if (!pressed) panel.scrollIntoView({ block: "nearest" });
  if (answer.kind !== "busy") return;
  const timer = setTimeout(() => void show(form, { pressed: false }), answer.seconds * 1000);
  panel.addEventListener("click", () => clearTimeout(timer), { once: true });
  form.addEventListener("submit", () => clearTimeout(timer), { once: true });
}

/**
 * @param {Answer} answer
 * @param {{ name: string, wasAsked: boolean, again: () => void }} context
 */
function viewOf(answer, { name, wasAsked, again }) {
  if (answer.kind === "data") return VIEWS[name]?.(answer.data) ?? [];
  if (answer.kind === "busy") return busyView(answer.seconds, again);
  if (answer.kind === "failed") return failedView(again);
  return refusalView(answer.reason, { name, wasAsked, mend: () => visit(answer, name) });
}

/**
 * @param {Extract<Answer, { kind: "refused" }>} answer
 * @param {string} name
 */
function visit({ authorizeUrl }, name) {
  sessionStorage.setItem(ASKED, name);
  location.assign(wayBackHere(authorizeUrl));
}

/** What is said to whoever has just left. */
const FAREWELLS = new Map([
  ["signout", "You are signed out. What you allowed at Google stays allowed."],
  ["revoke", "You are disconnected: Google gives this app nothing any more."],
]);

/** @param {string | null} left */
async function showAccount(left) {
  /** @type {Answer<{ user: import("./api.js").User | null }>} */
  const me = await ask("/api/me");
  if (me.kind !== "data") return;
  document.querySelector("#account")?.replaceChildren(...accountView(me.data.user));
  const words = FAREWELLS.get(left ?? "");
  if (words !== undefined && me.data.user === null) document.querySelector("#notice")?.replaceChildren(words);
}

function start() {
  const query = new URLSearchParams(location.search);
  const asked = sessionStorage.getItem(ASKED);
  sessionStorage.removeItem(ASKED);
  void showAccount(query.get("left"));
  for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void show(form, { pressed: true });
    });
    const name = new FormData(form).get("show");
    if (name !== query.get("show")) continue;
    for (const control of form.querySelectorAll("select")) control.value = query.get(control.name) ?? control.value;
    void show(form, { pressed: false, wasAsked: asked === name });
  }
}

start();
