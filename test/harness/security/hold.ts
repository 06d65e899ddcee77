import { Agent } from "undici";
import type { Dispatcher } from "undici";

/** Holds a request to Google until the test releases it, so that two writers meet without sleeping. */
export interface HeldRequest extends AsyncDisposable {
  /** For the option `dispatcher`. */
  readonly dispatcher: Dispatcher;
  /** Resolves when the request has arrived. */
  readonly arrived: Promise<void>;
  release(): void;
}

/** Holds the first refresh. All other requests pass. */
export function holdFirstRefresh(): HeldRequest {
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const agent = new Agent();
  let isFirst = true;
  const dispatcher = agent.compose((dispatch) => (options, handler) => {
    const body = typeof options.body === "string" ? options.body : "";
    if (!isFirst || !body.includes("grant_type=refresh_token")) return dispatch(options, handler);
    isFirst = false;
    arrived.resolve();
    void released.promise.then(() => dispatch(options, handler));
    return true;
  });
  return {
    dispatcher,
    arrived: arrived.promise,
    release: () => released.resolve(),
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}
