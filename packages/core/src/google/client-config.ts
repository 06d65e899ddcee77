import { inspect } from "node:util";
import { isRecord, readJsonFile } from "../util/json-file.ts";

/** The entry of Google's client file. Its names are those of the file. */
export interface ClientFileEntry {
  /** The client ID, such as `1234-abc.apps.googleusercontent.com`. */
  readonly client_id: string;
  readonly client_secret: string;
  /** The registered redirect URIs. A single one is the default of the option `redirectUri`. */
  readonly redirect_uris?: readonly string[];
  readonly project_id?: string;
  /** Other fields (`auth_uri`, `token_uri`, …) are ignored: the option `endpoints` sets the endpoints. */
  readonly [field: string]: unknown;
}

/**
 * The parsed content of the `client_secret.json` that the Google Cloud console offers for download
 * (https://console.cloud.google.com/auth/clients). A client of the type Web application has the key `web`.
 */
export type ClientFile = { readonly web: ClientFileEntry } | { readonly installed: ClientFileEntry };

/** An OAuth client by its two values, such as values from a secret manager. */
export interface ClientCredentials {
  /** The client ID, such as `1234-abc.apps.googleusercontent.com`. */
  readonly clientId: string;
  /** The client secret. It appears in no error, no log and no JSON of Scopegate. */
  readonly clientSecret: string;
}

/**
 * The option `client`: the path of `client_secret.json`, its parsed content, or the client ID and secret.
 *
 * @example
 * ```ts
 * googleOAuth({ client: "client_secret.json" });
 * googleOAuth({ client: { clientId: await secrets.get("google-id"), clientSecret: await secrets.get("google-secret") } });
 * ```
 */
export type ClientOption = string | ClientFile | ClientCredentials;

/** Environment variables, as in `process.env`. An empty variable counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The OAuth client of the app. `util.inspect` and JSON do not show its secret. */
export class OAuthClient {
  readonly clientId: string;
  /** The redirect URIs of the client file. Empty if the client was given by its two values. */
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

  /** With `showHidden` and `getters`, `util.inspect` would otherwise call the getter above. */
  [inspect.custom](): object {
    return Object.assign({}, this);
  }
}

/**
 * Resolves the option `client`. Without it, the environment variable `GOOGLE_CLIENT_SECRET_FILE` applies, or else
 * `GOOGLE_CLIENT_ID` with `GOOGLE_CLIENT_SECRET`. A file is read once, here, synchronously.
 *
 * @throws TypeError naming the option or variable, the file and the field, but never their content
 */
export function resolveClient(option: ClientOption | undefined, env: Environment): OAuthClient {
  if (option === undefined) return fromEnvironment(env);
  if (typeof option === "string") return fromFile(option, "client");
  if (!isRecord(option)) {
    throw new TypeError(
      "client must be the path of client_secret.json, its parsed content, or { clientId, clientSecret }.",
    );
  }
  if (!("clientId" in option || "clientSecret" in option)) return fromFileContent(option, "client");
  if ("web" in option || "installed" in option) {
    throw new TypeError(
      "client has both the content of a client file and clientId or clientSecret. Give only one of them.",
    );
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
    "client is not configured. Set the option client (the path of client_secret.json, its parsed content, or " +
      "{ clientId, clientSecret }), or the environment variable GOOGLE_CLIENT_SECRET_FILE, or the variables " +
      `GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET. ${CREATE_A_CLIENT}`,
  );
}

const CLIENTS = "https://console.cloud.google.com/auth/clients";
const CREATE_A_CLIENT = `Create an OAuth client of the type Web application at ${CLIENTS}.`;

function fromFile(path: string, origin: string): OAuthClient {
  const { content, file } = readJsonFile(path, origin, "a client_secret.json");
  return fromFileContent(content, file);
}

function fromFileContent(content: Readonly<Record<string, unknown>>, origin: string): OAuthClient {
  if (content["type"] === "service_account") {
    throw new TypeError(
      `${origin} is the key file of a service account, which cannot sign in users. Use the file of an OAuth client. ${CREATE_A_CLIENT}`,
    );
  }
  const kinds = ["web", "installed"].filter((kind) => content[kind] !== undefined);
  const kind = kinds[0];
  if (kind === undefined) {
    throw new TypeError(
      `${origin} has neither the key "web" nor "installed". Use the client_secret.json that Google offers for download, unchanged. ${CREATE_A_CLIENT}`,
    );
  }
  if (kinds.length > 1) {
    throw new TypeError(`${origin} has both the key "web" and the key "installed". Keep "web" for a web app.`);
  }
  const entry = content[kind];
  if (!isRecord(entry)) throw new TypeError(`${origin}: ${kind} is not an object. Download the client file again.`);
  return new OAuthClient({
    clientId: checkId(entry["client_id"], `${origin}: ${kind}.client_id`),
    clientSecret: checkText(entry["client_secret"], `${origin}: ${kind}.client_secret`),
    redirectUris: checkRedirectUris(entry["redirect_uris"], `${origin}: ${kind}.redirect_uris`),
    projectId: typeof entry["project_id"] === "string" ? entry["project_id"] : undefined,
  });
}

function checkId(value: unknown, name: string): string {
  const id = checkText(value, name);
  if (/\s/.test(id)) throw new TypeError(`${name} contains whitespace. Copy it again.`);
  return id;
}

/** RFC 6749 appendices A.1 and A.2 allow printable ASCII. Whitespace around a value is an error, and is not removed silently. */
function checkText(value: unknown, name: string): string {
  if (value === undefined || value === null || value === "")
    throw new TypeError(`${name} is missing or empty. Copy it from ${CLIENTS}.`);
  if (typeof value !== "string") throw new TypeError(`${name} is not a string. Copy it from ${CLIENTS}.`);
  if (value.trim() !== value) throw new TypeError(`${name} starts or ends with whitespace or a newline. Remove it.`);
  if (!/^[\x20-\x7e]+$/.test(value))
    throw new TypeError(`${name} contains a character that is not printable ASCII. Copy it again.`);
  return value;
}

function checkRedirectUris(value: unknown, name: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((uri) => typeof uri === "string")) {
    throw new TypeError(`${name} is not an array of strings. Download the client file again.`);
  }
  return value;
}
