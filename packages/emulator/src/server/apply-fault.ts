import { type HttpResponse, json } from "../http/responses.ts";
import { decodeJwt, type JsonObject, type SignOptions } from "../signing/jwt.ts";
import type { Fault } from "./faults.ts";

export type Sign = (claims: JsonObject, options: SignOptions) => string;

/** Whether the client would not see the correct response, so that the request need not be handled. */
export function skipsHandler(fault: Fault): boolean {
  return fault.hang === true || fault.reset === true || replacesResponse(fault);
}

function replacesResponse(fault: Fault): boolean {
  return fault.status !== undefined || fault.body !== undefined;
}

/** Returns the response that the fault demands. `correct` is `undefined` if the request was not handled. */
export function applyFault(correct: HttpResponse | undefined, fault: Fault, sign: Sign): HttpResponse {
  let response = correct && !replacesResponse(fault) ? correct : replacement(fault);
  if (fault.idToken) response = withIdToken(response, fault.idToken, sign);
  if (fault.transform) response = transformed(response, fault.transform);
  if (fault.redirect) response = redirected(response, fault.redirect);
  return { ...response, headers: changedHeaders(response.headers, fault.headers) };
}

function replacement({ status = 200, body }: Fault): HttpResponse {
  if (typeof body === "string") {
    const type = body.trimStart().startsWith("<") ? "text/html" : "application/json";
    return { status, headers: { "content-type": `${type}; charset=utf-8` }, body };
  }
  if (body !== undefined) return json(status, body);
  if (status < 400) return { status, headers: {}, body: "" };
  const description = "The emulator returns this error because of a fault that was added with faults.add().";
  return json(status, { error: "internal_failure", error_description: description });
}

function withIdToken(response: HttpResponse, forge: NonNullable<Fault["idToken"]>, sign: Sign): HttpResponse {
  return transformed(response, (tokens: { id_token?: string }) => {
    if (tokens.id_token === undefined) return;
    const { header, claims } = decodeJwt(tokens.id_token);
    const { claims: forged = claims, ...options } = forge(claims, header);
    tokens.id_token = sign(forged, options);
  });
}

function transformed(response: HttpResponse, transform: NonNullable<Fault["transform"]>): HttpResponse {
  if (!response.headers["content-type"]?.startsWith("application/json")) return response;
  const body: unknown = JSON.parse(response.body);
  return { ...response, body: JSON.stringify(transform(body) ?? body) };
}

function redirected(response: HttpResponse, change: NonNullable<Fault["redirect"]>): HttpResponse {
  const { location } = response.headers;
  if (location === undefined || !URL.canParse(location)) return response;
  const url = new URL(location);
  const changed = change(url) ?? url;
  return { ...response, headers: { ...response.headers, location: String(changed) } };
}

function changedHeaders(headers: HttpResponse["headers"], changes: Fault["headers"] = {}): Record<string, string> {
  const changed = new Map(Object.entries(headers));
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) changed.delete(name.toLowerCase());
    else changed.set(name.toLowerCase(), value);
  }
  return Object.fromEntries(changed);
}
