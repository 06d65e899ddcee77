// The example on Fastify: a page that calls its API by `fetch`, and goes to Google if a response asks for it.
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator } from "@scopegate/emulator";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { createApp } from "../../examples/fastify-api/app.ts";
import { describeInChromium, newContext } from "../harness/chromium.ts";
import { expectGoodLooks } from "./looks.ts";
import { Person } from "./person.ts";

describeInChromium("a page that calls an API, in a browser", (browser) => {
  let server: Server;
  let google: Emulator;
  let app: FastifyInstance;
  let origin: string;

  beforeAll(async () => {
    server = createServer().listen(0, "localhost");
    await once(server, "listening");
    origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    const client = { clientId: "browser-tests.apps.googleusercontent.com", clientSecret: "browser-tests-secret" };
    const redirectUri = `${origin}/oauth2callback`;
    google = await startEmulator({ clients: [{ ...client, redirectUris: [redirectUri], name: "Today" }] });
    app = await createApp({ google: { client, redirectUri, endpoints: google.endpoints }, apis: google.apis });
    await app.ready();
    server.on("request", app.routing);
  });
  beforeEach(() => google.reset());
  afterAll(async () => {
    await app.close();
    server.closeAllConnections();
    server.close();
    await google.stop();
  });

  /** A person with a new browser profile at the page. */
  async function newPerson(): Promise<Person> {
    const context = await newContext(browser(), { baseURL: origin, locale: "en-GB", reducedMotion: "reduce" });
    const person = new Person(await context.newPage(), origin, google);
    onTestFinished(async () => {
      await context.close();
      expect(person.complaints).toEqual([]);
    });
    await person.open("/");
    return person;
  }

  /** Presses the button of a feature, and waits for Google's page, to which the API's response leads. */
  async function pressUntilGoogle(person: Person, name: string): Promise<void> {
    await person.find(name).click();
    await person.page.waitForURL(`${google.url}/**`);
  }

  /** A person who has signed in by opening the files, and sees them. */
  async function newFilesUser(): Promise<Person> {
    const ada = await newPerson();
    await pressUntilGoogle(ada, "Show my files");
    await ada.choose("Ada Lovelace");
    await ada.allow("drive");
    await ada.page.getByText("Travel notes").waitFor();
    return ada;
  }

  const statusOf = (person: Person, title: string) => person.page.getByRole("heading", { level: 3, name: title });

  it("turns a 401 into a sign-in, and then shows the requested files", async () => {
    const ada = await newPerson();
    await ada.find("Sign in with Google").waitFor();
    await expectGoodLooks(ada.page, "fastify-signed-out");
    await pressUntilGoogle(ada, "Show my files");
    await ada.choose("Ada Lovelace");
    await ada.allow("drive");
    await ada.page.getByText("Travel notes").waitFor();
    expect(ada.place).toBe("/?show=files");
    await ada.page.getByText("Ada Lovelace").waitFor();
    expect(ada.granted()).toEqual(["drive.metadata.readonly"]);
    await expectGoodLooks(ada.page, "fastify-files");
  });

  it("turns a 403 into a request for one more scope, and then resumes with the user's choice", async () => {
    const ada = await newFilesUser();
    await ada.page.getByLabel("How far ahead").selectOption("a month");
    await pressUntilGoogle(ada, "Show my agenda");
    const asked = google.requests.of("authorization").at(-1)!.query;
    expect(asked).toMatchObject({ include_granted_scopes: "true", login_hint: "110000000000000000001" });
    expect(asked["scope"]).not.toContain("drive");
    await ada.allow("calendar");
    await ada.page.getByText("Train to London").waitFor();
    expect(ada.place).toBe("/?show=agenda&days=31");
    expect(await ada.page.getByLabel("How far ahead").inputValue()).toBe("31");
    expect(ada.granted()).toEqual(["calendar.readonly", "drive.metadata.readonly"]);
    await expectGoodLooks(ada.page, "fastify-agenda");
  });

  it("explains a declined scope, asks again only on request, and never loops", async () => {
    const ada = await newFilesUser();
    await pressUntilGoogle(ada, "Show my agenda");
    await ada.allow();
    await statusOf(ada, "Your agenda stayed off").waitFor();
    await expectGoodLooks(ada.page, "fastify-declined");
    const visits = google.requests.of("authorization").length;

    await ada.page.reload();
    await statusOf(ada, "Your agenda is not connected").waitFor();
    expect(google.requests.of("authorization")).toHaveLength(visits);
    expect(google.requests.of("calendar")).toEqual([]);
    await ada.find("Show my files").click();
    await ada.page.getByText("Travel notes").waitFor();

    await pressUntilGoogle(ada, "Connect");
    await ada.press("Cancel");
    expect(await ada.heading()).toBe("You said no, and that is fine");
    await ada.press("Continue without it");
    await pressUntilGoogle(ada, "Show my agenda");
    await ada.allow("calendar");
    await ada.page.getByText("Dentist").waitFor();
  });

  it("explains that the user removed the access at Google, and reconnects to the same page", async () => {
    const ada = await newFilesUser();
    google.revokeUser("ada@example.com");
    await ada.find("Show my files").click();
    await statusOf(ada, "Google no longer gives this app access").waitFor();
    await expectGoodLooks(ada.page, "fastify-reconnect");
    await pressUntilGoogle(ada, "Reconnect");
    await ada.allow("drive");
    await ada.page.getByText("Travel notes").waitFor();
    expect(ada.place).toBe("/?show=files");
  });

  it("waits for `Retry-After` if Google is busy, and then tries again by itself", async () => {
    const ada = await newFilesUser();
    await ada.page.clock.install();
    google.faults.add({ endpoint: "drive", status: 503, headers: { "retry-after": "30" } });
    await ada.find("Show my files").click();
    await statusOf(ada, "Google is busy right now").waitFor();
    await expectGoodLooks(ada.page, "fastify-busy");
    await ada.page.clock.fastForward(30_000);
    await ada.page.getByText("Travel notes").waitFor();

    google.faults.add({ endpoint: "drive", status: 404 });
    await ada.find("Show my files").click();
    await statusOf(ada, "That did not work").waitFor();
    await ada.find("Try again").click();
    await ada.page.getByText("Travel notes").waitFor();
  });

  it("signs out, and disconnects", async () => {
    const ada = await newFilesUser();
    await ada.press("Sign out");
    await ada.page.getByText("You are signed out.").waitFor();
    await expectGoodLooks(ada.page, "fastify-signed-out-again");
    expect(ada.granted()).toEqual(["drive.metadata.readonly"]);

    await pressUntilGoogle(ada, "Show my files");
    await ada.allow("drive");
    await ada.page.getByText("Travel notes").waitFor();
    await ada.press("Disconnect from Google");
    expect(ada.place).toMatch(/^\/revoke/);
    await ada.press("Disconnect");
    await ada.page.getByText("You are disconnected").waitFor();
    expect(ada.granted()).toEqual([]);
  });
});
