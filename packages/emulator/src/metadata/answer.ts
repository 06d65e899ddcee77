import type { Google } from "../google.ts";
import type { Answer, Exchange } from "../http/exchange.ts";
import type { ServiceAccount } from "../service/account.ts";
import { serviceIdToken } from "../service/id-token.ts";
import type { Instance } from "./instance.ts";

type Value = string | number | readonly string[] | ((query: URLSearchParams) => Answer) | Directory;
interface Directory {
  readonly [name: string]: Value;
}

const flavor = { "metadata-flavor": "Google", server: "Metadata Server for VM" };
const root = "/computeMetadata/v1/";

/** What the metadata server answers: "Compute Engine, About VM metadata". */
export function answerMetadata(google: Google, instance: Instance, exchange: Exchange): Answer {
  const { method, headers, path, query } = exchange;
  // A request that a proxy passed on is not of this machine.
  if (headers["x-forwarded-for"] !== undefined) return page(403, "X-Forwarded-For is not allowed.");
  if (method !== "GET" && method !== "HEAD") return page(405, "Method Not Allowed");
  if (path === "/") return text("computeMetadata/\n");
  if (headers["metadata-flavor"] !== "Google") return page(403, "Missing Metadata-Flavor:Google header.");
  if (!`${path}/`.startsWith(root)) return path === "/computeMetadata/" ? text("v1/\n") : page(404, "Not Found");
  const value = find(treeOf(google, instance), path.slice(root.length));
  if (value === undefined) return page(404, "Not Found");
  if (typeof value === "function") return value(query);
  const asJson = query.get("recursive") === "true" || query.get("alt") === "json";
  if (!isDirectory(value)) return asJson ? json(value) : text(textOf(value));
  if (query.get("recursive") === "true") return query.get("alt") === "text" ? text(lines(value)) : json(plain(value));
  if (!path.endsWith("/")) return { status: 301, headers: { ...flavor, location: `${path}/` }, body: "" };
  return text(
    Object.entries(value)
      .map(([name, entry]) => `${name}${isDirectory(entry) ? "/" : ""}\n`)
      .join(""),
  );
}

function treeOf(google: Google, instance: Instance): Directory {
  const { projectId, numericProjectId, account } = instance;
  const accounts = account && accountOf(google, instance, account);
  return {
    instance: {
      id: 4_815_162_342,
      name: "emulated",
      zone: `projects/${numericProjectId}/zones/europe-west1-b`,
      "service-accounts": accounts ? { default: accounts, [account.email]: accounts } : {},
    },
    project: { "numeric-project-id": numericProjectId, "project-id": projectId },
    universe: { "universe-domain": "googleapis.com" },
  };
}

function accountOf(google: Google, instance: Instance, account: ServiceAccount): Directory {
  return {
    aliases: ["default"],
    email: account.email,
    identity: (query) => identity(google, instance, account, query),
    scopes: instance.scopes,
    token: (query) => token(instance, account, query),
  };
}

function token(instance: Instance, account: ServiceAccount, query: URLSearchParams): Answer {
  // Unconfirmed: how the server says that the account is disabled.
  if (account.status === "disabled") return page(403, "The service account is disabled.");
  const asked = (query.get("scopes") ?? "").split(/[ ,]/).filter((scope) => scope !== "");
  const { token: accessToken, expiresIn } = instance.token(account, asked);
  return json({ access_token: accessToken, expires_in: expiresIn, token_type: "Bearer" });
}

function identity(google: Google, instance: Instance, account: ServiceAccount, query: URLSearchParams): Answer {
  const audience = query.get("audience");
  if (!audience) return page(400, "non-empty audience parameter required");
  if (account.status === "disabled") return page(403, "The service account is disabled.");
  const full = query.get("format") === "full";
  const machine = {
    project_id: instance.projectId,
    project_number: instance.numericProjectId,
    zone: "europe-west1-b",
    instance_id: "4815162342",
    instance_name: "emulated",
  };
  const extra = full ? { google: { compute_engine: machine } } : {};
  return text(serviceIdToken(google, account, { audience, email: full, extra }));
}

function find(tree: Directory, path: string): Value | undefined {
  let value: Value | undefined = tree;
  for (const name of path.split("/").filter((part) => part !== "")) {
    value = value !== undefined && isDirectory(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

function isDirectory(value: Value): value is Directory {
  return typeof value === "object" && !Array.isArray(value);
}

/** Values that are made on request are no part of a recursive answer. */
function entriesOf(directory: Directory): [string, Exclude<Value, (query: URLSearchParams) => Answer>][] {
  return Object.entries(directory).flatMap(([name, value]) => (typeof value === "function" ? [] : [[name, value]]));
}

function plain(directory: Directory): object {
  return Object.fromEntries(
    entriesOf(directory).map(([name, value]) => [camelCase(name), isDirectory(value) ? plain(value) : value]),
  );
}

/** `alt=text`: a line for each value, with its path. */
function lines(directory: Directory, above = ""): string {
  return entriesOf(directory)
    .map(([name, value]) =>
      isDirectory(value) ? lines(value, `${above}${name}/`) : `${above}${name} ${textOf(value).trimEnd()}\n`,
    )
    .join("");
}

/** E-mail addresses are names too, and stay as they are. */
function camelCase(name: string): string {
  return name.includes("@") ? name : name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function textOf(value: string | number | readonly string[]): string {
  return typeof value === "object" ? value.map((line) => `${line}\n`).join("") : String(value);
}

function text(body: string): Answer {
  return { status: 200, headers: { ...flavor, "content-type": "application/text" }, body };
}

function json(value: unknown): Answer {
  return { status: 200, headers: { ...flavor, "content-type": "application/json" }, body: JSON.stringify(value) };
}

function page(status: number, message: string): Answer {
  const headers = { ...flavor, "content-type": "text/html; charset=UTF-8" };
  return { status, headers, body: `<!DOCTYPE html>\n<title>Error ${status}</title>\n<p>${message}\n` };
}
