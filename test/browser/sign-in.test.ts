import { expect, it } from "vitest";
import { describeInChromium } from "../harness/chromium.ts";
import { useDemo } from "./demo.ts";

describeInChromium("signing in, in a browser", (browser) => {
  const demo = useDemo(browser);

  it("shows the signed-in user, and asks for no more scopes, with and without scripts", async () => {
    const ada = await demo().newPerson({ javaScriptEnabled: false });
    await ada.signIn();
    expect(ada.place).toBe("/");
    expect(await ada.heading()).toBe("Hello, Ada Lovelace");
    expect(await ada.access("Drive files")).toBe("Not granted");
    expect(ada.granted()).toEqual([]);
    const [asked] = demo().google.requests.of("authorization");
    expect(asked?.query["scope"]).toBe("openid email profile");
  });

  it.each([
    { box: "drive", granted: ["drive.metadata.readonly"], drive: "Granted", calendar: "Not granted" },
    { box: "calendar", granted: ["calendar.readonly"], drive: "Not granted", calendar: "Granted" },
  ] as const)("works with the ticked boxes only: $box", async ({ box, granted, drive, calendar }) => {
    const ada = await demo().newPerson();
    await ada.open("/");
    await ada.press("Sign in and choose what to share");
    await ada.choose("Ada Lovelace");
    await ada.allow(box);
    expect(ada.place).toBe("/");
    expect(await ada.access("Drive files")).toBe(drive);
    expect(await ada.access("Calendar")).toBe(calendar);
    expect(ada.granted()).toEqual(granted);

    await ada.press(box === "drive" ? "Drive files" : "Calendar");
    expect(
      demo()
        .google.requests.of(box)
        .map(({ status }) => status),
    ).toEqual([200]);
  });

  it("signs in and asks for Drive in one step, and shows the files", async () => {
    const ada = await demo().newPerson();
    await ada.open("/");
    await ada.press("Test the flow");
    await ada.choose("Ada Lovelace");
    await ada.allow("drive");
    expect(ada.place).toBe("/drive");
    expect(await ada.page.getByRole("listitem").allInnerTexts()).toContainEqual(
      expect.stringContaining("Welcome, Ada"),
    );
    expect(demo().google.requests.of("authorization")).toHaveLength(1);
  });

  it("works by keyboard only", async () => {
    const ada = await demo().newPerson();
    await ada.open("/");
    await ada.tabTo("Test the flow");
    await ada.tabTo(/Ada Lovelace/);
    await ada.page.getByRole("checkbox").press("Space");
    await ada.page.getByRole("checkbox").press("Space");
    await ada.tabTo("Allow");
    expect(ada.place).toBe("/drive");
    expect(await ada.heading()).toBe("Drive files");
  });

  it("S19 shows a page when the user cancels, with links to go on or to try again", async () => {
    const ada = await demo().newPerson();
    await ada.open("/");
    await ada.press("Sign in with Google");
    await ada.choose("Ada Lovelace");
    await ada.press("Cancel");
    expect(await ada.heading()).toBe("You said no, and that is fine");
    expect(demo().google.requests.of("token")).toEqual([]);

    await ada.press("Ask me again");
    expect(ada.place).toMatch(/^Google/);
    await ada.choose("Ada Lovelace");
    await ada.press("Cancel");
    await ada.press("Continue without it");
    expect(ada.place).toBe("/");
    expect(await ada.find("Sign in with Google").count()).toBe(1);
  });

  it("S18 responds to the back button at a used callback with a page that has a link", async () => {
    const ada = await demo().newPerson();
    const callbacks: string[] = [];
    ada.page.on("request", (request) => {
      if (request.url().includes("/oauth2callback?")) callbacks.push(request.url());
    });
    await ada.signIn();
    expect(callbacks).toHaveLength(1);
    expect(await ada.open(callbacks[0]!)).toBe(400);
    expect(await ada.heading()).toBe("Please start again");
    await ada.press("Back to the start page");
    expect(await ada.heading()).toBe("Hello, Ada Lovelace");
    expect(demo().google.requests.of("token")).toHaveLength(1);
  });

  it("S16 keeps two people at two browsers apart", async () => {
    const [ada, grace] = [await demo().newPerson(), await demo().newPerson()];
    await ada.signIn("Ada Lovelace");
    await grace.signIn("Grace Hopper");
    await ada.open("/");
    expect(await ada.heading()).toBe("Hello, Ada Lovelace");
    expect(await grace.heading()).toBe("Hello, Grace Hopper");
  });

  it("S11 never leaves the app for a forged return address", async () => {
    const ada = await demo().newPerson();
    await ada.signIn();
    for (const address of ["//e.example", "/\\e.example", "https:e.example", "/\t/e.example", "javascript:alert(1)"]) {
      // Google knows her consent, and redirects back at once.
      await ada.open(`/authorize?return_to=${encodeURIComponent(address)}`);
      expect(ada.place, address).toBe("/");
      expect(await ada.heading(), address).toBe("Hello, Ada Lovelace");
    }
    expect(demo().google.requests.of("token")).toHaveLength(6);
  });
});
