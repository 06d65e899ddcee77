import { isRecord } from "../util/json-file.ts";

/** The parsed content of a credentials file, and what errors call it. */
export interface CredentialsFile {
  readonly content: Readonly<Record<string, unknown>>;
  readonly origin: string;
}

/** @throws TypeError naming file and field, never the content */
export function requiredText(file: CredentialsFile, field: string): string {
  const value = optionalText(file, field);
  if (value === undefined) throw new TypeError(`${file.origin}: ${field} is missing or empty`);
  return value;
}

/** @throws TypeError likewise */
export function optionalText({ content, origin }: CredentialsFile, field: string): string | undefined {
  const value = content[field];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw new TypeError(`${origin}: ${field} is not a string`);
  return value;
}

/** A part of a file that is an object of its own. @throws TypeError likewise */
export function partOf({ content, origin }: CredentialsFile, field: string): CredentialsFile {
  const part = content[field];
  if (!isRecord(part)) throw new TypeError(`${origin}: ${field} is missing, or no object`);
  return { content: part, origin: `${origin}: ${field}` };
}
