import type { RunningApp } from "./app.ts";

/** What a user does: sees their files, comes back an hour later, disconnects the app, and is asked again; then the app's own. */
export async function walk({ origin, google }: RunningApp): Promise<void> {
  const visit = createBrowser(origin);
  const refused = await expectStatus(401, visit("/files"));
  const { authorizeUrl } = (await refused.json()) as { authorizeUrl: string };
  const asked = await expectStatus(302, visit(authorizeUrl));
  const callback = await google.approve(asked.headers.get("location")!, { user: "ada@example.com" });
  await expectStatus(302, visit(callback));
  await expectStatus(200, visit("/files"));

  google.clock.advance(3_600_000);
  await expectStatus(200, visit("/files"));

  google.clock.advance(3_600_000);
  google.faults.add({ endpoint: "token", times: Infinity, status: 503, headers: { "Retry-After": "30" } });
  await expectStatus(503, visit("/files"));
  google.faults.clear();

  await expectStatus(200, visit("/revoke", { method: "POST", headers: { origin } }));
  await expectStatus(401, visit("/files"));
  await expectStatus(200, visit("/shared"));
}

/** Asks as a page's script does, with the browser's cookies; redirects are shown, not followed. */
function createBrowser(origin: string) {
  const cookies = new Map<string, string>();
  return async (address: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers({ accept: "application/json", ...(init.headers as Record<string, string>) });
    headers.set("cookie", [...cookies].map((cookie) => cookie.join("=")).join("; "));
    const response = await fetch(new URL(address, origin), { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) cookies.set(name, value);
    }
    return response;
  };
}

async function expectStatus(status: number, visited: Promise<Response>): Promise<Response> {
  const response = await visited;
  if (response.status !== status) throw new Error(`${response.url} answered ${response.status}, not ${status}`);
  return response;
}
