import type { Answer } from "../http/responses.ts";

/** An entry of the metadata: a text, a number, lines, an answer made on request, or a directory of entries. */
export type Value = string | number | readonly string[] | ((query: URLSearchParams) => Answer) | Directory;

export interface Directory {
  readonly [name: string]: Value;
}

/** The entry at this path; `undefined` where there is none. */
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

/** The names of a directory's entries, a line each. */
export function listOf(directory: Directory): string {
  return Object.entries(directory)
    .map(([name, entry]) => `${name}${isDirectory(entry) ? "/" : ""}\n`)
    .join("");
}

/** A directory as `recursive=true` shows it. */
export function plainObject(directory: Directory): object {
  return Object.fromEntries(
    entriesOf(directory).map(([name, value]) => [camelCase(name), isDirectory(value) ? plainObject(value) : value]),
  );
}

/** A directory as `recursive=true&alt=text` shows it: a line for each value, with its path. */
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

/** Values that are made on request are no part of a recursive answer. */
function entriesOf(directory: Directory): [string, Exclude<Value, (query: URLSearchParams) => Answer>][] {
  return Object.entries(directory).flatMap(([name, value]) => (typeof value === "function" ? [] : [[name, value]]));
}

/** E-mail addresses are names too, and stay as they are. */
function camelCase(name: string): string {
  return name.includes("@") ? name : name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
