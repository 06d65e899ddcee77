// Properties over generated input. A failure prints its seed and path: pass both to the property to reproduce it.
import { array, asyncProperty, constantFrom, assert as holds, oneof, record, string } from "fast-check";
import type { Arbitrary } from "fast-check";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { attemptCookiesOf, startAttack } from "../harness/security/attack.ts";

const anyText = (maxLength: number) => string({ unit: "binary", maxLength });

/** A raw name or value of a parameter: honest parts, parts that parsers read differently, and any text. */
const raw = (text: string) => encodeURIComponent(text.toWellFormed());

const names = oneof(
  {
    weight: 8,
    arbitrary: constantFrom("state", "code", "error", "iss", "error_description", "error_subtype", "scope"),
  },
  { weight: 1, arbitrary: constantFrom("state[]", "state[x]", "STATE", "__proto__", "constructor", "code%00", "") },
  { weight: 1, arbitrary: anyText(8).map(raw) },
);

/** `<state>` and `<code>` stand for the values of a pending attempt. */
const values = oneof(
  { weight: 6, arbitrary: constantFrom("<state>", "<code>", "<issuer>") },
  {
    weight: 3,
    arbitrary: constantFrom("", "%", "%zz", "%00", "%0d%0a", "access_denied", "A".repeat(43), "%5Bobject%20Object%5D"),
  },
  { weight: 3, arbitrary: anyText(60).map(raw) },
);

const queries: Arbitrary<string> = array(record({ name: names, value: values }), { maxLength: 7 }).map((pairs) =>
  pairs.map(({ name, value }) => `${name}=${value}`).join("&"),
);

/** Whether Google itself could have sent the query. Such a query may end the attempt. */
function isAnAnswer(query: string, state: string, issuer: string): boolean {
  const parameters = new URLSearchParams(query);
  const isOnce = (name: string) => parameters.getAll(name).length === 1;
  const iss = parameters.getAll("iss");
  return (
    isOnce("state") &&
    parameters.get("state") === state &&
    isOnce("code") !== isOnce("error") &&
    (iss.length === 0 || (iss.length === 1 && iss[0] === issuer))
  );
}

const pieces = oneof(
  {
    weight: 6,
    arbitrary: constantFrom("/", "//", "\\", "@", ":", "?", "#", ".", "..", "evil.example", "<origin>", "<host>"),
  },
  {
    weight: 3,
    arbitrary: constantFrom(
      "%2f",
      "%5c",
      "%09",
      "%0d%0a",
      "%00",
      "%2e",
      "%40",
      "%",
      "%ff",
      "\t",
      "\n",
      "\r",
      " ",
      "\0",
    ),
  },
  {
    weight: 2,
    arbitrary: constantFrom(
      "https:",
      "http:",
      "javascript:",
      "data:",
      "drive",
      ";",
      "&",
      "＠",
      "／",
      "。",
      "\u2028",
      "\ufeff",
    ),
  },
  { weight: 1, arbitrary: anyText(4) },
);

describe.each(frameworks)("properties on %s", (_name, startApp) => {
  it("S05 no query of the callback crashes the app, reaches the token endpoint, or ends the attempt", async () => {
    await using attack = await startAttack(startApp);
    const { victim, google, effects } = attack;
    const { callback, state, code } = await attack.begin(victim, "/drive");
    let refused = 0;
    await holds(
      asyncProperty(queries, constantFrom("text/html", "application/json", "*/*"), async (template, Accept) => {
        const query = template
          .replaceAll("<state>", state)
          .replaceAll("<code>", code)
          .replaceAll("<issuer>", google.issuer);
        if (isAnAnswer(query, state, google.issuer)) return;
        const answer = await victim.open(`/oauth2callback?${query}`, { Accept });
        expect([answer.status, answer.location]).toEqual([400, ""]);
        expect(effects()).toEqual({ tokenRequests: 0, sessions: {} });
        refused += 1;
      }),
      { numRuns: 250 },
    );
    expect(refused).toBeGreaterThan(150);
    expect((await victim.open(callback.href)).location).toBe("/drive");
  });

  it("S11 every return address leads a browser to the app", async () => {
    await using attack = await startAttack(startApp);
    const { victim, app, google } = attack;
    const atGoogle = google.createBrowser();
    await attack.signIn();
    await holds(
      asyncProperty(array(pieces, { minLength: 1, maxLength: 7 }), async (parts) => {
        const address = parts
          .join("")
          .replaceAll("<origin>", app.origin)
          .replaceAll("<host>", new URL(app.origin).host);
        const begun = await victim.open(`/authorize?return_to=${raw(address)}`);
        const { status, location } = await victim.open(await atGoogle.approve(begun.location));
        expect(status).toBe(302);
        // A browser resolves it at the callback, and elsewhere in the app.
        for (const base of ["/oauth2callback", "/a/b/c"]) {
          expect(new URL(location, app.origin + base).origin, JSON.stringify(address)).toBe(app.origin);
        }
      }),
      { numRuns: 120 },
    );
  });

  it("S02 no forged cookie crashes the app or counts as an attempt", async () => {
    await using attack = await startAttack(startApp);
    const { victim, effects } = attack;
    const { callback } = await attack.begin();
    const honest = new Map(victim.cookies);
    const [name] = attemptCookiesOf(victim);
    const sealed = honest.get(name!)!;
    const forged = oneof(
      // Any text of a header, and the honest cookie cut, extended, or changed in one place. Node.js ignores an additional
      // digit at the end of base64, so that this would be the honest cookie.
      string({ unit: "grapheme-ascii", maxLength: 80 }),
      constantFrom("", "v1", "v1..", "v1.x.", `${sealed}.`, sealed.slice(0, -1), sealed.toUpperCase()),
      constantFrom(...Array.from(sealed, (_, at) => at)).map((at) => flip(sealed, at)),
    );
    await holds(
      asyncProperty(forged, async (value) => {
        const thief = attack.newBrowser();
        thief.cookies.set(name!, value);
        expect((await thief.open(callback.href)).status).toBe(400);
        expect((await thief.open("/authorize")).status).toBe(302);
        expect(effects()).toEqual({ tokenRequests: 0, sessions: {} });
      }),
      { numRuns: 120 },
    );
    expect((await victim.open(callback.href)).location).toBe("/");
  });

  it.each(["server", "cookie"] as const)("S16 no forged %s session crashes the app or signs in", async (session) => {
    await using attack = await startAttack(startApp, { session });
    const { victim } = attack;
    await attack.signIn(victim, "/drive");
    const honest = [...victim.cookies];
    const [cookieName, cookie] = honest.toSorted(([, a], [, b]) => b.length - a.length)[0]!;
    const forged = oneof(
      string({ unit: "grapheme-ascii", maxLength: 80 }),
      anyText(60).map((text) => Buffer.from(text).toString("base64")),
      constantFrom(...Array.from({ length: cookie.length }, (_, at) => at)).map((at) => flip(cookie, at)),
      constantFrom("e30=", Buffer.from('{"passport":{"user":1}}').toString("base64"), "s%3Ax.y", "j:{}", "%", "null"),
    );
    await holds(
      asyncProperty(forged, async (value) => {
        const thief = attack.newBrowser();
        for (const [name, kept] of honest) thief.cookies.set(name, kept);
        thief.cookies.set(cookieName, value);
        const answer = await thief.call("/drive");
        expect([answer.status, answer.json["error"]]).toEqual([401, "sign_in_required"]);
        expect((await thief.open("/oauth2callback?error=access_denied")).status).toBe(400);
        expect((await thief.post("/revoke", { token: value })).status).toBe(403);
      }),
      { numRuns: 60 },
    );
    expect((await victim.call("/drive")).status).toBe(200);
    expect(attack.google.requests.of("revocation")).toEqual([]);
  });
});

/** The text with another character of the same alphabet in one place, except in the last ones, which base64 may ignore. */
function flip(text: string, at: number): string {
  const place = Math.min(at, text.length - 3);
  return text.slice(0, place) + (text[place] === "A" ? "B" : "A") + text.slice(place + 1);
}
