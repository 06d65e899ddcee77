import type { Account, AuthError, GoogleAuth, HookEvent, ScopegateOptions } from "@scopegate/core";
import type { Emulator, Fault } from "@scopegate/emulator";
import { ADA, ROUTES } from "../app/scenario.ts";
import type { Scenario } from "../app/scenario.ts";
import type { TestRoute } from "../app/test-app.ts";
import type { Canaries, RecordingVisitor } from "./canaries.ts";

const HOUR = 3600_000;
const OWN_PAGE = { "Sec-Fetch-Site": "same-origin" };
/** The option `timeout`, in milliseconds: the test waits for it where Google hangs, and Google responds within it elsewhere. */
const TIMEOUT = 1_500;
/** A fault for every retry too. */
const ALWAYS = { times: Infinity } as const;

/** The objects that an app receives and might log. */
export interface Exhibits {
  readonly auths: GoogleAuth[];
  readonly accounts: Account[];
  readonly errors: unknown[];
  readonly events: unknown[];
  /** The framework's own requests. */
  readonly requests: object[];
}

/** Routes and options of an app that collects everything it receives. */
export function talkativeApp(userinfo: () => string): {
  readonly exhibits: Exhibits;
  readonly routes: readonly TestRoute[];
  readonly options: ScopegateOptions;
} {
  const exhibits: Exhibits = { auths: [], accounts: [], errors: [], events: [], requests: [] };
  const tell = (event: Partial<HookEvent>) => {
    // The framework's request shows its cookies anyway.
    const { request: _, ...told } = event;
    exhibits.events.push(told);
  };
  const routes: TestRoute[] = [
    // The responses hold no token: an app that sends one leaks it itself.
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
    options: {
      timeout: TIMEOUT,
      on,
      loginHint: (request) => {
        exhibits.requests.push(request as object);
        return undefined;
      },
    },
  };
}

/** A response that repeats the whole request, as JSON or as a page, as a broken server or a proxy might. */
function echo(as: "JSON" | "page"): Fault {
  let received = "";
  return {
    ...ALWAYS,
    endpoint: "token",
    status: 400,
    match: ({ body }) => {
      received = decodeURIComponent(body);
      return true;
    },
    get body() {
      return as === "page"
        ? `<p>${received}</p>`
        : { error: "invalid_request", error_description: received, error_uri: received };
    },
  };
}

/** Everything that can happen to a user: sign-in and all of its failures, refreshes, API calls, revocation. */
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

  // Before the sign-in.
  for (const path of ["/", "/me", "/use", "/revoke", "/signout", "/authorize?scope=https://evil.example/"]) {
    await visitor.open(path);
    await visitor.call(path);
  }
  await visitor.walk("/me", { deny: true });

  // Sign-ins that fail.
  const badSignature: Fault = {
    ...ALWAYS,
    endpoint: "token",
    transform: (body: { id_token: string }) => {
      canaries.plantResponse(body);
      return { ...body, id_token: body.id_token.slice(0, -6) };
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
    { ...ALWAYS, endpoint: "token", transform: (body: object) => ({ ...body, token_type: "mac" }) },
  ] satisfies Fault[]) {
    await during([fault], () => visitor.walk("/drive"));
  }

  // A sign-in that succeeds, and then its callback again, unchanged and altered.
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

  // Tokens, and failures of their refresh.
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
      // One wait for a hang is enough.
      if (!("hang" in fault)) await visitor.call("/api");
    });
  }
  google.expireAccessTokens(ADA);
  await visitor.call("/api");
  await visitor.call("/exhibit");

  // The end: pages, refusals, and revocations that fail and that succeed.
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
  for (const response of visitor.responses) canaries.plantCookies(response);
  for (const id of Object.keys(scenario.app.sessions())) canaries.plant("session", id);
}

/** Plants the tokens of unaltered responses. */
function listen({ faults }: Emulator, canaries: Canaries): void {
  faults.add({
    endpoint: "token",
    times: Infinity,
    transform: (body: Record<string, unknown>) => canaries.plantResponse(body),
  });
}
