import { scopegateSession } from "@scopegate/core";
import type { SessionRecord, SessionRecordStore } from "@scopegate/core";
import type { StartApp } from "./test-app.ts";

/** The traits of a session. A test that not every session can pass selects its cells by these traits, never by a name. */
export interface SessionTraits {
  /** Where the session lives. `app.sessions()` does not see one that lives in a cookie, and a stolen copy stays valid. */
  readonly storage: "server" | "cookie";
  /** Whether the app mounts the session itself: then it keeps content there, and may have mounted another kind. */
  readonly isMiddleware: boolean;
  /** Whether a request that changed the session writes all of it at its end, over the changes of other requests. */
  readonly isWrittenWhole: boolean;
}

/** The framework's session middleware with its sessions on the server. Most harnesses mount it by default. */
export const USUAL_SESSION: SessionTraits = { storage: "server", isMiddleware: true, isWrittenWhole: true };

/** Starts the same apps without session middleware, on Scopegate's own session: in a sealed cookie, or in a store. */
export function onOwnSession(start: StartApp, storage: SessionTraits["storage"]): StartApp {
  return async (spec) => {
    // A test that names its session is about that session.
    if (spec.session !== undefined) return start(spec);
    const records = new Map<string, string>();
    const store = storage === "server" ? { store: storeIn(records) } : {};
    // The session uses the machine's clock, as session middleware does. Tests move Google's clock only.
    const session = scopegateSession({ keys: ["a session key of the tests, 32 characters"], ...store });
    const app = await start({
      ...spec,
      session: "none",
      options: (origin) => ({ session, ...spec.options(origin) }),
    });
    const sessions = () => Object.fromEntries([...records].map(([id, text]) => [id, parse(text).content]));
    return { ...app, sessions };
  };
}

const parse = (text: string) => JSON.parse(text) as SessionRecord;

/** A store that keeps records as text and returns promises, as a database does. */
function storeIn(records: Map<string, string>): SessionRecordStore {
  return {
    async get(key) {
      const text = records.get(key);
      return text === undefined ? undefined : parse(text);
    },
    async set(key, record, { mode }) {
      if (mode === "create" || records.has(key)) records.set(key, JSON.stringify(record));
    },
    async delete(key) {
      records.delete(key);
    },
  };
}
