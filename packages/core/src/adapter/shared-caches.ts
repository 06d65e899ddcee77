import type { ServerResponse } from "node:http";

/** Response headers by which an app tells only shared caches to store a response (RFC 9213, and an older form of it). */
const TARGETED = ["cdn-cache-control", "surrogate-control"];

/**
 * Whether the headers of a response ask shared caches to store it. Such a cache stores the cookies of the response too, and
 * gives them to other users (RFC 9111 section 7.3).
 * @param get - gives a header's value by its lower-case name
 */
export function isForSharedCaches(get: (name: string) => string | undefined): boolean {
  const has = (name: string, ...wanted: string[]) => {
    const directives = get(name)?.toLowerCase().split(",") ?? [];
    return directives.some((directive) => wanted.includes(directive.split("=", 1)[0]!.trim()));
  };
  return (
    has("cache-control", "public", "s-maxage") || TARGETED.some((name) => has(name, "public", "s-maxage", "max-age"))
  );
}

type Head = Parameters<ServerResponse["writeHead"]>;
/** Headers as `writeHead` takes them: an object, or a list of names and values in turn, or a list of pairs. */
type GivenHeaders = Record<string, unknown> | readonly unknown[];

/** The cookies of a response that are dropped if shared caches may store it. */
const droppable = new WeakMap<ServerResponse, string[]>();

/**
 * Drops a `Set-Cookie` line when the head of the response is written, if shared caches may store the response. Only a
 * response with such a line has its `writeHead` replaced; Node.js calls it for every head.
 */
export function dropFromShared(target: ServerResponse, line: string): void {
  const present = droppable.get(target);
  if (present !== undefined) return void present.push(line);
  const lines = [line];
  droppable.set(target, lines);
  const writeHead = target.writeHead.bind(target) as (...head: unknown[]) => ServerResponse;
  target.writeHead = (...head: unknown[]) => writeHead(...withoutLines(target, lines, head as unknown as Head));
}

function withoutLines(target: ServerResponse, lines: readonly string[], head: Head): unknown[] {
  const given = head.at(-1) as unknown;
  const entries = typeof given === "object" && given !== null ? entriesOf(given as GivenHeaders) : [];
  const get = (name: string): string | undefined => {
    const values = entries.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
    const value = values.length > 0 ? values : target.getHeader(name);
    return value === undefined ? undefined : String(value);
  };
  if (!isForSharedCaches(get)) return head;
  const present = target.getHeader("set-cookie");
  if (present !== undefined) {
    const kept = [present].flat().filter((each) => !lines.includes(String(each)));
    if (kept.length > 0) target.setHeader("Set-Cookie", kept.map(String));
    else target.removeHeader("Set-Cookie");
  }
  if (entries.length === 0) return head;
  const kept = entries.flatMap(([name, value]): [string, unknown][] => {
    if (name.toLowerCase() !== "set-cookie") return [[name, value]];
    const values = [value].flat().filter((each) => !lines.includes(String(each)));
    return values.length > 0 ? [[name, values]] : [];
  });
  return [...head.slice(0, -1), Array.isArray(given) ? kept.flat() : Object.fromEntries(kept)];
}

function entriesOf(given: GivenHeaders): [name: string, value: unknown][] {
  if (!Array.isArray(given)) return Object.entries(given);
  if (given.every((each) => Array.isArray(each))) return given as [string, unknown][];
  return given.flatMap((each, index): [string, unknown][] =>
    index % 2 === 0 ? [[String(each), given[index + 1]]] : [],
  );
}
