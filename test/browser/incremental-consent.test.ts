import { expect, it } from "vitest";
import { describeInChromium } from "../harness/chromium.ts";
import { useDemo } from "./demo.ts";

describeInChromium("consent at the moment of need, in a browser", (browser) => {
  const demo = useDemo(browser);

  it("asks for the calendar when the user opens it, and returns there", async () => {
    const ada = await demo().newPerson();
    await ada.signIn();
    await ada.open("/calendar?week=48");
    expect(ada.place).toBe("Google /o/oauth2/v2/auth");
    await ada.allow("calendar");
    expect(ada.place).toBe("/calendar?week=48");
    expect(await ada.page.getByRole("listitem").allInnerTexts()).toContainEqual(
      expect.stringContaining("Train to London"),
    );

    const asked = demo().google.requests.of("authorization").at(-1)!.query;
    expect(asked).toMatchObject({ include_granted_scopes: "true", login_hint: "110000000000000000001" });
    expect(asked["scope"]).toContain("calendar.readonly");
    expect(asked["scope"]).not.toContain("drive");
    await ada.press("Scopegate demo");
    expect(await ada.heading()).toBe("Hello, Ada Lovelace");
    expect(await ada.access("Calendar")).toBe("Granted");
    expect(await ada.access("Drive files")).toBe("Not granted");
  });

  it("keeps earlier scopes when more are granted", async () => {
    const ada = await demo().newPerson();
    await ada.signInWithDrive();
    await ada.press("Calendar");
    await ada.allow("calendar");
    await ada.press("Drive files");
    expect(ada.place).toBe("/drive");
    expect(ada.granted()).toEqual(["calendar.readonly", "drive.metadata.readonly"]);
  });

  it("explains a declined feature, never loops, and asks again on request", async () => {
    const ada = await demo().newPerson();
    await ada.signIn();
    await ada.press("Calendar");
    await ada.allow();
    expect(ada.place).toBe("/calendar");
    expect(await ada.heading()).toBe("This feature is switched off");
    const visits = demo().google.requests.of("authorization").length;

    expect(await ada.open("/calendar")).toBe(403);
    expect(await ada.heading()).toBe("This feature is switched off");
    expect(demo().google.requests.of("authorization")).toHaveLength(visits);
    expect(demo().google.requests.of("calendar")).toEqual([]);

    await ada.press("Ask me again");
    await ada.allow("calendar");
    expect(ada.place).toBe("/calendar");
    expect(await ada.heading()).toBe("Calendar");
  });

  it("S19 keeps a user who cancels signed in, with all other features", async () => {
    const ada = await demo().newPerson();
    await ada.signInWithDrive();
    await ada.press("Calendar");
    await ada.press("Cancel");
    expect(await ada.heading()).toBe("You said no, and that is fine");
    await ada.press("Continue without it");
    expect(await ada.heading()).toBe("Hello, Ada Lovelace");
    await ada.press("Drive files");
    expect(ada.place).toBe("/drive");
    await ada.press("Calendar");
    expect(await ada.heading()).toBe("This feature is switched off");
  });

  it("offers a choice when another account comes back, and merges nothing", async () => {
    const ada = await demo().newPerson();
    await ada.signIn();
    await ada.press("Calendar");
    await ada.press("Switch account");
    await ada.choose("Grace Hopper");
    await ada.allow("calendar");
    expect(await ada.heading()).toBe("You chose a different account");

    await ada.press(/^Stay with/);
    await ada.press("Cancel");
    await ada.press("Continue without it");
    expect(await ada.heading()).toBe("Hello, Ada Lovelace");
    expect(await ada.access("Calendar")).toBe("Not granted");
  });

  it("switches to the other account when the user chooses so", async () => {
    const ada = await demo().newPerson();
    await ada.signIn();
    await ada.press("Calendar");
    await ada.press("Switch account");
    await ada.choose("Grace Hopper");
    await ada.allow("calendar");
    await ada.press(/^Switch to/);
    // Google knows her consent, but its refresh token was not used, so that a consent retry follows.
    await ada.allow("calendar");
    expect(ada.place).toBe("/calendar");
    await ada.press("Scopegate demo");
    expect(await ada.heading()).toBe("Hello, Grace Hopper");
    expect(await ada.access("Drive files")).toBe("Not granted");
  });

  it("S17 completes two tabs that began together, in any order", async () => {
    const ada = await demo().newPerson();
    const second = await ada.newTab();
    await ada.open("/drive");
    await second.open("/calendar");
    await second.choose("Ada Lovelace");
    await second.allow("calendar");
    await ada.choose("Ada Lovelace");
    await ada.allow("drive");
    expect([ada.place, second.place]).toEqual(["/drive", "/calendar"]);
    await ada.press("Calendar");
    expect(ada.place).toBe("/calendar");
  });
});
