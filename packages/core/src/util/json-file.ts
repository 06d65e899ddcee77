import { readFileSync } from "node:fs";

/** The object in a JSON file, and the words that name the file in an error message. */
export interface JsonFile {
  readonly content: Readonly<Record<string, unknown>>;
  /** For example `keyFile: the file "key.json"`. */
  readonly file: string;
}

/**
 * Reads a JSON file that holds secrets. It reads synchronously, since it runs once, at construction.
 * @param origin - the option or environment variable that names the file, for error messages
 * @param expected - the expected kind of file, with its article, for error messages
 * @throws TypeError where the file cannot be read or is no JSON object; it names the option and the file, never the content
 */
export function readJsonFile(path: string, origin: string, expected: string): JsonFile {
  const { text, file } = readFile(path, origin);
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    // The parser's message quotes the text, which holds the secret. So the parser's error must not be the cause either.
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
    // The error quotes the path, which may be a pasted secret (see showPath). So it must not be the cause.
    // oxlint-disable-next-line preserve-caught-error
    throw new TypeError(`${file} ${whyUnreadable(error)}`);
  }
}

/** Whether a value is an object with named fields: neither `null` nor an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The path for an error message. People paste secrets and whole files where a path belongs, so only text that looks like a path is shown. */
function showPath(path: string): string {
  const looksLikePath = /[./\\]/.test(path) && !/^\s*\{|[\r\n]|GOCSPX-|-----BEGIN/.test(path) && !isBase64(path);
  return looksLikePath ? JSON.stringify(path) : "(not shown: the value does not look like a path)";
}

/** Whether text looks like the base64 body of a key: it contains slashes like a path, but is long and has no dot. */
function isBase64(text: string): boolean {
  return text.length > 200 && /^[\w+/=-]+$/.test(text);
}

function whyUnreadable(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
  if (code === "ENOENT") return `does not exist; a relative path starts at ${process.cwd()}`;
  if (code === "EISDIR") return "is a directory; name the file in it";
  return `cannot be read (${code}); check its permissions`;
}
