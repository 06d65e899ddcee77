import { scopegateSession } from "@scopegate/core";
import type { SessionRecord, SessionRecordStore } from "@scopegate/core";
import type { StartApp } from "./test-app.ts";

/** What a session can do. Tests that need more than any session can say so by this, and by no name. */
export interface SessionTraits {
  /** Where it lives. What lives in a cookie, `app.sessions()` does not see, and nobody can take back from who copied it. */
  readonly storage: "server" | "cookie";
  /** Whether the app mounts it itself: it keeps content of its own there, and may have mounted another kind. */
  readonly isMiddleware: boolean;
  /** Whether a request that changed anything writes all of it when it ends, over what others have written meanwhile. */
  readonly isWrittenWhole: boolean;
}

/** Session middleware of the framework, with its sessions on the server: what the harness of each mounts by default. */
export const USUAL_SESSION: SessionTraits = { storage: "server", isMiddleware: true, isWrittenWhole: true };

/** Starts the same apps without session middleware, on a session of Scopegate's own: sealed in its cookie, or in a store. */
export function onOurSession(start: StartApp, storage: SessionTraits["storage"]): StartApp {
  return async (spec) => {
    // A test that names its session is about that one.
    if (spec.session !== undefined) return start(spec);
    const records = new Map<string, string>();
    const store = storage === "server" ? { store: storeIn(records) } : {};
    // On the machine's clock, as session middleware is: tests move Google's.
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

/** Keeps records as text and answers with promises, as a database does. */
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
