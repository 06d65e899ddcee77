import type { Response } from "supertest";
import type { Scenario } from "../app/scenario.ts";
import { CLIENT } from "../app/scenario.ts";
import { Visitor } from "../app/visitor.ts";

/** Shorter values are not secrets, or would be found by chance. */
const LEAST = 12;

/** Secrets that must not be seen, and what a text shows of them: as they are, encoded, or as bytes. */
export class Canaries {
  readonly #names = new Map<string, string>();

  plant(name: string, value: string | undefined): void {
    if (value === undefined || value.length < LEAST) return;
    if (!this.#names.has(value)) this.#names.set(value, name);
  }

  /** What is planted: `name` and value, for another process. */
  entries(): [value: string, name: string][] {
    return [...this.#names];
  }

  /** How many secrets of this name there are. */
  count(name: string): number {
    return [...this.#names.values()].filter((planted) => planted === name).length;
  }

  /** The names of the secrets that a text holds. */
  foundIn(text: string): string[] {
    const plain = decodePercent(text);
    const readable = [text, plain, decodePercent(plain), ...decodings(text)].join("\n");
    const found = [...this.#names].filter(([value]) => forms(value).some((form) => readable.includes(form)));
    return [...new Set(found.map(([, name]) => name))].toSorted((a, b) => a.localeCompare(b));
  }

  /** Plants what the scenario's Google was sent: codes, verifiers, tokens. */
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

  /** Plants a token endpoint's answer. */
  plantAnswer(answer: Readonly<Record<string, unknown>>): void {
    for (const name of ["access_token", "refresh_token", "id_token"]) {
      const value = answer[name];
      if (typeof value === "string") this.plant(name.replace("_", " "), value);
    }
  }

  /** Plants the cookies that a response sets: attempts, and the session's ID. */
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

/** A secret as it may stand in a text: as it is, in a form, as JSON would show a Buffer, as `inspect` would. */
function forms(value: string): string[] {
  const bytes = [...Buffer.from(value).subarray(0, LEAST)];
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0"));
  const inForm = new URLSearchParams([["", value]]).toString().slice(1);
  return [value, encodeURIComponent(value), inForm, hex.join(" "), hex.join(""), bytes.join(", "), bytes.join(",")];
}

/** What a text holds in base64, wherever it begins. */
function decodings(text: string): string[] {
  const runs = text.match(/[A-Za-z0-9+/_-]{16,}/g) ?? [];
  return runs.flatMap((run) => [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), "base64").toString("latin1")));
}

/** A text without percent-encoding: an address within an address has it twice. */
function decodePercent(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString());
}

/** A visitor that keeps every answer of the app. */
export class RecordingVisitor extends Visitor {
  readonly answers: Response[] = [];

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
    this.answers.push(response);
    return response;
  }
}

/** Everything of an answer but its `Set-Cookie`, which is where cookies belong. */
export function visibleParts({ status, headers, text }: Response): string {
  const { "set-cookie": _, ...others } = headers as Record<string, unknown>;
  return JSON.stringify({ status, headers: others, text });
}
