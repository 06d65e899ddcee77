import { readFile, stat } from "node:fs/promises";
import { AuthError } from "../errors/auth-error.ts";
import { isLoopback } from "../google/endpoints.ts";
import { describeRefusal } from "../google/error-responses.ts";
import type { HttpClient } from "../google/http-client.ts";
import { parseObject } from "../google/untrusted-text.ts";
import { isRecord } from "../util/json-file.ts";
import { optionalText, requiredText } from "./credentials-file.ts";
import type { CredentialsFile } from "./credentials-file.ts";

/** What the token that is exchanged is for. */
export interface SubjectTokenContext {
  /** The full name of the provider. */
  readonly audience: string;
  readonly subjectTokenType: string;
}

/** Gives the token of another identity provider that is exchanged for Google's, each time anew. */
export type SubjectTokenSupplier = (context: SubjectTokenContext) => Promise<string>;

/**
 * A token as it is sent: what a file or a command gives may end with a line.
 * @throws AuthError whatever the app's own function throws, which is its cause then
 */
export async function askForSubjectToken(
  supplier: SubjectTokenSupplier,
  context: SubjectTokenContext,
): Promise<string> {
  let token: unknown;
  try {
    token = await supplier(context);
  } catch (error) {
    throw error instanceof AuthError ? error : unavailable("`subjectToken` failed; its error is the cause", error);
  }
  const text = typeof token === "string" ? token.trim() : "";
  if (text === "") throw unavailable("what gives the token gave no text");
  return text;
}

/** Tokens that something keeps in a file, such as Kubernetes. */
export function tokenFromFile(source: CredentialsFile): SubjectTokenSupplier {
  const path = requiredText(source, "file");
  const read = readerOf(source);
  return async () => {
    return read(await readTokenFile(path), `the file ${JSON.stringify(path)}`);
  };
}

/** The most that is read of a file, in bytes: tokens have a few kilobytes. */
const MAX_FILE_BYTES = 64 * 1_024;

/**
 * Reads a file that a configuration names: never one without an end, or that blocks until somebody writes it.
 * @throws AuthError, with the system's error as its cause
 */
export async function readTokenFile(path: string): Promise<string> {
  const name = `the file ${JSON.stringify(path)}`;
  try {
    const found = await stat(path);
    if (!found.isFile()) throw unavailable(`${name} is not a file`);
    if (found.size > MAX_FILE_BYTES) throw unavailable(`${name} is longer than ${MAX_FILE_BYTES} bytes`);
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof AuthError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw unavailable(`${name} cannot be read: ${code}`, error);
  }
}

/** Tokens that a local address gives, such as Azure's metadata server or a CI system. */
export function tokenFromUrl(
  source: CredentialsFile,
  { request, direct }: { readonly request: HttpClient; readonly direct: HttpClient },
): SubjectTokenSupplier {
  const url = requiredText(source, "url");
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new TypeError(`${source.origin}: url is not an http or https URL`);
  const send = isNearby(new URL(url).hostname) ? direct : request;
  const headers = headersOf(source);
  const read = readerOf(source);
  return async () => {
    const answer = await send({ url, headers, replay: "safe" });
    const where = new URL(url).origin;
    if (answer.status !== 200)
      throw unavailable(`${where}: ${describeRefusal(answer.status, answer.body, Object.values(headers)).detail}`);
    return read(answer.body, where);
  };
}

/** Addresses of this machine and of its own network (RFC 3927), such as a metadata server's: no proxy leads there. */
function isNearby(hostname: string): boolean {
  return isLoopback(hostname) || hostname === "metadata.google.internal" || /^169\.254\.\d+\.\d+$/.test(hostname);
}

/** The error of a subject token that could not be had. `detail` must not hold what was read. */
export function unavailable(detail: string, cause?: unknown): AuthError {
  return new AuthError("subject_token_unavailable", { detail, cause });
}

function headersOf({ content, origin }: CredentialsFile): Readonly<Record<string, string>> {
  const headers = content["headers"] ?? {};
  if (!isRecord(headers) || !Object.values(headers).every((value) => typeof value === "string"))
    throw new TypeError(`${origin}: headers must be an object of strings`);
  return headers as Readonly<Record<string, string>>;
}

/** How the token stands in what was read: as text, or in a field of JSON. */
function readerOf(source: CredentialsFile): (text: string, where: string) => string {
  const format = source.content["format"];
  if (format !== undefined && !isRecord(format)) throw new TypeError(`${source.origin}: format is no object`);
  const part = { content: format ?? {}, origin: `${source.origin}: format` };
  const type = optionalText(part, "type") ?? "text";
  if (type !== "text" && type !== "json") throw new TypeError(`${part.origin}: type must be "text" or "json"`);
  const field = type === "json" ? requiredText(part, "subject_token_field_name") : undefined;
  return (text, where) => {
    const token = field === undefined ? text.trim() : parseObject(text)?.[field];
    if (typeof token !== "string" || token === "")
      throw unavailable(field === undefined ? `${where} is empty` : `${where} holds no JSON with the field ${field}`);
    return token;
  };
}
