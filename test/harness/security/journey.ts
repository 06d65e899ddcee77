import type { Account, AuthError, GoogleAuth, HookEvent, ScopegateOptions } from "@scopegate/core";
import type { Emulator, Fault } from "@scopegate/emulator";
import { ADA, ROUTES } from "../app/scenario.ts";
import type { Scenario } from "../app/scenario.ts";
import type { TestRoute } from "../app/test-app.ts";
import type { Canaries, RecordingVisitor } from "./canaries.ts";

const HOUR = 3600_000;
const OWN_PAGE = { "Sec-Fetch-Site": "same-origin" };
/** Milliseconds for what hangs. */
const TIMEOUT = 500;
/** However often a request is sent again. */
const ALWAYS = { times: Infinity } as const;

/** What an app can lay hands on, and might log. */
export interface Exhibits {
  readonly auths: GoogleAuth[];
  readonly accounts: Account[];
  readonly errors: unknown[];
  readonly events: unknown[];
}

/** Routes and options of an app that shows everything it is given. */
export function talkativeApp(userinfo: () => string): {
  readonly exhibits: Exhibits;
  readonly routes: readonly TestRoute[];
  readonly options: ScopegateOptions;
} {
  const exhibits: Exhibits = { auths: [], accounts: [], errors: [], events: [] };
  const tell = (event: Partial<HookEvent>) => {
    // The framework's own request shows its cookies to everybody.
    const { request: _, ...told } = event;
    exhibits.events.push(told);
  };
  const routes: TestRoute[] = [
    // Without the token in the answer: that would be the app's own doing.
    { path: "/use", handle: async (auth) => ({ length: (await auth.getAccessToken()).length }) },
    {
      path: "/force",
      handle: async (auth) => ({ length: (await auth.getAccessToken({ forceRefresh: true })).length }),
    },
    { path: "/api", handle: async (auth) => ({ status: (await auth.fetch(userinfo())).status }) },
    { path: "/elsewhere", handle: async (auth) => ({ status: (await auth.fetch("https://evil.example/")).status }) },
    { path: "/link", handle: async (auth) => ({ url: await auth.authorizationUrl({ returnTo: "/me" }) }) },
    {
      path: "/exhibit",
      handle: async (auth) => {
        exhibits.auths.push(auth);
        exhibits.accounts.push(...(await auth.accounts()));
        return { user: auth.user, scopes: [...auth.scopes] };
      },
    },
  ];
  const failed = ({ error }: { readonly error: AuthError }) => void exhibits.errors.push(error);
  const on = { authorized: tell, refreshed: tell, denied: tell, revoked: tell, signedOut: tell, failed };
  return {
    exhibits,
    routes: [...ROUTES.filter(({ path }) => path !== "/token"), ...routes],
    options: { timeout: TIMEOUT, on },
  };
}

/** An answer that repeats all it was sent, as JSON or as a page: what a confused server or a proxy would do. */
function echo(as: "JSON" | "page"): Fault {
  let heard = "";
  return {
    ...ALWAYS,
    endpoint: "token",
    status: 400,
    match: ({ body }) => {
      heard = decodeURIComponent(body);
      return true;
    },
    get body() {
      return as === "page"
        ? `<p>${heard}</p>`
        : { error: "invalid_request", error_description: heard, error_uri: heard };
    },
  };
}

/** Everything that a user can live through: signing in, all ways that it fails, refreshing, calling, revoking. */
export async function travel(scenario: Scenario, visitor: RecordingVisitor, canaries: Canaries): Promise<void> {
  const { google } = scenario;
  const during = async (faults: readonly Fault[], step: () => Promise<unknown>): Promise<void> => {
    google.faults.clear();
    for (const fault of faults) google.faults.add(fault);
    await step();
    google.faults.clear();
    listen(google, canaries);
  };
  listen(google, canaries);

  // Nobody yet.
  for (const path of ["/", "/me", "/use", "/revoke", "/signout", "/authorize?scope=https://evil.example/"]) {
    await visitor.open(path);
    await visitor.call(path);
  }
  await visitor.walk("/me", { deny: true });

  // Sign-ins that fail.
  const badSignature: Fault = {
    ...ALWAYS,
    endpoint: "token",
    transform: (answer: { id_token: string }) => {
      canaries.plantAnswer(answer);
      return { ...answer, id_token: answer.id_token.slice(0, -6) };
    },
  };
  for (const fault of [
    { ...ALWAYS, endpoint: "jwks", status: 503 },
    badSignature,
    echo("JSON"),
    echo("page"),
    { ...ALWAYS, endpoint: "token", hang: true },
    { ...ALWAYS, endpoint: "token", reset: true },
    { ...ALWAYS, endpoint: "token", truncate: true },
    { ...ALWAYS, endpoint: "token", transform: (answer: object) => ({ ...answer, token_type: "mac" }) },
  ] satisfies Fault[]) {
    await during([fault], () => visitor.walk("/drive"));
  }

  // One that succeeds, and its callback again, altered and not.
  const { visited } = await visitor.walk("/drive");
  const callback = visited.find((address) => address.includes("code="))!;
  const { pathname, search, searchParams } = new URL(callback);
  const state = searchParams.get("state")!;
  for (const query of [
    search,
    search.replace(state, "A".repeat(43)),
    `${search}&code=again`,
    `${search}&error=x`,
    `${search}&iss=https://evil.example`,
  ]) {
    await visitor.open(pathname + query);
    await visitor.call(pathname + query);
    await visitor.call("/calendar", { Referer: scenario.app.origin + pathname + query });
  }
  await visitor.open("/exhibit");
  await visitor.walk("/calendar", { scopes: [] });
  await visitor.open("/link");

  // Tokens, and how refreshing fails.
  for (const path of ["/use", "/api", "/elsewhere", "/force"]) await visitor.open(path);
  for (const fault of [
    echo("JSON"),
    echo("page"),
    { ...ALWAYS, endpoint: "token", status: 429, headers: { "Retry-After": "60" } },
    { ...ALWAYS, endpoint: "token", hang: true },
    { ...ALWAYS, endpoint: "userinfo", reset: true },
  ] satisfies Fault[]) {
    google.clock.advance(HOUR);
    await during([fault], async () => {
      await visitor.open("/use");
      // Waiting for what hangs once is enough.
      if (!("hang" in fault)) await visitor.call("/api");
    });
  }
  google.expireAccessTokens(ADA);
  await visitor.call("/api");
  await visitor.call("/exhibit");

  // The end: pages, refusals, and revocations that fail and succeed.
  for (const path of ["/revoke", "/signout"]) {
    await visitor.open(path);
    await visitor.post(path, {}, { "Sec-Fetch-Site": "cross-site" });
  }
  await during([{ ...ALWAYS, endpoint: "revocation", status: 400, body: { error: "unsupported_token_type" } }], () =>
    visitor.post("/revoke", {}, OWN_PAGE),
  );
  await visitor.walk("/drive");
  google.clock.advance(HOUR);
  google.revokeUser(ADA);
  await visitor.open("/use");
  await visitor.walk("/drive");
  await visitor.post("/signout", {}, OWN_PAGE);
  await visitor.walk("/drive");
  await visitor.post("/revoke", {}, OWN_PAGE);

  canaries.plantSent(scenario);
  for (const answer of visitor.answers) canaries.plantCookies(answer);
  for (const id of Object.keys(scenario.app.sessions())) canaries.plant("session", id);
}

/** Plants the tokens of correct answers. */
function listen({ faults }: Emulator, canaries: Canaries): void {
  faults.add({
    endpoint: "token",
    times: Infinity,
    transform: (answer: Record<string, unknown>) => canaries.plantAnswer(answer),
  });
}
