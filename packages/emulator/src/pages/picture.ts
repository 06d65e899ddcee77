import type { Exchange } from "../http/exchange.ts";
import { type HttpResponse, json } from "../http/responses.ts";
import type { Google } from "../state/google.ts";
import { escapeHtml } from "./html.ts";
import { initials } from "./initials.ts";

/** `GET /pictures/{sub}.svg`: the picture that the `picture` claim refers to. */
export function picture({ directory }: Google, { path }: Exchange): HttpResponse {
  const sub = /^\/pictures\/([^/]+)\.svg$/.exec(path)?.[1] ?? "";
  const user = directory.user(sub);
  if (!user) return json(404, { error: "not_found" });
  return {
    status: 200,
    headers: { "content-type": "image/svg+xml", "cross-origin-resource-policy": "cross-origin" },
    body: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96"><rect width="96" height="96" fill="#24594f"/><text x="48" y="61" text-anchor="middle" font-family="system-ui, sans-serif" font-size="36" font-weight="600" fill="#fff">${escapeHtml(initials(user.name))}</text></svg>`,
  };
}
