import { expect, it } from "vitest";
import { describeInChromium } from "../harness/chromium.ts";
import { useDemo } from "./demo.ts";
import { expectGoodLooks } from "./looks.ts";

describeInChromium("pages, light and dark, down to a width of 320 px,", (browser) => {
  const demo = useDemo(browser);

  it("of the demo app look right and are accessible", async () => {
    const ada = await demo().newPerson();
    await ada.open("/");
    await expectGoodLooks(ada.page, "demo-welcome");
    await ada.signIn();
    await expectGoodLooks(ada.page, "demo-home");
    await ada.press("Drive files");
    await ada.allow("drive");
    await expectGoodLooks(ada.page, "demo-drive");
    await ada.press("Calendar");
    await ada.allow("calendar");
    await expectGoodLooks(ada.page, "demo-calendar");
    await ada.press("Scopegate demo");
    await expectGoodLooks(ada.page, "demo-home-granted");
    await ada.press("Clear (this app’s session only)");
    await expectGoodLooks(ada.page, "demo-cleared");
  });

  it("of Scopegate look right and are accessible", async () => {
    const ada = await demo().newPerson();
    await ada.signIn();
    await ada.press("Drive files");
    await ada.press("Cancel");
    await expectGoodLooks(ada.page, "scopegate-denied");
    await ada.press("Ask me again");
    await ada.allow();
    await expectGoodLooks(ada.page, "scopegate-declined");
    await ada.press("Ask me again");
    await ada.press("Switch account");
    await ada.choose("Grace Hopper");
    await ada.allow("drive");
    await expectGoodLooks(ada.page, "scopegate-account");
    await ada.open("/revoke");
    await expectGoodLooks(ada.page, "scopegate-revoke");
    await ada.open("/signout");
    await expectGoodLooks(ada.page, "scopegate-sign-out");
    expect(await ada.open("/oauth2callback?state=forged&code=forged")).toBe(400);
    await expectGoodLooks(ada.page, "scopegate-error");
  });

  it("of the emulator look right and are accessible", async () => {
    const ada = await demo().newPerson();
    await ada.page.goto(demo().google.url);
    await expectGoodLooks(ada.page, "emulator-home");
    await ada.open("/");
    await ada.press("Sign in and choose what to share");
    await expectGoodLooks(ada.page, "emulator-accounts");
    await ada.choose("Ada Lovelace");
    await expectGoodLooks(ada.page, "emulator-consent");
    await ada.page.goto(`${demo().google.endpoints.authorization}?client_id=nobody`);
    await expectGoodLooks(ada.page, "emulator-error");
  });
});
