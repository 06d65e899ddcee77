import { channel } from "node:diagnostics_channel";
import { AuthError } from "../errors/auth-error.ts";
import type { AuthErrorCode } from "../errors/auth-error.ts";

/** How an operation ended: `ok`, or the code of the {@link AuthError} that it failed with. */
export type Outcome = "ok" | AuthErrorCode;

/** The fields of every message. No message identifies a user or contains a secret. */
interface Message {
  /** The option `name` of the `googleOAuth()` instance. */
  readonly instance: string;
  readonly outcome: Outcome;
}

interface TimedMessage extends Message {
  /** How long the operation took, in milliseconds. The message is published when the operation ends. */
  readonly duration: number;
}

/**
 * The messages that Scopegate publishes on `node:diagnostics_channel`, by channel. The channel of `authorize` is
 * `scopegate:authorize`, and so on. Messages are made only while a channel has a subscriber.
 *
 * @example
 * ```ts
 * import { subscribe } from "node:diagnostics_channel";
 * import type { DiagnosticMessages } from "@scopegate/express";
 *
 * subscribe("scopegate:refresh", (message) => {
 *   const { outcome, duration } = message as DiagnosticMessages["refresh"];
 *   console.log(`refresh: ${outcome} after ${Math.round(duration)} ms`);
 * });
 * ```
 */
export interface DiagnosticMessages {
  /** An authorization began: the browser is redirected to Google. */
  readonly authorize: Message & {
    /** The requested scopes. */
    readonly scopes: readonly string[];
    /** Whether a signed-in user is asked for additional scopes. */
    readonly incremental: boolean;
    /** Whether this is the consent retry: the second request, with `prompt=consent`, because no refresh token came. */
    readonly consentRetry: boolean;
  };
  /** The callback route sent its response. */
  readonly callback: TimedMessage;
  /** An access token was refreshed, or the refresh failed. Callers that share one refresh share one message. */
  readonly refresh: TimedMessage;
  /** A grant was revoked. */
  readonly revoke: TimedMessage;
  /** A token source of `@scopegate/core/service` requested a token, or failed to. `instance` is the kind of the source. */
  readonly service: TimedMessage;
  /** A guard passed a request on (`ok`) or refused it (the code of its error). */
  readonly guard: Message & {
    /** The scopes that the user had not granted. */
    readonly missing: readonly string[];
  };
}

const channels = {
  authorize: channel("scopegate:authorize"),
  callback: channel("scopegate:callback"),
  refresh: channel("scopegate:refresh"),
  revoke: channel("scopegate:revoke"),
  service: channel("scopegate:service"),
  guard: channel("scopegate:guard"),
} as const satisfies Record<keyof DiagnosticMessages, unknown>;

/** Whether a channel has a subscriber. Where it has none, callers need not compute a message. */
export function isObserved(name: keyof DiagnosticMessages): boolean {
  return channels[name].hasSubscribers;
}

/** Publishes a message to the channel's subscribers, if it has any. */
export function publish<K extends keyof DiagnosticMessages>(name: K, message: DiagnosticMessages[K]): void {
  channels[name].publish(message);
}

/**
 * Runs an operation and publishes how it ended and how long it took.
 * @returns the result of `work`; rejects with its error, unchanged
 */
export async function observe<T>(
  name: "callback" | "refresh" | "revoke" | "service",
  instance: string,
  work: () => Promise<T>,
): Promise<T> {
  if (!isObserved(name)) return work();
  const start = performance.now();
  const end = (outcome: Outcome) => publish(name, { instance, outcome, duration: performance.now() - start });
  try {
    const result = await work();
    end("ok");
    return result;
  } catch (error) {
    const reason = error instanceof AuthError ? error : (error as Error | undefined)?.cause;
    end(reason instanceof AuthError ? reason.code : "internal_error");
    throw error;
  }
}
