import type { RunningApp } from "./app.ts";

/**
 * Makes the requests of a user who opens their files, returns an hour later, returns during an outage at Google, and
 * disconnects the app. The last request reads the files of the app's service account.
 */
export async function walk({ origin, google }: RunningApp): Promise<void> {
  const visit = createBrowser(origin);
  const refused = await expectStatus(401, visit("/files"));
  const { authorizeUrl } = (await refused.json()) as { authorizeUrl: string };
  const redirect = await expectStatus(302, visit(authorizeUrl));
  const callback = await google.approve(redirect.headers.get("location")!, { user: "ada@example.com" });
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

/** Sends requests as a page's script would, with the browser's cookies. Returns redirects instead of following them. */
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

async function expectStatus(status: number, request: Promise<Response>): Promise<Response> {
  const response = await request;
  if (response.status !== status)
    throw new Error(`${response.url} responded with ${response.status} instead of ${status}`);
  return response;
}
