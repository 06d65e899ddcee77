import { readFile, stat } from "node:fs/promises";
import { AuthError } from "../errors/auth-error.ts";
import { isLoopback } from "../google/endpoints.ts";
import { describeRefusal } from "../google/error-responses.ts";
import type { HttpClient } from "../google/http-client.ts";
import { parseObject } from "../google/untrusted-text.ts";
import { isRecord } from "../util/json-file.ts";
import { describeField, optionalText, requiredObject, requiredText } from "./credentials-file.ts";
import type { CredentialsFile } from "./credentials-file.ts";

/** The purpose of the token. Both values are from the configuration. */
export interface SubjectTokenContext {
  /** The full resource name of the provider: the configuration's `audience`. */
  readonly audience: string;
  /** The type of token that the provider expects, such as `urn:ietf:params:oauth:token-type:jwt`. */
  readonly subjectTokenType: string;
}

/**
 * Returns a token of the other identity provider, which Google exchanges for one of its own. The source calls it for each
 * new access token, so it must not return an expired token. White space around the token is removed.
 *
 * If it throws, the source rejects with the `AuthError` `subject_token_unavailable`, whose `cause` is the error.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import type { SubjectTokenSupplier } from "@scopegate/core/service";
 *
 * const subjectToken: SubjectTokenSupplier = async () => readFile("/var/run/secrets/token", "utf8");
 * ```
 */
export type SubjectTokenSupplier = (context: SubjectTokenContext) => Promise<string>;

/** @throws AuthError `subject_token_unavailable` */
export async function requestSubjectToken(
  supplier: SubjectTokenSupplier,
  context: SubjectTokenContext,
): Promise<string> {
  let token: unknown;
  try {
    token = await supplier(context);
  } catch (error) {
    throw error instanceof AuthError ? error : unavailable("`subjectToken` threw an error, see `cause`", error);
  }
  // The content of a file, or the output of a command, may end with a line break.
  const text = typeof token === "string" ? token.trim() : "";
  if (text === "") throw unavailable("`subjectToken` did not return a non-empty string");
  return text;
}

/** Reads tokens from a file that another program keeps up to date, such as Kubernetes. */
export function supplierFromFile(source: CredentialsFile): SubjectTokenSupplier {
  const path = requiredText(source, "file");
  const extract = createExtractor(source);
  return async () => extract(await readTokenFile(path), `the file ${JSON.stringify(path)}`);
}

/** Bytes. A token has a few kilobytes. */
const MAX_FILE_BYTES = 64 * 1_024;

/**
 * Reads a file that a configuration names. Devices and pipes are rejected: reading them may never end.
 * @throws AuthError `subject_token_unavailable`, with the system's error as its cause
 */
export async function readTokenFile(path: string): Promise<string> {
  const name = `the file ${JSON.stringify(path)}`;
  try {
    const found = await stat(path);
    if (!found.isFile()) throw unavailable(`${name} is not a regular file`);
    if (found.size > MAX_FILE_BYTES) throw unavailable(`${name} is longer than ${MAX_FILE_BYTES} bytes`);
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof AuthError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw unavailable(`${name} cannot be read: ${code}`, error);
  }
}

/** Requests tokens from a local server, such as Azure's metadata server or that of a CI system. */
export function supplierFromUrl(
  source: CredentialsFile,
  { request, requestDirectly }: { readonly request: HttpClient; readonly requestDirectly: HttpClient },
): SubjectTokenSupplier {
  const url = requiredText(source, "url");
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new TypeError(`${describeField(source, "url")} must be an absolute http or https URL`);
  const send = isOnLocalNetwork(new URL(url).hostname) ? requestDirectly : request;
  const headers = readHeaders(source);
  const extract = createExtractor(source);
  return async () => {
    const response = await send({ url, headers, replay: "safe" });
    const { origin } = new URL(url);
    if (response.status !== 200) {
      const { detail } = describeRefusal(response.status, response.body, Object.values(headers));
      throw unavailable(`${origin} refused the request: ${detail}`);
    }
    return extract(response.body, `the response of ${origin}`);
  };
}

/** Whether a host is on this machine or its link (RFC 3927), such as a metadata server. No proxy leads there. */
function isOnLocalNetwork(hostname: string): boolean {
  return isLoopback(hostname) || hostname === "metadata.google.internal" || /^169\.254\.\d+\.\d+$/.test(hostname);
}

/** @param detail - must not contain the token, or anything else that was read */
export function unavailable(detail: string, cause?: unknown): AuthError {
  return new AuthError("subject_token_unavailable", { detail, cause });
}

function readHeaders(source: CredentialsFile): Readonly<Record<string, string>> {
  const headers = source.content["headers"] ?? {};
  if (!isRecord(headers) || !Object.values(headers).every((value) => typeof value === "string"))
    throw new TypeError(`${describeField(source, "headers")} must be an object whose values are strings`);
  return headers as Readonly<Record<string, string>>;
}

/** Takes the token out of a text: the text itself, or a field of its JSON, as `format` says. */
function createExtractor(source: CredentialsFile): (text: string, origin: string) => string {
  const format = readFormat(source);
  const type = optionalText(format, "type") ?? "text";
  if (type !== "text" && type !== "json")
    throw new TypeError(`${describeField(format, "type")} must be "text" or "json"`);
  const field = type === "json" ? requiredText(format, "subject_token_field_name") : undefined;
  return (text, origin) => {
    const token = field === undefined ? text.trim() : parseObject(text)?.[field];
    if (typeof token === "string" && token !== "") return token;
    throw unavailable(
      field === undefined ? `${origin} is empty` : `${origin} is not JSON with the text field ${field}`,
    );
  };
}

function readFormat(source: CredentialsFile): CredentialsFile {
  return source.content["format"] === undefined
    ? { content: {}, origin: source.origin }
    : requiredObject(source, "format");
}
