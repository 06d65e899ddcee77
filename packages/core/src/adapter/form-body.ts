import { AuthError } from "../errors/auth-error.ts";

/**
 * The body of a form as text. Tolerates that the app's own parser was there first.
 * @param stream - the request, unread unless `parsed` is given
 * @param parsed - what a body parser made of it: text, bytes, or an object of fields
 * @param limit - bytes
 * @throws AuthError `cross_site_request` for a body that no form of ours can be
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
    if (size > limit) throw new AuthError("cross_site_request", { detail: "the form is larger than any of ours" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
