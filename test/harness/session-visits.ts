import { withCookie } from "../../packages/core/src/adapter/set-cookie.ts";
import type { RequestView } from "../../packages/core/src/http/request-view.ts";
import { scopegateSession } from "../../packages/core/src/session/own/own-session.ts";
import type { ScopegateSession, ScopegateSessionOptions } from "../../packages/core/src/session/own/own-session.ts";
import type { SessionRecordStore } from "../../packages/core/src/session/own/record-store.ts";

/** The key that seals the sessions of the tests. */
export const KEY = "the key of this year, at least 32 characters";

let now = Date.parse("2026-01-01T00:00:00Z");
/** The clock of the tests. Only `advance` moves it. */
export const clock = () => now;
export const advance = (milliseconds: number) => void (now += milliseconds);

/** A browser for unit tests, without HTTP: it keeps cookies and sends them with each request. */
export class Browser {
  cookies = new Map<string, string>();
  lines: string[] = [];

  request(options: { headersSent?: boolean } = {}): RequestView {
    this.lines = [];
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return {
      method: "GET",
      url: "/",
      mountPath: "",
      header: (name) => (name === "cookie" && cookie !== "" ? `other=1; ${cookie}` : undefined),
      session: undefined,
      userId: undefined,
      raw: {},
      body: async () => "",
      appendHeader: (_name, line) => {
        this.lines = withCookie(this.lines, line);
      },
      headersSent: options.headersSent ?? false,
    };
  }

  /** The response arrives. */
  receive(): void {
    for (const line of this.lines) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (line.includes("Max-Age=0")) this.cookies.delete(name!);
      else this.cookies.set(name!, value!);
    }
  }

  copy(): Browser {
    const copy = new Browser();
    copy.cookies = new Map(this.cookies);
    return copy;
  }
}

/** Runs one request with its response. Returns the content that the request saw. */
export async function visit(
  session: ScopegateSession,
  browser: Browser,
  work: (handle: NonNullable<ReturnType<ScopegateSession["of"]>>) => unknown = () => undefined,
  options?: { headersSent: boolean },
): Promise<Record<string, unknown>> {
  const request = browser.request(options);
  await session.load(request, true);
  const handle = session.of(request, true)!;
  await work(handle);
  await new Promise((resolve) => setImmediate(resolve));
  browser.receive();
  return Object.fromEntries(
    ["user", "cart"].map((key) => [key, handle.get(key)]).filter(([, value]) => value !== undefined),
  );
}

/** The same store with promises as results. */
export function asynchronous(store: SessionRecordStore): SessionRecordStore {
  return {
    get: async (key) => store.get(key),
    set: async (key, record, options) => store.set(key, record, options),
    delete: async (key) => store.delete(key),
  };
}

export type SessionOptions = Partial<ScopegateSessionOptions>;
/** An own session with the clock and the key of the tests. */
export const make = (options: SessionOptions = {}) => scopegateSession({ keys: [KEY], now: clock, ...options });
