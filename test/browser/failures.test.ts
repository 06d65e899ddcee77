import { expect, it } from "vitest";
import { describeInChromium } from "../harness/chromium.ts";
import { useDemo } from "./demo.ts";
import { expectGoodLooks } from "./looks.ts";
import type { Person } from "./person.ts";

describeInChromium("failures end in a page with a way on, in a browser", (browser) => {
  const demo = useDemo(browser);

  /** A person who has signed in and sees the Drive files. */
  async function newDriveUser(): Promise<Person> {
    const ada = await demo().newPerson();
    await ada.signInWithDrive();
    return ada;
  }

  it("says that there are no files", async () => {
    demo().google.faults.add({ endpoint: "drive", transform: (answer) => ({ ...answer, files: [] }) });
    const ada = await newDriveUser();
    expect(await ada.page.getByText("There are no files in your Drive yet").count()).toBe(1);
    await expectGoodLooks(ada.page, "demo-no-files");
    await ada.press("Back to the start page");
    expect(ada.place).toBe("/");
  });

  it("explains an API's refusal, and logs Google's reason for the developer", async () => {
    const ada = await newDriveUser();
    const error = {
      code: 403,
      message: "Google Drive API has not been used in project 1 before or it is disabled.",
      errors: [{ reason: "accessNotConfigured" }],
    };
    demo().google.faults.add({ endpoint: "drive", status: 403, body: { error } });
    expect(await ada.open("/drive")).toBe(403);
    expect(await ada.heading()).toBe("Google did not allow this");
    expect(await ada.page.getByRole("complementary").innerText()).toContain("Enable the API");
    await expectGoodLooks(ada.page, "demo-api-refused");
    await ada.press("Try again");
    expect(await ada.heading()).toBe("Drive files");
  });

  it("asks the user to wait while an API fails, and works afterwards", async () => {
    const ada = await newDriveUser();
    for (const fault of [{ reset: true }, { status: 200, body: "<html>" }, { status: 503, body: "" }]) {
      demo().google.faults.add({ endpoint: "drive", ...fault });
      expect(await ada.open("/drive")).toBe(503);
      expect(await ada.heading()).toBe("Google cannot be reached right now");
    }
    expect(demo().logged).toHaveLength(3);
    await expectGoodLooks(ada.page, "demo-unavailable");
    await ada.press("Try again");
    expect(await ada.heading()).toBe("Drive files");
  });

  it("offers to reconnect after the access was removed at Google", async () => {
    const ada = await newDriveUser();
    await ada.open("/");
    await ada.press("Remove access at local Google");
    expect(demo().google.grants("ada@example.com")).toEqual([]);

    await ada.press("Drive files");
    expect(await ada.heading()).toBe("Google no longer gives this app access");
    await expectGoodLooks(ada.page, "demo-reconnect");
    const home = await ada.newTab();
    await home.open("/");
    expect(await home.access("Drive files")).toBe("Not granted");
    await expectGoodLooks(home.page, "demo-disconnected");

    await ada.press("Reconnect");
    await ada.allow("drive");
    expect(ada.place).toBe("/drive");
    await ada.press("Scopegate demo");
    expect(await ada.heading()).toBe("Hello, Ada Lovelace");
    expect(await ada.access("Drive files")).toBe("Granted");
  });

  it("refreshes an expired access token unnoticed", async () => {
    const ada = await newDriveUser();
    demo().google.expireAccessTokens();
    expect(await ada.open("/drive")).toBe(200);
    expect(
      demo()
        .google.requests.of("token")
        .map(({ form }) => form["grant_type"]),
    ).toEqual(["authorization_code", "refresh_token"]);
  });

  it("responds to programs with JSON", async () => {
    const ada = await newDriveUser();
    demo().google.faults.add({ endpoint: "drive", status: 500 });
    const answer = await ada.page.request.get("/drive", { headers: { accept: "application/json" } });
    expect(answer.status()).toBe(503);
    expect(await answer.json()).toEqual({ error: "Google cannot be reached right now" });

    demo().google.revokeUser("ada@example.com");
    const refused = await ada.page.request.get("/drive", { headers: { accept: "application/json" } });
    expect(refused.status()).toBe(401);
    expect(await refused.json()).toMatchObject({
      error: "reconnect_required",
      authorizeUrl: expect.stringContaining(`${demo().origin}/authorize?`),
    });
  });

  it("has a page for unknown addresses", async () => {
    const ada = await demo().newPerson();
    expect(await ada.open("/nowhere")).toBe(404);
    await expectGoodLooks(ada.page, "demo-not-found");
    await ada.press("Back to the start page");
    expect(ada.place).toBe("/");
  });
});
