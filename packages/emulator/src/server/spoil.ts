import { type Answer, json } from "../http/responses.ts";
import { decodeJwt, type JsonObject, type SignOptions } from "../signing/jwt.ts";
import type { Fault } from "./faults.ts";

export type Sign = (claims: JsonObject, options: SignOptions) => string;

/** Whether the correct answer would never be seen: there is none, or another one in its place. */
export function preventsAnswer(fault: Fault): boolean {
  return fault.hang === true || fault.reset === true || replacesAnswer(fault);
}

function replacesAnswer(fault: Fault): boolean {
  return fault.status !== undefined || fault.body !== undefined;
}

/** The answer as the fault leaves it. `correct` is `undefined` when the request was not handled. */
export function spoil(correct: Answer | undefined, fault: Fault, sign: Sign): Answer {
  let answer = correct && !replacesAnswer(fault) ? correct : replacement(fault);
  if (fault.idToken) answer = withIdToken(answer, fault.idToken, sign);
  if (fault.transform) answer = transformed(answer, fault.transform);
  if (fault.redirect) answer = redirected(answer, fault.redirect);
  return { ...answer, headers: changedHeaders(answer.headers, fault.headers) };
}

function replacement({ status = 200, body }: Fault): Answer {
  if (typeof body === "string") {
    const type = body.trimStart().startsWith("<") ? "text/html" : "application/json";
    return { status, headers: { "content-type": `${type}; charset=utf-8` }, body };
  }
  if (body !== undefined) return json(status, body);
  if (status < 400) return { status, headers: {}, body: "" };
  return json(status, { error: "internal_failure", error_description: "A fault was asked for." });
}

function withIdToken(answer: Answer, forge: NonNullable<Fault["idToken"]>, sign: Sign): Answer {
  return transformed(answer, (token: { id_token?: string }) => {
    if (token.id_token === undefined) return;
    const { header, claims } = decodeJwt(token.id_token);
    const { claims: forged = claims, ...options } = forge(claims, header);
    token.id_token = sign(forged, options);
  });
}

function transformed(answer: Answer, transform: NonNullable<Fault["transform"]>): Answer {
  if (!answer.headers["content-type"]?.startsWith("application/json")) return answer;
  const body: unknown = JSON.parse(answer.body);
  return { ...answer, body: JSON.stringify(transform(body) ?? body) };
}

function redirected(answer: Answer, change: NonNullable<Fault["redirect"]>): Answer {
  const { location } = answer.headers;
  if (location === undefined || !URL.canParse(location)) return answer;
  const url = new URL(location);
  const changed = change(url) ?? url;
  return { ...answer, headers: { ...answer.headers, location: String(changed) } };
}

function changedHeaders(headers: Answer["headers"], changes: Fault["headers"] = {}): Record<string, string> {
  const changed = new Map(Object.entries(headers));
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) changed.delete(name.toLowerCase());
    else changed.set(name.toLowerCase(), value);
  }
  return Object.fromEntries(changed);
}
