import { expect, it } from "vitest";
import { describeInChromium } from "../harness/chromium.ts";
import { useDemo } from "./demo.ts";
import type { Person } from "./person.ts";

describeInChromium("leaving, in a browser", (browser) => {
  const demo = useDemo(browser);

  /** A person who has signed in and allowed Drive. */
  async function newDriveUser(): Promise<Person> {
    const ada = await demo().newPerson();
    await ada.signInWithDrive();
    await ada.open("/");
    return ada;
  }

  it("S23 revokes at Google after the user's confirmation, and then asks again", async () => {
    const ada = await newDriveUser();
    await ada.press("Revoke access");
    expect(await ada.heading()).toBe("Disconnect Scopegate demo from Google?");
    await ada.press("Stay connected");
    expect(ada.place).toBe("/");
    expect(demo().google.requests.of("revocation")).toEqual([]);
    expect(ada.granted()).toEqual(["drive.metadata.readonly"]);

    await ada.press("Revoke access");
    await ada.press("Disconnect");
    expect(ada.place).toBe("/");
    expect(await ada.page.getByRole("status").innerText()).toContain("revoked");
    expect(
      demo()
        .google.requests.of("revocation")
        .map(({ status }) => status),
    ).toEqual([200]);
    expect(demo().google.grants("ada@example.com")).toEqual([]);

    await ada.press("Drive files");
    expect(ada.place).toMatch(/^Google/);
  });

  it("signs out here, and revokes nothing at Google", async () => {
    const ada = await newDriveUser();
    await ada.press("Sign out");
    await ada.press("Stay signed in");
    expect(await ada.heading()).toBe("Hello, Ada Lovelace");
    await ada.press("Sign out");
    await ada.press("Sign out");
    expect(await ada.page.getByRole("status").innerText()).toContain("signed out");
    expect(await ada.find("Sign in with Google").count()).toBe(1);
    expect(ada.granted()).toEqual(["drive.metadata.readonly"]);
    expect(demo().google.requests.of("revocation")).toEqual([]);

    // The refresh token was lost with the session, so that Google shows its consent page again, without boxes.
    await ada.press("Sign in with Google");
    await ada.press("Continue");
    expect(ada.place).toBe("/");
    expect(await ada.access("Drive files")).toBe("Granted");
  });

  it("clears only this app's session", async () => {
    const ada = await newDriveUser();
    const before = await ada.sessionCookie();
    await ada.press("Clear (this app’s session only)");
    expect(await ada.page.getByRole("status").innerText()).toContain("forgotten");
    expect(await ada.find("Sign in with Google").count()).toBe(1);
    expect(await ada.sessionCookie()).not.toBe(before);
    expect(ada.granted()).toEqual(["drive.metadata.readonly"]);
    expect(demo().google.requests.of("revocation")).toEqual([]);
  });
});
