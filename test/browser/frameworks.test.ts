import { expect, it, onTestFinished } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, startScenario } from "../harness/app/scenario.ts";
import { describeInChromium, newContext } from "../harness/chromium.ts";
import { Person } from "./person.ts";

/** The page of the app, which is JSON. */
async function shown({ page }: Person): Promise<unknown> {
  return JSON.parse(await page.locator("body").innerText());
}

describeInChromium("a user's whole way in a browser", (browser) => {
  it.each(frameworks)("reaches every page of Scopegate and returns to the app's pages, on %s", async (_name, start) => {
    await using scenario = await startScenario(start);
    const { app, google } = scenario;
    const context = await newContext(browser(), { baseURL: app.origin, locale: "en-GB" });
    onTestFinished(() => context.close());
    const ada = new Person(await context.newPage(), app.origin, google);
    const consents = () => google.requests.of("authorization").length;

    // A guarded page, opened by a visitor who has not signed in.
    await ada.open("/drive?folder=7");
    await ada.choose("Ada Lovelace");
    await ada.allow("drive");
    expect(ada.place).toBe("/drive?folder=7");
    expect(await shown(ada)).toEqual({ page: "drive", email: ADA });

    // The user declines another feature. A page explains, and the app does not redirect to Google by itself.
    await ada.open("/calendar?week=48");
    await ada.allow();
    expect(ada.place).toBe("/calendar?week=48");
    expect(await ada.heading()).toBe("This feature is switched off");
    const before = consents();
    expect(await ada.open("/calendar?week=48")).toBe(403);
    expect(consents()).toBe(before);
    await ada.press("Ask me again");
    await ada.allow("calendar");
    expect(ada.place).toBe("/calendar?week=48");
    expect(await shown(ada)).toEqual({ page: "calendar" });
    expect(ada.granted()).toEqual(["calendar.readonly", "drive.metadata.readonly"]);

    // Signing out, and signing in again.
    await ada.open("/signout");
    await ada.press("Stay signed in");
    expect(await shown(ada)).toMatchObject({ signedIn: true });
    await ada.open("/signout");
    await ada.press("Sign out");
    expect(ada.place).toBe("/");
    expect(await shown(ada)).toMatchObject({ signedIn: false });
    expect(google.requests.of("revocation")).toEqual([]);
    await ada.open("/me?tab=2");
    // The refresh token was lost with the session, so that Google shows its consent page again.
    await ada.press("Continue");
    expect(ada.place).toBe("/me?tab=2");
    expect(await shown(ada)).toEqual({ email: ADA });

    // Revoking everything.
    await ada.open("/revoke");
    await ada.press("Stay connected");
    expect(ada.granted()).not.toEqual([]);
    await ada.open("/revoke");
    await ada.press("Disconnect");
    expect(ada.place).toBe("/");
    expect(await shown(ada)).toMatchObject({ signedIn: false, scopes: [] });
    expect(google.requests.of("revocation").map(({ status }) => status)).toEqual([200]);
    expect(google.grants(ADA)).toEqual([]);
    await ada.open("/drive");
    expect(ada.place).toMatch(/^Google/);
    expect(ada.complaints).toEqual([]);
  });
});
