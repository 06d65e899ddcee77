import { AuthError } from "../errors/auth-error.ts";

/**
 * The body of a form as text, also if the app's own parser has read it.
 * @param stream - the request; it must be unread unless `parsed` is given
 * @param parsed - the result of a body parser: text, bytes, or an object of fields
 * @param limit - bytes
 * @throws AuthError `cross_site_request` for a body that is larger than any form of Scopegate
 */
export async function readFormBody(stream: AsyncIterable<Uint8Array>, parsed: unknown, limit: number): Promise<string> {
  if (typeof parsed === "string") return parsed;
  if (parsed instanceof Uint8Array) return Buffer.from(parsed).toString("utf8");
  if (typeof parsed === "object" && parsed !== null) {
    const fields = Object.entries(parsed).filter((field): field is [string, string] => typeof field[1] === "string");
    return new URLSearchParams(fields).toString();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limit) throw new AuthError("cross_site_request", { detail: `the form has more than ${limit} bytes` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
