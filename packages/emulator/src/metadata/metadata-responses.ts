import type { HttpResponse } from "../http/responses.ts";

/** The headers of every response. Clients recognize the metadata server by the first one. */
const flavor = { "metadata-flavor": "Google", server: "Metadata Server for VM" };

export function text(body: string): HttpResponse {
  return { status: 200, headers: { ...flavor, "content-type": "application/text" }, body };
}

export function json(value: unknown): HttpResponse {
  return { status: 200, headers: { ...flavor, "content-type": "application/json" }, body: JSON.stringify(value) };
}

export function movedTo(location: string): HttpResponse {
  return { status: 301, headers: { ...flavor, location }, body: "" };
}

export function page(status: number, message: string): HttpResponse {
  const headers = { ...flavor, "content-type": "text/html; charset=UTF-8" };
  return { status, headers, body: `<!DOCTYPE html>\n<title>Error ${status}</title>\n<p>${message}\n` };
}
