import { expect, it } from "vitest";
import { describeInChromium } from "../harness/chromium.ts";
import { useDemo } from "./demo.ts";

describeInChromium("journeys that do not go smoothly, in a browser", (browser) => {
  const demo = useDemo(browser);

  it("a double click on consent signs in once", async () => {
    const ada = await demo().newPerson();
    await ada.open("/drive");
    await ada.choose("Ada Lovelace");
    await ada.page.getByRole("checkbox").setChecked(true);
    await ada.page.getByRole("button", { name: "Allow" }).dblclick({ noWaitAfter: true });
    await ada.page.waitForURL(`${demo().origin}/drive`);
    expect(await ada.heading()).toBe("Drive files");
    const exchanges = demo()
      .google.requests.of("token")
      .filter(({ status }) => status === 200);
    expect(exchanges).toHaveLength(1);
  });

  it("a session that ends while the user is at Google is replaced, and the user returns to the page", async () => {
    const ada = await demo().newPerson();
    await ada.signIn();
    await ada.press("Calendar");
    expect(ada.place).toMatch(/^Google/);
    await ada.page.context().clearCookies({ name: "scopegate-demo" });
    await ada.allow("calendar");
    expect(ada.place).toBe("/calendar");
    expect(await ada.heading()).toBe("Calendar");
  });

  it("a browser that lost the app's cookies gets a page that explains it, and no loop", async () => {
    const ada = await demo().newPerson();
    await ada.open("/drive");
    await ada.choose("Ada Lovelace");
    await ada.page.context().clearCookies({ domain: "localhost" });
    await ada.allow("drive");
    expect(ada.place).toMatch(/^\/oauth2callback\?/);
    expect(await ada.heading()).toBe("Please start again");
    expect(await ada.page.getByText("attempt_not_found").count()).toBeGreaterThan(0);
    expect(demo().google.requests.of("token")).toEqual([]);
  });

  it("a link to another user's callback signs no one in", async () => {
    const mallory = await demo().newPerson();
    await mallory.open("/drive");
    await mallory.choose("Grace Hopper");
    await mallory.page.route(`${demo().origin}/oauth2callback*`, (route) => route.fulfill({ status: 204, body: "" }));
    await mallory.page.getByRole("checkbox").setChecked(true);
    const [request] = await Promise.all([
      mallory.page.waitForRequest(`${demo().origin}/oauth2callback*`),
      mallory.page.getByRole("button", { name: "Allow" }).click(),
    ]);

    const ada = await demo().newPerson();
    await ada.signIn();
    demo().google.requests.clear();
    await ada.open(request.url());
    expect(await ada.heading()).toBe("Please start again");
    await ada.open("/");
    expect(await ada.heading()).toBe("Hello, Ada Lovelace");
    expect(demo().google.requests.of("token")).toEqual([]);
  });
});
