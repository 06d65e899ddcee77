import type { Emulator } from "@scopegate/emulator";
import type { Locator, Page } from "playwright-core";

/** What the emulator's consent page says of the demo's two features. */
const BOXES = { drive: /See information about your Drive files/, calendar: /See all your calendars/ } as const;

/** A feature's box on the consent page. */
export type Box = keyof typeof BOXES;

/** More than there are things to focus on any page. */
const MAX_TABS = 30;

/** Somebody at a browser, who finds things by what they are and are called. */
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
      if (protocol !== "data:" && !home.has(host)) this.#complaints.push(`asked ${host} for something`);
    });
    page.on("pageerror", (error) => this.#complaints.push(error.message));
    page.on("console", (message) => {
      // Chromium notes every page with an error's status; those pages are wanted.
      const isStatus = message.text().startsWith("Failed to load resource: the server responded with a status of");
      if (message.type() === "error" && !isStatus) this.#complaints.push(message.text());
    });
  }

  /** What went wrong in the browser itself: refused by a page's policy, loaded from elsewhere. */
  get complaints(): readonly string[] {
    return this.#complaints;
  }

  /** Path and query of the app's page, or `Google` and the path of Google's. */
  get place(): string {
    const { origin, pathname, search } = new URL(this.page.url());
    return origin === this.#origin ? pathname + search : `Google ${pathname}`;
  }

  /** The heading of the page. */
  async heading(): Promise<string> {
    return this.page.getByRole("heading", { level: 1 }).innerText();
  }

  /** Goes to an address of the app, as typed. Gives the status that the page came with. */
  async open(path: string): Promise<number | undefined> {
    const response = await this.page.goto(path);
    return response?.status();
  }

  /** Follows a link or presses a button, until the page that comes of it is there. */
  async press(name: string | RegExp): Promise<void> {
    await this.leaveBy(this.find(name));
  }

  /** As {@link press}, by keyboard alone: the Tab key until the control has the focus, then Enter. */
  async tabTo(name: string | RegExp): Promise<void> {
    const control = this.find(name);
    for (let tabs = 0; !(await control.evaluate((element) => element === document.activeElement)); tabs++) {
      if (tabs === MAX_TABS) throw new Error(`the Tab key does not reach ${String(name)}`);
      await this.page.keyboard.press("Tab");
    }
    await Promise.all([this.page.waitForEvent("load"), this.page.keyboard.press("Enter")]);
  }

  /** Signs in from the start page, sharing nothing but who they are. */
  async signIn(account = "Ada Lovelace"): Promise<void> {
    await this.open("/");
    await this.press("Sign in with Google");
    await this.choose(account);
    await this.press("Continue");
  }

  /** Signs in by opening the Drive files, and shares those. */
  async signInWithDrive(): Promise<void> {
    await this.open("/drive");
    await this.choose("Ada Lovelace");
    await this.allow("drive");
  }

  /** At Google: the account chooser. */
  async choose(account: string): Promise<void> {
    await this.leaveBy(this.page.getByRole("button", { name: new RegExp(account) }));
  }

  /** At Google: ticks these boxes and no others, and allows them. */
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

  /** What the emulator's ledger holds for an account: the features' scopes, by their last part. */
  granted(email = "ada@example.com"): string[] {
    return this.#google
      .grants(email)
      .flatMap(({ scopes }) => scopes)
      .map((scope) => scope.replace("https://www.googleapis.com/auth/", ""))
      .filter((scope) => scope !== "openid" && !scope.startsWith("userinfo."))
      .toSorted();
  }

  /** The same person, same browser, another tab. */
  async newTab(): Promise<Person> {
    return new Person(await this.page.context().newPage(), this.#origin, this.#google);
  }

  /** The app's session cookie: what a thief would want. */
  async sessionCookie(): Promise<string | undefined> {
    const cookies = await this.page.context().cookies(this.#origin);
    return cookies.find(({ name }) => name === "scopegate-demo")?.value;
  }

  find(name: string | RegExp): Locator {
    const exact = typeof name === "string";
    return this.page.getByRole("link", { name, exact }).or(this.page.getByRole("button", { name, exact }));
  }

  /** Without scripts, whatever is pressed brings another page; its load is what to wait for. */
  async leaveBy(control: Locator): Promise<void> {
    await Promise.all([this.page.waitForEvent("load"), control.click()]);
  }
}
