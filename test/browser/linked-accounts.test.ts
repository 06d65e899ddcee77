import { expect, it } from "vitest";
import { describeInChromium } from "../harness/chromium.ts";
import { useDemo } from "./demo.ts";
import { expectGoodLooks } from "./looks.ts";
import type { Box, Person } from "./person.ts";

/** Signs in with Drive, and links Grace's account with the scopes that she allows. */
async function linkGrace(person: Person, ...allowed: Box[]): Promise<void> {
  await person.signInWithDrive();
  await person.open("/");
  await person.press("Link another account");
  await person.choose("Grace Hopper");
  await person.allow(...allowed);
}

async function expectGracesFiles({ page }: Person): Promise<void> {
  expect(await page.getByRole("listitem").allInnerTexts()).toContainEqual(expect.stringContaining("Welcome, Grace"));
}

describeInChromium("several accounts, in a browser", (browser) => {
  const demo = useDemo(browser);

  it("are linked, used and unlinked while the same person stays signed in, with and without scripts", async () => {
    const ada = await demo().newPerson({ javaScriptEnabled: false });
    await linkGrace(ada, "drive");
    expect(ada.place).toBe("/");
    expect(await ada.heading()).toBe("Hello, Ada Lovelace");
    const rows = ada.page.getByRole("table", { name: "Your Google accounts" }).getByRole("rowheader");
    expect(await rows.allInnerTexts()).toEqual([
      expect.stringMatching(/^ada@example\.com\s+Signed in$/),
      expect.stringMatching(/^grace@workspace\.example\s+Linked$/),
    ]);

    await ada.press("Files of grace@workspace.example");
    const files = ada.page.getByRole("listitem");
    expect(await files.allInnerTexts()).toContainEqual(expect.stringContaining("Welcome, Grace"));
    await ada.press("ada@example.com");
    expect(ada.place).toBe("/drive");
    expect(await files.allInnerTexts()).toContainEqual(expect.stringContaining("Welcome, Ada"));

    await ada.open("/");
    await ada.press("Unlink grace@workspace.example");
    expect(await ada.page.getByRole("status").innerText()).toContain("grace@workspace.example is unlinked");
    expect(await rows.count()).toBe(1);
    expect(ada.granted("grace@workspace.example")).toEqual([]);
    expect(ada.granted()).toEqual(["drive.metadata.readonly"]);
  });

  it("have separate scopes, and one without Drive can be asked again", async () => {
    const ada = await demo().newPerson();
    await linkGrace(ada);
    expect(await ada.access("Drive files")).toBe("Granted");
    await ada.press("Allow the Drive of grace@workspace.example");
    expect(await ada.heading()).toBe("grace@workspace.example has not allowed its Drive");
    await ada.press("Allow it");
    await ada.choose("Grace Hopper");
    await ada.allow("drive");
    await expectGracesFiles(ada);
  });

  it("that Google no longer accepts are named, and can be linked again", async () => {
    const ada = await demo().newPerson();
    await linkGrace(ada, "drive");
    const { google } = demo();
    google.revokeUser("grace@workspace.example");
    await ada.press("Files of grace@workspace.example");
    expect(await ada.heading()).toBe("Google no longer gives this app access");
    await ada.press("Reconnect");
    await ada.choose("Grace Hopper");
    await ada.allow("drive");
    await expectGracesFiles(ada);
  });

  it("look right on any screen, light and dark", async () => {
    const ada = await demo().newPerson();
    await linkGrace(ada, "drive");
    await expectGoodLooks(ada.page, "demo-linked-accounts");
    await ada.press("Files of grace@workspace.example");
    await expectGoodLooks(ada.page, "demo-linked-drive");
  });
});
