import { callApi, withReturnTo } from "./api.js";
import { accountView, agendaView, busyView, failedView, filesView, refusalView } from "./views.js";

/**
 * @template [Data=unknown]
 * @typedef {import("./api.js").Result<Data>} Result
 */

/** Key in `sessionStorage`: the feature for which the user is at Google. */
const REQUESTED = "requested-feature";

/** @type {Record<string, (data: any) => Node[]>} */
const VIEWS = { files: filesView, agenda: agendaView };

/**
 * Calls the API for a feature, and shows the result below its form.
 * @param {HTMLFormElement} form
 * @param {{ pressed: boolean, cameFromGoogle?: boolean }} how - `pressed`: the user has pressed a button;
 *   `cameFromGoogle`: the user comes back from Google, which asked for consent to this feature
 */
async function show(form, { pressed, cameFromGoogle = false }) {
  const panel = /** @type {HTMLElement} */ (form.nextElementSibling);
  const query = new URLSearchParams(/** @type {[string, string][]} */ ([...new FormData(form)]));
  const name = query.get("show") ?? "";
  // With this address, the user comes back to the feature from Google, and after a reload.
  history.replaceState(null, "", `/?${query}`);
  query.delete("show");
  panel.ariaBusy = "true";
  const result = await callApi(`/api/${name}?${query}`);
  // The page goes to Google only after a press. Otherwise a user who declined would be sent to Google in a loop. A user
  // whose access has ended does not expect to leave, so the page explains it first.
  if (result.kind === "refused" && pressed && result.reason !== "reconnect_required") return goToGoogle(result, name);
  panel.ariaBusy = null;
  const retry = () => void show(form, { pressed: true });
  panel.replaceChildren(...viewOf(result, { name, cameFromGoogle, retry }));
  if (!pressed) panel.scrollIntoView({ block: "nearest" });
  if (result.kind !== "busy") return;
  const timer = setTimeout(() => void show(form, { pressed: false }), result.seconds * 1000);
  panel.addEventListener("click", () => clearTimeout(timer), { once: true });
  form.addEventListener("submit", () => clearTimeout(timer), { once: true });
}

/**
 * @param {Result} result
 * @param {{ name: string, cameFromGoogle: boolean, retry: () => void }} context
 */
function viewOf(result, { name, cameFromGoogle, retry }) {
  if (result.kind === "data") return VIEWS[name]?.(result.data) ?? [];
  if (result.kind === "busy") return busyView(result.seconds, retry);
  if (result.kind === "failed") return failedView(retry);
  return refusalView(result.reason, { name, cameFromGoogle, authorize: () => goToGoogle(result, name) });
}

/**
 * @param {Extract<Result, { kind: "refused" }>} result
 * @param {string} name
 */
function goToGoogle({ authorizeUrl }, name) {
  sessionStorage.setItem(REQUESTED, name);
  location.assign(withReturnTo(authorizeUrl));
}

/** Messages after a sign-out and after a disconnection, by the value of `left` in the address. */
const NOTICES = new Map([
  ["signout", "You are signed out. The access that you allowed at Google stays in place."],
  ["revoke", "You are disconnected. This app no longer has access to your Google account."],
]);

/** @param {string | null} left */
async function showAccount(left) {
  /** @type {Result<{ user: import("./api.js").User | null }>} */
  const me = await callApi("/api/me");
  if (me.kind !== "data") return;
  document.querySelector("#account")?.replaceChildren(...accountView(me.data.user));
  const notice = NOTICES.get(left ?? "");
  if (notice !== undefined && me.data.user === null) document.querySelector("#notice")?.replaceChildren(notice);
}

function start() {
  const query = new URLSearchParams(location.search);
  const requested = sessionStorage.getItem(REQUESTED);
  sessionStorage.removeItem(REQUESTED);
  void showAccount(query.get("left"));
  for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void show(form, { pressed: true });
    });
    const name = new FormData(form).get("show");
    if (name !== query.get("show")) continue;
    for (const control of form.querySelectorAll("select")) control.value = query.get(control.name) ?? control.value;
    void show(form, { pressed: false, cameFromGoogle: requested === name });
  }
}

start();
