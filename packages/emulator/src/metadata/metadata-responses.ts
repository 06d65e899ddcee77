import type { Answer } from "../http/responses.ts";

/** As on every answer of the metadata server: clients know it by the first. */
const flavor = { "metadata-flavor": "Google", server: "Metadata Server for VM" };

export function text(body: string): Answer {
  return { status: 200, headers: { ...flavor, "content-type": "application/text" }, body };
}

export function json(value: unknown): Answer {
  return { status: 200, headers: { ...flavor, "content-type": "application/json" }, body: JSON.stringify(value) };
}

export function movedTo(location: string): Answer {
  return { status: 301, headers: { ...flavor, location }, body: "" };
}

export function page(status: number, message: string): Answer {
  const headers = { ...flavor, "content-type": "text/html; charset=UTF-8" };
  return { status, headers, body: `<!DOCTYPE html>\n<title>Error ${status}</title>\n<p>${message}\n` };
}
