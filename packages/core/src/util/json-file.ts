import { readFileSync } from "node:fs";

/** The object that a JSON file holds, and the words that name the file in an error. */
export interface JsonFile {
  readonly content: Readonly<Record<string, unknown>>;
  /** Such as `keyFile: the file "key.json"`. */
  readonly file: string;
}

/**
 * Reads a file of secrets, synchronously: at construction, once.
 * @param origin - the option or the variable that names it
 * @param expected - what it should be, with its article
 * @throws TypeError naming the option and the file, never its content
 */
export function readJsonFile(path: string, origin: string, expected: string): JsonFile {
  const { text, file } = readFile(path, origin);
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    // The parser's own message quotes the text, and with it the secret: it must not become the cause either.
    throw new TypeError(`${file} is not JSON; download it again from the Google Cloud console`);
  }
  if (!isRecord(content)) throw new TypeError(`${file} holds no JSON object; it should be ${expected}`);
  return { content, file };
}

function readFile(path: string, origin: string): { readonly text: string; readonly file: string } {
  const file = `${origin}: the file ${showPath(path)}`;
  try {
    return { text: readFileSync(path, "utf8"), file };
  } catch (error) {
    // The error quotes the path, which showPath may have had reason to hide: it must not become the cause.
    // oxlint-disable-next-line preserve-caught-error
    throw new TypeError(`${file} ${whyUnreadable(error)}`);
  }
}

/** Whether a value is an object with named fields. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Secrets and whole files get pasted where a path belongs: shown is only what looks like a path. */
function showPath(path: string): string {
  const looksLikePath = /[./\\]/.test(path) && !/^\s*\{|[\r\n]|GOCSPX-|-----BEGIN/.test(path) && !isBase64(path);
  return looksLikePath ? JSON.stringify(path) : "(not shown: the value does not look like a path)";
}

/** The body of a key: it has slashes too, but no path is so long and has no dot. */
function isBase64(text: string): boolean {
  return text.length > 200 && /^[\w+/=-]+$/.test(text);
}

function whyUnreadable(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
  if (code === "ENOENT") return `does not exist; a relative path starts at ${process.cwd()}`;
  if (code === "EISDIR") return "is a directory; name the file in it";
  return `cannot be read (${code}); check its permissions`;
}
