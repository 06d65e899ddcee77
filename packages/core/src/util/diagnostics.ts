import { channel } from "node:diagnostics_channel";
import { AuthError } from "../errors/auth-error.ts";
import type { AuthErrorCode } from "../errors/auth-error.ts";

/** How an operation ended: `ok`, or the code of the error that it ended with. */
export type Outcome = "ok" | AuthErrorCode;

/** What every message says. None says who the user is, and none holds a secret. */
interface Message {
  /** The option `name` of the instance. */
  readonly instance: string;
  readonly outcome: Outcome;
}

interface TimedMessage extends Message {
  /** Milliseconds that it took. It is published at the end. */
  readonly duration: number;
}

/** The messages of our `node:diagnostics_channel` channels, by name: subscribe to `scopegate:` and the name. */
export interface DiagnosticMessages {
  /** An authorization began: the browser is sent to Google. */
  readonly authorize: Message & {
    /** Scopes that are asked for. */
    readonly scopes: readonly string[];
    /** Whether a signed-in user is asked for more. */
    readonly incremental: boolean;
    /** Whether it is the consent retry, because the first request brought no refresh token. */
    readonly consentRetry: boolean;
  };
  /** A callback was answered. */
  readonly callback: TimedMessage;
  /** An access token was refreshed, or could not be. Callers that share one refresh share one message. */
  readonly refresh: TimedMessage;
  /** A grant was revoked. */
  readonly revoke: TimedMessage;
  /** A token of a service account, or the like, was asked for, or could not be had. `instance` is the source's kind. */
  readonly service: TimedMessage;
  /** A guard let a request pass (`ok`), or not. */
  readonly guard: Message & {
    /** Scopes that were missing. */
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

/** Whether anyone listens: what would have to be made for a message is not made for nobody. */
export function isObserved(name: keyof DiagnosticMessages): boolean {
  return channels[name].hasSubscribers;
}

/** Publishes a message, if anyone listens. */
export function publish<K extends keyof DiagnosticMessages>(name: K, message: DiagnosticMessages[K]): void {
  channels[name].publish(message);
}

/** Publishes how an operation ended and how long it took; its result or error passes unchanged. */
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
