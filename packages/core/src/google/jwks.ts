import type { CompactVerifyGetKey, JSONWebKeySet, JWK } from "jose";
import { AuthError } from "../errors/auth-error.ts";
import { createHttpClient, type HttpClientOptions } from "./http-client.ts";
import { parseObject } from "./untrusted-text.ts";

/** Options of {@link createKeySet}. */
export interface KeySetOptions extends HttpClientOptions {
  /** The address of the JSON Web Key Set (RFC 7517 section 5). */
  readonly url: string;
  /** Returns milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Finds the key that a signature's header names. It is the function that jose's verify functions call.
 *
 * It rejects with `AuthError` `temporarily_unavailable` if the keys cannot be fetched, and with jose's
 * `ERR_JWKS_NO_MATCHING_KEY` if the key is not among them.
 */
export type KeySet = (...args: Parameters<CompactVerifyGetKey>) => Promise<Awaited<ReturnType<CompactVerifyGetKey>>>;

const MINUTE = 60_000;
/** Milliseconds for which a key set is used before it is fetched again: `max-age` of `Cache-Control`, within these bounds. */
const LIFETIME = { least: 5 * MINUTE, most: 24 * 60 * MINUTE, byDefault: 60 * MINUTE } as const;
/** Milliseconds between fetches for unknown keys, and after a fetch that failed. */
const COOLDOWN = 30_000;

interface Fetched {
  readonly find: CompactVerifyGetKey;
  readonly staleAt: number;
}

/**
 * Makes a {@link KeySet} that fetches its keys when they are first needed and caches them.
 *
 * - Concurrent callers share one fetch.
 * - An unknown `kid` triggers a fetch, so that a key rotation needs no restart. This happens at most every 30 seconds, so
 *   that tokens with invented kids do not cause traffic.
 * - If a fetch fails, the keys of the previous fetch stay in use.
 *
 * jose's `createRemoteJWKSet` does part of this, but it reads the global clock and drops its keys when they are stale.
 */
export function createKeySet({ url, now, ...options }: KeySetOptions): KeySet {
  const request = createHttpClient({ ...options, now });
  let current: Fetched | undefined;
  /** The error of the last fetch, if it failed. */
  let failure: { readonly error: AuthError; readonly at: number } | undefined;
  let pending: Promise<Fetched> | undefined;
  let unknownKeyAt = Number.NEGATIVE_INFINITY;

  async function fetchKeys(): Promise<Fetched> {
    try {
      const response = await request({ url, replay: "safe" });
      const { createLocalJWKSet } = await import("jose");
      const keys = readKeySet(response.status, response.body);
      current = {
        find: createLocalJWKSet(keys),
        staleAt: now() + lifetime(response.header("cache-control"), response.header("age")),
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
      // The keys were fetched after this call began, so another fetch would return the same ones.
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
    throw new Error("the response is not a JSON Web Key Set with at least one key");
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

/** Milliseconds for which a response may be used: `max-age` minus `Age` (RFC 9111 section 4.2). */
function lifetime(cacheControl: string | undefined, age: string | undefined): number {
  const maxAge = /(?:^|[\s,])max-age\s*=\s*"?(\d{1,10})/i.exec(cacheControl ?? "")?.[1];
  if (maxAge === undefined) return LIFETIME.byDefault;
  const spent = /^\d{1,10}$/.test(age ?? "") ? Number(age) : 0;
  return Math.min(Math.max((Number(maxAge) - spent) * 1_000, LIFETIME.least), LIFETIME.most);
}
