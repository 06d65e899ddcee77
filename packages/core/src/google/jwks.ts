import type { CompactVerifyGetKey, JSONWebKeySet, JWK } from "jose";
import { AuthError } from "../errors/auth-error.ts";
import { createHttpClient, type HttpClientOptions } from "./http-client.ts";
import { parseObject } from "./untrusted-text.ts";

/** What a key set is made from. */
export interface KeySetOptions extends HttpClientOptions {
  /** Where the JSON Web Key Set is (RFC 7517 section 5). */
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Finds the key that a signature's header names, as jose's verify functions ask for it.
 *
 * Rejects with `AuthError` `temporarily_unavailable` where the keys cannot be had, and with jose's
 * `ERR_JWKS_NO_MATCHING_KEY` where they can and this one is not among them.
 */
export type KeySet = (...asked: Parameters<CompactVerifyGetKey>) => Promise<Awaited<ReturnType<CompactVerifyGetKey>>>;

const MINUTE = 60_000;
/** How long a key set is used without asking again: as `Cache-Control` says, within bounds. */
const LIFETIME = { least: 5 * MINUTE, most: 24 * 60 * MINUTE, byDefault: 60 * MINUTE } as const;
/** Milliseconds between fetches on behalf of unknown keys, and between fetches that fail. */
const COOLDOWN = 30_000;

interface Fetched {
  readonly find: CompactVerifyGetKey;
  readonly staleAt: number;
}

/**
 * Makes a {@link KeySet} that fetches its keys when they are first needed and keeps them.
 *
 * - However many ask, there is one fetch at a time.
 * - An unknown `kid` fetches once more, so that rotation is picked up without a restart, but not more often than every
 *   30 seconds: tokens with invented kids must not turn into traffic.
 * - Where a fetch fails, the keys of the last one serve on.
 *
 * jose's own `createRemoteJWKSet` has these rules in part, but reads the global clock, and forgets its keys when they are stale.
 */
export function createKeySet({ url, now, ...options }: KeySetOptions): KeySet {
  const request = createHttpClient({ ...options, now });
  let current: Fetched | undefined;
  /** The last fetch, if it failed. */
  let failure: { readonly error: AuthError; readonly at: number } | undefined;
  let pending: Promise<Fetched> | undefined;
  let unknownKeyAt = Number.NEGATIVE_INFINITY;

  async function fetchKeys(): Promise<Fetched> {
    try {
      const answer = await request({ url, replay: "safe" });
      const { createLocalJWKSet } = await import("jose");
      const keys = readKeySet(answer.status, answer.body);
      current = {
        find: createLocalJWKSet(keys),
        staleAt: now() + lifetime(answer.header("cache-control"), answer.header("age")),
      };
      failure = undefined;
      return current;
    } catch (cause) {
      const error = unavailable(url, cause);
      failure = { error, at: now() };
      throw error;
    } finally {
      pending = undefined;
    }
  }

  function reload(): Promise<Fetched> {
    return (pending ??= fetchKeys());
  }

  function hasJustFailed(): boolean {
    return failure !== undefined && now() < failure.at + COOLDOWN;
  }

  async function usableKeys(): Promise<Fetched> {
    if (current === undefined) return reload();
    if (now() < current.staleAt || hasJustFailed()) return current;
    const stale = current;
    return reload().catch(() => stale);
  }

  return async function find(header, token) {
    const before = current;
    const keys = await usableKeys();
    try {
      return await keys.find(header, token);
    } catch (error) {
      if (!isUnknownKey(error)) throw error;
      // Keys fetched since this token came in: asking again would give the same.
      if (keys !== before) throw error;
      if (current !== undefined && current !== keys) return current.find(header, token);
      if (pending === undefined && (hasJustFailed() || now() < unknownKeyAt + COOLDOWN)) throw failure?.error ?? error;
      unknownKeyAt = now();
      return (await reload()).find(header, token);
    }
  };
}

function isUnknownKey(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_JWKS_NO_MATCHING_KEY";
}

function readKeySet(status: number, body: string): JSONWebKeySet {
  if (status !== 200) throw new Error(`HTTP ${status}`);
  const keys = parseObject(body)?.["keys"];
  if (!Array.isArray(keys) || keys.length === 0)
    throw new Error("the answer is not a JSON Web Key Set with at least one key");
  return { keys: keys as JWK[] };
}

function unavailable(url: string, cause: unknown): AuthError {
  const reason = cause instanceof Error && !(cause instanceof AuthError) ? `: ${cause.message}` : "";
  const retryAfter = cause instanceof AuthError ? Number(cause.headers["Retry-After"]) : Number.NaN;
  return new AuthError("temporarily_unavailable", {
    detail: `the signing keys at ${url} cannot be fetched${reason}`,
    cause,
    ...(retryAfter > 0 && { retryAfter }),
  });
}

/** Milliseconds that an answer may be used for: `max-age` less `Age` (RFC 9111 section 4.2). */
function lifetime(cacheControl: string | undefined, age: string | undefined): number {
  const maxAge = /(?:^|[\s,])max-age\s*=\s*"?(\d{1,10})/i.exec(cacheControl ?? "")?.[1];
  if (maxAge === undefined) return LIFETIME.byDefault;
  const spent = /^\d{1,10}$/.test(age ?? "") ? Number(age) : 0;
  return Math.min(Math.max((Number(maxAge) - spent) * 1_000, LIFETIME.least), LIFETIME.most);
}
