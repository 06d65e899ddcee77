import { isRecord } from "../util/json-file.ts";

/** The parsed content of a credentials file, or of an object inside it. */
export interface CredentialsFile {
  readonly content: Readonly<Record<string, unknown>>;
  /** How errors name the file: the function, the option or the variable, and the path. */
  readonly origin: string;
  /** Where the object is inside the file: names of fields, each followed by a dot. Default: the whole file. */
  readonly path?: string;
}

/** How errors name a field of a file. */
export function describeField({ origin, path = "" }: CredentialsFile, field: string): string {
  return `${origin}: \`${path}${field}\``;
}

/**
 * Reads a text field.
 * @throws TypeError that names the file and the field, never the content
 */
export function requiredText(file: CredentialsFile, field: string): string {
  const value = optionalText(file, field);
  if (value === undefined)
    throw new TypeError(`${describeField(file, field)} is missing or empty; use the file's whole content, unchanged`);
  return value;
}

/**
 * Reads a text field that may be absent. `null` and the empty string count as absent.
 * @throws TypeError as {@link requiredText}
 */
export function optionalText(file: CredentialsFile, field: string): string | undefined {
  const value = file.content[field];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw new TypeError(`${describeField(file, field)} must be a string`);
  return value;
}

/**
 * Reads a field that is an object.
 * @throws TypeError as {@link requiredText}
 */
export function requiredObject(file: CredentialsFile, field: string): CredentialsFile {
  const value = file.content[field];
  if (!isRecord(value)) throw new TypeError(`${describeField(file, field)} is missing, or it is not an object`);
  return { content: value, origin: file.origin, path: `${file.path ?? ""}${field}.` };
}
