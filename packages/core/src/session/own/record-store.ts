import type { Bound } from "../../util/bound.ts";
import { nativePromise } from "../../util/native-promise.ts";
import type { Stamps } from "./lifetime.ts";

/** A session as a store keeps it: plain JSON, which Scopegate never changes in place. Grants in it are encrypted. */
export interface SessionRecord extends Stamps {
  /** The session's values by their keys. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** How a store is to write a record. */
export interface SetRecordOptions {
  /** When the store may delete the record, in milliseconds since the epoch. Scopegate does not read it after that. */
  readonly expiresAt: number;
  /**
   * `create` writes the record in any case. `update` writes it only where the store still has one (`SET … XX`,
   * `UPDATE … WHERE`), so that a slow request does not bring back a session that has ended.
   */
  readonly mode: "create" | "update";
}

/**
 * A store of sessions, for the option `store` of `scopegateSession()`. Its keys are SHA-256 hashes of session IDs, so
 * that a reader of the store cannot take over a session.
 *
 * Each method may return its result or a promise of it. Where a method throws, rejects, or does not respond within the
 * option `timeout` of `googleOAuth()`, requests that need the session fail with `session_unavailable` (503). `get` must return a record as it was set: the times are numbers, and the content
 * is an object. Anything else counts as no session.
 *
 * @example
 * ```ts
 * import type { SessionRecord, SessionRecordStore } from "@scopegate/express";
 * import type { RedisClientType } from "redis";
 *
 * const redisSessions = (redis: RedisClientType): SessionRecordStore => ({
 *   async get(key) {
 *     const text = await redis.get(`session:${key}`);
 *     return text === null ? undefined : (JSON.parse(text) as SessionRecord);
 *   },
 *   set: (key, record, { expiresAt, mode }) =>
 *     redis.set(`session:${key}`, JSON.stringify(record), { PXAT: expiresAt, ...(mode === "update" && { XX: true }) }),
 *   delete: (key) => redis.del(`session:${key}`),
 * });
 * ```
 */
export interface SessionRecordStore {
  /**
   * Whether `get` never returns a promise. Scopegate then reads a session only where a handler or guard uses it, and not
   * before each request. Default `false`.
   */
  readonly synchronous?: boolean;
  /** @returns the record, or `undefined` where there is none */
  get(key: string): SessionRecord | undefined | Promise<SessionRecord | undefined>;
  set(key: string, record: SessionRecord, options: SetRecordOptions): unknown;
  /** Deletes a record. A key without a record is no error. */
  delete(key: string): unknown;
}

/**
 * Reads a record and checks its shape. Anything else counts as no session: databases return `null`, or times as text,
 * which would add up to a time in the far future. It returns a promise only where the store does.
 */
export function readRecord(
  store: SessionRecordStore,
  key: string,
): SessionRecord | undefined | Promise<SessionRecord | undefined> {
  const found = nativePromise<unknown>(store.get(key));
  return found instanceof Promise ? found.then(recordOf) : recordOf(found);
}

function recordOf(found: unknown): SessionRecord | undefined {
  if (typeof found !== "object" || found === null) return undefined;
  const { createdAt, usedAt, content } = found as Partial<Record<keyof SessionRecord, unknown>>;
  const isContent = typeof content === "object" && content !== null && !Array.isArray(content);
  return Number.isFinite(createdAt) && Number.isFinite(usedAt) && isContent ? (found as SessionRecord) : undefined;
}

/** The same store, whose responses are bounded. */
export function boundedRecordStore(store: SessionRecordStore, bound: Bound): SessionRecordStore {
  return {
    synchronous: store.synchronous === true,
    get: (key) => bound(store.get(key)),
    set: (key, record, options) => bound(store.set(key, record, options)),
    delete: (key) => bound(store.delete(key)),
  };
}
