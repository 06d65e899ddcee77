import { inspect } from "node:util";
import { isRecord, readJsonFile } from "../util/json-file.ts";

/** One entry of Google's client file. */
export interface ClientFileEntry {
  readonly client_id: string;
  readonly client_secret: string;
  readonly redirect_uris?: readonly string[];
  readonly project_id?: string;
  /** What else Google writes there (`auth_uri`, `token_uri`, …) is not used: see the `endpoints` option. */
  readonly [field: string]: unknown;
}

/** The content of the `client_secret.json` that the Google Cloud console offers for download. */
export type ClientFile = { readonly web: ClientFileEntry } | { readonly installed: ClientFileEntry };

/** A client by its two values. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The `client` option: the path of `client_secret.json`, its parsed content, or the two values. */
export type ClientOption = string | ClientFile | ClientCredentials;

/** Environment variables, as in `process.env`. An empty one counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The app as Google knows it. Its secret shows neither in `util.inspect` nor in JSON. */
export class OAuthClient {
  readonly clientId: string;
  /** What the client file lists; empty where the client was given by its two values. */
  readonly redirectUris: readonly string[];
  readonly projectId?: string;
  readonly #clientSecret: string;

  constructor(fields: ClientCredentials & { redirectUris?: readonly string[]; projectId?: string | undefined }) {
    this.clientId = fields.clientId;
    this.#clientSecret = fields.clientSecret;
    this.redirectUris = Object.freeze([...(fields.redirectUris ?? [])]);
    if (fields.projectId !== undefined) this.projectId = fields.projectId;
    Object.freeze(this);
  }

  get clientSecret(): string {
    return this.#clientSecret;
  }

  /** `inspect` with `showHidden` and `getters` would run the getter above. */
  [inspect.custom](): object {
    return Object.assign({}, this);
  }
}

/**
 * Resolves the `client` option. Without one the environment decides: `GOOGLE_CLIENT_SECRET_FILE`, else
 * `GOOGLE_CLIENT_ID` with `GOOGLE_CLIENT_SECRET`. A file is read here, once, synchronously.
 *
 * @throws TypeError naming the option or the variable, the file and the field, never their content
 */
export function resolveClient(option: ClientOption | undefined, env: Environment): OAuthClient {
  if (option === undefined) return fromEnvironment(env);
  if (typeof option === "string") return fromFile(option, "client");
  if (!isRecord(option)) {
    throw new TypeError(
      "client must be the path of client_secret.json, its parsed content, or { clientId, clientSecret }",
    );
  }
  if (!("clientId" in option || "clientSecret" in option)) return fromFileContent(option, "client");
  if ("web" in option || "installed" in option) {
    throw new TypeError("client has both the content of a client file and clientId or clientSecret; give one of them");
  }
  return new OAuthClient({
    clientId: checkId(option["clientId"], "client: clientId"),
    clientSecret: checkText(option["clientSecret"], "client: clientSecret"),
  });
}

function fromEnvironment(env: Environment): OAuthClient {
  const { GOOGLE_CLIENT_SECRET_FILE: path, GOOGLE_CLIENT_ID: id, GOOGLE_CLIENT_SECRET: secret } = env;
  if (path) return fromFile(path, "GOOGLE_CLIENT_SECRET_FILE");
  if (id || secret) {
    return new OAuthClient({
      clientId: checkId(id || undefined, "GOOGLE_CLIENT_ID"),
      clientSecret: checkText(secret || undefined, "GOOGLE_CLIENT_SECRET"),
    });
  }
  throw new TypeError(
    "client is not configured. Give the option client (the path of client_secret.json, its parsed content, or " +
      "{ clientId, clientSecret }), or set GOOGLE_CLIENT_SECRET_FILE, or set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET. " +
      `${WHERE_TO_GET_ONE}.`,
  );
}

const WHERE_TO_GET_ONE =
  "An OAuth client of type Web application is made at https://console.cloud.google.com/auth/clients";

function fromFile(path: string, origin: string): OAuthClient {
  const { content, file } = readJsonFile(path, origin, "a client_secret.json");
  return fromFileContent(content, file);
}

function fromFileContent(content: Readonly<Record<string, unknown>>, origin: string): OAuthClient {
  if (content["type"] === "service_account") {
    throw new TypeError(
      `${origin} is a service account's key, which signs no users in; give an OAuth client's file. ${WHERE_TO_GET_ONE}`,
    );
  }
  const kinds = ["web", "installed"].filter((kind) => content[kind] !== undefined);
  const kind = kinds[0];
  if (kind === undefined) {
    throw new TypeError(
      `${origin} has neither the key "web" nor "installed"; give a client_secret.json unchanged. ${WHERE_TO_GET_ONE}`,
    );
  }
  if (kinds.length > 1)
    throw new TypeError(`${origin} has both the key "web" and "installed"; keep the one that this app is`);
  const entry = content[kind];
  if (!isRecord(entry)) throw new TypeError(`${origin}: ${kind} is not an object`);
  return new OAuthClient({
    clientId: checkId(entry["client_id"], `${origin}: ${kind}.client_id`),
    clientSecret: checkText(entry["client_secret"], `${origin}: ${kind}.client_secret`),
    redirectUris: checkRedirectUris(entry["redirect_uris"], `${origin}: ${kind}.redirect_uris`),
    projectId: typeof entry["project_id"] === "string" ? entry["project_id"] : undefined,
  });
}

function checkId(value: unknown, name: string): string {
  const id = checkText(value, name);
  if (/\s/.test(id)) throw new TypeError(`${name} has whitespace in it; copy it again`);
  return id;
}

/** RFC 6749 appendices A.1 and A.2: printable ASCII. Whitespace around it is never meant, and never cut off silently. */
function checkText(value: unknown, name: string): string {
  if (value === undefined || value === null || value === "") throw new TypeError(`${name} is missing or empty`);
  if (typeof value !== "string") throw new TypeError(`${name} is not a string`);
  if (value.trim() !== value) throw new TypeError(`${name} has whitespace or a newline around it; remove it`);
  if (!/^[\x20-\x7e]+$/.test(value))
    throw new TypeError(`${name} has a character outside printable ASCII; copy it again`);
  return value;
}

function checkRedirectUris(value: unknown, name: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((uri) => typeof uri === "string")) {
    throw new TypeError(`${name} is not an array of strings`);
  }
  return value;
}
