import type { Exchange } from "../http/exchange.ts";
import type { HttpResponse } from "../http/responses.ts";
import { serviceIdToken } from "../service/id-token.ts";
import type { Google } from "../state/google.ts";
import type { ServiceAccount } from "../state/service-account.ts";
import type { Instance } from "./instance.ts";
import { json, movedTo, page, text } from "./metadata-responses.ts";
import { type Directory, findValue, isDirectory, linesOf, listOf, plainObject, textOf } from "./tree.ts";

const root = "/computeMetadata/v1/";

/** Responds to a request to the metadata server, as "About VM metadata" of Compute Engine describes. */
export function handleMetadata(google: Google, instance: Instance, exchange: Exchange): HttpResponse {
  const { method, headers, path, query } = exchange;
  // A request with this header came through a proxy, so it is not from this machine.
  if (headers["x-forwarded-for"] !== undefined) return page(403, "X-Forwarded-For is not allowed.");
  if (method !== "GET" && method !== "HEAD") return page(405, "Method Not Allowed");
  if (path === "/") return text("computeMetadata/\n");
  if (headers["metadata-flavor"] !== "Google") return page(403, "Missing Metadata-Flavor:Google header.");
  if (!`${path}/`.startsWith(root)) return path === "/computeMetadata/" ? text("v1/\n") : page(404, "Not Found");
  const value = findValue(treeOf(google, instance), path.slice(root.length));
  if (value === undefined) return page(404, "Not Found");
  if (typeof value === "function") return value(query);
  const recursive = query.get("recursive") === "true";
  if (!isDirectory(value)) return recursive || query.get("alt") === "json" ? json(value) : text(textOf(value));
  if (recursive) return query.get("alt") === "text" ? text(linesOf(value)) : json(plainObject(value));
  return path.endsWith("/") ? text(listOf(value)) : movedTo(`${path}/`);
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

function token(instance: Instance, account: ServiceAccount, query: URLSearchParams): HttpResponse {
  // Unconfirmed: the server's response for a disabled account.
  if (account.status === "disabled") return page(403, "The service account is disabled.");
  const requested = (query.get("scopes") ?? "").split(/[ ,]/).filter((scope) => scope !== "");
  const { token: accessToken, expiresIn } = instance.token(account, requested);
  return json({ access_token: accessToken, expires_in: expiresIn, token_type: "Bearer" });
}

function identity(google: Google, instance: Instance, account: ServiceAccount, query: URLSearchParams): HttpResponse {
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
