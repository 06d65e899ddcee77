import type { Emulator } from "@scopegate/emulator";
import type { Locator, Page } from "playwright-core";

/** The labels of the demo's two features on the emulator's consent page. */
const BOXES = { drive: /See information about your Drive files/, calendar: /See all your calendars/ } as const;

/** A feature with a box on the consent page. */
export type Box = keyof typeof BOXES;

/** More than any page has controls. */
const MAX_TABS = 30;

/** A person at a browser, who finds controls by role and name. */
export class Person {
  readonly page: Page;
  readonly #origin: string;
  readonly #google: Emulator;
  readonly #complaints: string[] = [];

  constructor(page: Page, origin: string, google: Emulator) {
    this.page = page;
    this.#origin = origin;
    this.#google = google;
    const home = new Set([origin, google.url].map((url) => new URL(url).host));
    page.on("request", (request) => {
      const { host, protocol } = new URL(request.url());
      if (protocol !== "data:" && !home.has(host)) this.#complaints.push(`sent a request to ${host}`);
    });
    page.on("pageerror", (error) => this.#complaints.push(error.message));
    page.on("console", (message) => {
      // Chromium also logs each page with an error status. The tests expect such pages.
      const isStatus = message.text().startsWith("Failed to load resource: the server responded with a status of");
      if (message.type() === "error" && !isStatus) this.#complaints.push(message.text());
    });
  }

  /** Errors in the browser itself: requests to other hosts, violations of a page's policy, failures of scripts. */
  get complaints(): readonly string[] {
    return this.#complaints;
  }

  /** Path and query of a page of the app, or `Google` and the path of a page of Google. */
  get place(): string {
    const { origin, pathname, search } = new URL(this.page.url());
    return origin === this.#origin ? pathname + search : `Google ${pathname}`;
  }

  /** The heading of the page. */
  async heading(): Promise<string> {
    return this.page.getByRole("heading", { level: 1 }).innerText();
  }

  /** Opens an address of the app, as if typed. Returns the status of the page. */
  async open(path: string): Promise<number | undefined> {
    const response = await this.page.goto(path);
    return response?.status();
  }

  /** Follows a link or presses a button, and waits until the next page has loaded. */
  async press(name: string | RegExp): Promise<void> {
    await this.leaveBy(this.find(name));
  }

  /** As {@link press}, by keyboard only: presses Tab until the control has the focus, and then Enter. */
  async tabTo(name: string | RegExp): Promise<void> {
    const control = this.find(name);
    for (let tabs = 0; !(await control.evaluate((element) => element === document.activeElement)); tabs++) {
      if (tabs === MAX_TABS) throw new Error(`the Tab key does not reach the control ${String(name)}`);
      await this.page.keyboard.press("Tab");
    }
    await Promise.all([this.page.waitForEvent("load"), this.page.keyboard.press("Enter")]);
  }

  /** Signs in from the start page, without access to any feature. */
  async signIn(account = "Ada Lovelace"): Promise<void> {
    await this.open("/");
    await this.press("Sign in with Google");
    await this.choose(account);
    await this.press("Continue");
  }

  /** Signs in by opening the Drive files, and allows access to them. */
  async signInWithDrive(): Promise<void> {
    await this.open("/drive");
    await this.choose("Ada Lovelace");
    await this.allow("drive");
  }

  /** Chooses an account at Google. */
  async choose(account: string): Promise<void> {
    await this.leaveBy(this.page.getByRole("button", { name: new RegExp(account) }));
  }

  /** Ticks exactly these boxes at Google, and allows them. */
  async allow(...boxes: readonly Box[]): Promise<void> {
    for (const [name, label] of Object.entries(BOXES)) {
      const box = this.page.getByRole("checkbox", { name: label });
      if ((await box.count()) > 0) await box.setChecked(boxes.includes(name as Box));
    }
    await this.press("Allow");
  }

  /** Whether the start page says that a feature is granted. */
  async access(feature: string): Promise<"Granted" | "Not granted"> {
    const row = this.page.getByRole("row", { name: feature });
    return (await row.getByText("Not granted").count()) > 0 ? "Not granted" : "Granted";
  }

  /** The scopes of features that the emulator has granted for an account, by their last part. */
  granted(email = "ada@example.com"): string[] {
    return this.#google
      .grants(email)
      .flatMap(({ scopes }) => scopes)
      .map((scope) => scope.replace("https://www.googleapis.com/auth/", ""))
      .filter((scope) => scope !== "openid" && !scope.startsWith("userinfo."))
      .toSorted();
  }

  /** The same person in another tab of the same browser. */
  async newTab(): Promise<Person> {
    return new Person(await this.page.context().newPage(), this.#origin, this.#google);
  }

  /** The app's session cookie, which a thief would want. */
  async sessionCookie(): Promise<string | undefined> {
    const cookies = await this.page.context().cookies(this.#origin);
    return cookies.find(({ name }) => name === "scopegate-demo")?.value;
  }

  find(name: string | RegExp): Locator {
    const exact = typeof name === "string";
    return this.page.getByRole("link", { name, exact }).or(this.page.getByRole("button", { name, exact }));
  }

  /** Waits for the next page. Pages without scripts load one after every click. */
  async leaveBy(control: Locator): Promise<void> {
    await Promise.all([this.page.waitForEvent("load"), control.click()]);
  }
}
