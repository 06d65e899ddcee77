import type { Response } from "supertest";
import type { Scenario } from "../app/scenario.ts";
import { CLIENT } from "../app/scenario.ts";
import { Visitor } from "../app/visitor.ts";

/** Shorter values are no secrets, or a search would find them by chance. */
const LEAST = 12;

/** Secrets that no text may show: neither plain, nor encoded, nor as bytes. */
export class Canaries {
  readonly #names = new Map<string, string>();

  plant(name: string, value: string | undefined): void {
    if (value === undefined || value.length < LEAST) return;
    if (!this.#names.has(value)) this.#names.set(value, name);
  }

  /** The planted secrets with their names, for another process. */
  entries(): [value: string, name: string][] {
    return [...this.#names];
  }

  /** The number of secrets with this name. */
  count(name: string): number {
    return [...this.#names.values()].filter((planted) => planted === name).length;
  }

  /** The names of the secrets in a text. */
  foundIn(text: string): string[] {
    const plain = decodePercent(text);
    const readable = [text, plain, decodePercent(plain), ...decodings(text)].join("\n");
    const found = [...this.#names].filter(([value]) => forms(value).some((form) => readable.includes(form)));
    return [...new Set(found.map(([, name]) => name))].toSorted((a, b) => a.localeCompare(b));
  }

  /** Plants the secrets in the requests to the scenario's Google: codes, verifiers, tokens. */
  plantSent({ google }: Pick<Scenario, "google">): void {
    this.plant("client secret", CLIENT.clientSecret);
    for (const { endpoint, form, headers } of google.requests) {
      this.plant("code", form["code"]);
      this.plant("verifier", form["code_verifier"]);
      this.plant("refresh token", form["refresh_token"]);
      if (endpoint === "revocation") this.plant("refresh token", form["token"]);
      this.plant("access token", /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1]);
    }
  }

  /** Plants the tokens in a response of the token endpoint. */
  plantResponse(body: Readonly<Record<string, unknown>>): void {
    for (const name of ["access_token", "refresh_token", "id_token"]) {
      const value = body[name];
      if (typeof value === "string") this.plant(name.replace("_", " "), value);
    }
  }

  /** Plants the cookies of a response: attempts, and the session's ID. */
  plantCookies({ headers }: Response): void {
    for (const line of (headers["set-cookie"] ?? []) as unknown as string[]) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      const text = decodeURIComponent(value!);
      this.plant(/scopegate_(?!session)/.test(name!) ? "attempt cookie" : "session", text);
      // express-session: `s:ID.signature`.
      if (text.startsWith("s:")) this.plant("session", text.slice(2).split(".")[0]);
    }
  }
}

/** The forms of a secret in a text: plain, URL-encoded, and a Buffer's bytes in JSON and in `inspect`. */
function forms(value: string): string[] {
  const bytes = [...Buffer.from(value).subarray(0, LEAST)];
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0"));
  const inForm = new URLSearchParams([["", value]]).toString().slice(1);
  return [value, encodeURIComponent(value), inForm, hex.join(" "), hex.join(""), bytes.join(", "), bytes.join(",")];
}

/** The decoded base64 runs of a text, from each of their first four characters. */
function decodings(text: string): string[] {
  const runs = text.match(/[A-Za-z0-9+/_-]{16,}/g) ?? [];
  return runs.flatMap((run) => [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), "base64").toString("latin1")));
}

/** A text without percent-encoding. An address within an address needs two passes. */
function decodePercent(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString());
}

/** A visitor that records every response of the app. */
export class RecordingVisitor extends Visitor {
  readonly responses: Response[] = [];

  override async open(...request: Parameters<Visitor["open"]>): Promise<Response> {
    return this.#keep(await super.open(...request));
  }

  override async call(...request: Parameters<Visitor["call"]>): Promise<Response> {
    return this.#keep(await super.call(...request));
  }

  override async post(...request: Parameters<Visitor["post"]>): Promise<Response> {
    return this.#keep(await super.post(...request));
  }

  #keep(response: Response): Response {
    this.responses.push(response);
    return response;
  }
}

/** A response without its `Set-Cookie` headers, where cookies belong. */
export function visibleParts({ status, headers, text }: Response): string {
  const { "set-cookie": _, ...others } = headers as Record<string, unknown>;
  return JSON.stringify({ status, headers: others, text });
}
