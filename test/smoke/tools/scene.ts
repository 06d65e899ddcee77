// What the smoke scripts of the adapters have in common: the emulator, a server that waits for its app, and a visitor.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator } from "@scopegate/emulator";

export const DRIVE = "https://www.googleapis.com/auth/drive.metadata.readonly";
const CLIENT = { clientId: "smoke.apps.googleusercontent.com", clientSecret: "GOCSPX-of-the-smoke-test-0123456789" };

/** Google, an address for the app, and a browser without a screen that keeps the app's cookies and follows nothing. */
export class Scene {
  readonly emulator: Emulator;
  readonly #server = createServer();
  readonly #cookies = new Map<string, string>();
  #origin = "";

  constructor(emulator: Emulator) {
    this.emulator = emulator;
  }

  static async start(): Promise<Scene> {
    const scene = new Scene(await startEmulator());
    scene.#server.listen(0, "localhost");
    await once(scene.#server, "listening");
    scene.#origin = `http://localhost:${(scene.#server.address() as AddressInfo).port}`;
    scene.emulator.addClient({ ...CLIENT, redirectUris: [scene.options.redirectUri] });
    return scene;
  }

  /** For `googleOAuth()`. */
  get options() {
    return { client: CLIENT, redirectUri: `${this.#origin}/oauth2callback`, endpoints: this.emulator.endpoints };
  }

  /** The API that the app shows files of. */
  get files(): string {
    return `${this.emulator.apis.drive}/files`;
  }

  serve(listener: RequestListener): void {
    this.#server.on("request", listener);
  }

  async open(address: string, form?: URLSearchParams): Promise<Response> {
    const answer = await fetch(new URL(address, this.#origin), {
      redirect: "manual",
      headers: { accept: "text/html", cookie: [...this.#cookies].map((pair) => pair.join("=")).join("; ") },
      ...(form && { method: "POST", body: form }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      this.#cookies.set(name!, value!);
    }
    return answer;
  }

  /** `/files` of the app, behind a guard for {@link DRIVE}: refused, asked for at Google, come back to, and seen. */
  async seeFiles(): Promise<void> {
    const refused = (await (await this.open("/files")).json()) as { authorizeUrl: string };
    const toGoogle = await this.open(`${refused.authorizeUrl}&return_to=/files`);
    const callback = await this.emulator.approve(toGoogle.headers.get("location")!, { user: "ada@example.com" });
    assert.equal((await this.open(callback)).headers.get("location"), "/files");
    const page = await this.open("/files");
    assert.equal(page.status, 200);
    assert.ok(((await page.json()) as { files: unknown[] }).files.length > 0);
  }

  async end(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await this.emulator.stop();
  }
}
