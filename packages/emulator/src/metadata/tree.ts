import type { HttpResponse } from "../http/responses.ts";

/** An entry of the metadata: a text, a number, lines, a function that creates the response, or a directory. */
export type Value = string | number | readonly string[] | ((query: URLSearchParams) => HttpResponse) | Directory;

export interface Directory {
  readonly [name: string]: Value;
}

/** Returns the entry at this path, or `undefined` if there is none. */
export function findValue(tree: Directory, path: string): Value | undefined {
  let value: Value | undefined = tree;
  for (const name of path.split("/").filter((part) => part !== "")) {
    value = value !== undefined && isDirectory(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

export function isDirectory(value: Value): value is Directory {
  return typeof value === "object" && !Array.isArray(value);
}

/** Lists the names of a directory's entries, one on each line. */
export function listOf(directory: Directory): string {
  return Object.entries(directory)
    .map(([name, entry]) => `${name}${isDirectory(entry) ? "/" : ""}\n`)
    .join("");
}

/** Returns a directory in the form of `recursive=true`. */
export function plainObject(directory: Directory): object {
  return Object.fromEntries(
    entriesOf(directory).map(([name, value]) => [camelCase(name), isDirectory(value) ? plainObject(value) : value]),
  );
}

/** Returns a directory in the form of `recursive=true&alt=text`: each line has the path and the value of an entry. */
export function linesOf(directory: Directory, above = ""): string {
  return entriesOf(directory)
    .map(([name, value]) =>
      isDirectory(value) ? linesOf(value, `${above}${name}/`) : `${above}${name} ${textOf(value).trimEnd()}\n`,
    )
    .join("");
}

export function textOf(value: string | number | readonly string[]): string {
  return typeof value === "object" ? value.map((line) => `${line}\n`).join("") : String(value);
}

/** A recursive response leaves out entries that are created on request, such as tokens. */
function entriesOf(directory: Directory): [string, Exclude<Value, (query: URLSearchParams) => HttpResponse>][] {
  return Object.entries(directory).flatMap(([name, value]) => (typeof value === "function" ? [] : [[name, value]]));
}

/** Names that are e-mail addresses stay unchanged. */
function camelCase(name: string): string {
  return name.includes("@") ? name : name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
