// Every row of Google's table of JWT errors: the test provokes it and compares the code and the remedy.
import { ERROR_TABLE } from "@scopegate/core";
import type { AuthErrorCode } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { CALENDAR, DRIVE } from "../harness/app/scenario.ts";
import { failureOf, GRACE, ROBOT, startService } from "../harness/service.ts";
import type { ServiceScenario } from "../harness/service.ts";

interface Row {
  /** Google's `error` and `error_description`. */
  readonly says: string;
  readonly code: AuthErrorCode;
  readonly remedy: RegExp;
  /** Causes the error, and requests a token. */
  readonly provoke: (scenario: ServiceScenario) => Promise<unknown>;
}

const rows: readonly Row[] = [
  {
    says: "unauthorized_client: Client is unauthorized to retrieve access tokens using this method",
    code: "delegation_by_email",
    remedy: /numeric client ID, not its e-mail address.*every scope.*up to 24 hours/,
    provoke: ({ google, account }) => {
      google.serviceAccount(ROBOT).delegate({ scopes: [DRIVE], client: ROBOT });
      return account({ subject: GRACE }).getAccessToken();
    },
  },
  {
    says: "unauthorized_client: Unauthorized client or scope in request.",
    code: "delegation_missing",
    remedy: /up to 24 hours/,
    provoke: ({ account }) => account({ subject: GRACE }).getAccessToken(),
  },
  {
    says: "access_denied: Requested client not authorized.",
    code: "delegation_scope_denied",
    remedy: /add every scope/,
    provoke: ({ google, account }) => {
      google.serviceAccount(ROBOT).delegate({ scopes: [CALENDAR] });
      return account({ subject: GRACE }).getAccessToken();
    },
  },
  {
    says: "admin_policy_enforced",
    code: "admin_policy_enforced",
    remedy: /API controls/,
    provoke: ({ google, account }) => {
      const { sub, email, hd } = google.users.find((user) => user.email === GRACE)!;
      google.addUser({ sub, email, hd: hd!, name: "Grace", restrictedScopes: [DRIVE] });
      google.serviceAccount(ROBOT).delegate({ scopes: [DRIVE] });
      return account({ subject: GRACE }).getAccessToken();
    },
  },
  {
    says: "invalid_client: The OAuth client was not found.",
    code: "invalid_assertion",
    remedy: /key file is unchanged/,
    provoke: ({ google, account }) => {
      google.faults.add({
        endpoint: "token",
        status: 401,
        body: { error: "invalid_client", error_description: "The OAuth client was not found." },
      });
      return account().getAccessToken();
    },
  },
  {
    says: "invalid_grant: Not a valid email or user ID.",
    code: "delegation_subject_unknown",
    remedy: /primary e-mail address/,
    provoke: ({ account }) => account({ subject: "nobody@workspace.example" }).getAccessToken(),
  },
  {
    says: "invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes)",
    code: "clock_skew",
    remedy: /clock with a time server/,
    provoke: ({ google, account }) => account({ now: () => google.clock.now() - 7200_000 }).getAccessToken(),
  },
  {
    says: "invalid_grant: Invalid JWT Signature.",
    code: "service_key_rejected",
    remedy: /Create a new key/,
    provoke: ({ google, account }) => {
      const source = account();
      google.serviceAccount(ROBOT).disableKey();
      return source.getAccessToken();
    },
  },
  {
    says: "invalid_scope: Invalid OAuth scope or ID token audience provided.",
    code: "service_scope_invalid",
    remedy: /contains a comma/,
    provoke: ({ account }) => account({ scopes: ["https://www.googleapis.com/auth/"] }).getAccessToken(),
  },
  {
    says: "disabled_client: The OAuth client was disabled.",
    code: "service_account_disabled",
    remedy: /Enable it/,
    provoke: ({ google, account }) => {
      const source = account();
      google.serviceAccount(ROBOT).disable();
      return source.getAccessToken();
    },
  },
  {
    says: "org_internal",
    code: "org_internal",
    remedy: /account of that organization/,
    provoke: ({ google, account }) => {
      google.addServiceAccount({ email: ROBOT, organization: "elsewhere.example", delegation: [{ scopes: [DRIVE] }] });
      return account({ subject: GRACE }).getAccessToken();
    },
  },
  {
    says: "invalid_grant: Invalid grant: account not found",
    code: "invalid_assertion",
    remedy: /service account `client_email` still exists/,
    provoke: ({ google, account }) => {
      const source = account();
      google.removeServiceAccount(ROBOT);
      return source.getAccessToken();
    },
  },
  {
    says: "invalid_grant: Invalid JWT: Failed audience check.",
    code: "invalid_assertion",
    remedy: /`token_uri`/,
    provoke: ({ google, account }) => {
      const file = google.serviceAccount(ROBOT).keyFile();
      const token = google.endpoints.token.replace("127.0.0.1", "localhost");
      return account({ credentials: { ...file, token_uri: token } }).getAccessToken();
    },
  },
];

describe("the error of a rejected assertion", () => {
  it.each(rows)("is $code for $says", async ({ says, code, remedy, provoke }) => {
    const scenario = await startService();
    const error = await failureOf(provoke(scenario));
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
    expect(error.remedy).toMatch(remedy);
    expect(error.remedy).toBe(ERROR_TABLE[code].remedy);
    expect(scenario.google.requests.of("token")).toHaveLength(1);
  });

  it.each([
    [-7200, /clock is 7\d{3} seconds behind the server's/],
    [7200, /clock is 7\d{3} seconds ahead of the server's/],
  ])("says how far this machine's clock is off: %d seconds", async (seconds, hint) => {
    const { google, account } = await startService();
    const now = () => google.clock.now() + seconds * 1000;
    expect((await failureOf(account({ now }).getAccessToken())).message).toMatch(hint);
    const source = account();
    google.serviceAccount(ROBOT).disableKey();
    expect((await failureOf(source.getAccessToken())).message).not.toContain("clock");
  });

  it("does not contain the assertion, even if the server repeats it", async () => {
    const { google, account } = await startService();
    let assertion = "";
    google.faults.add({
      endpoint: "token",
      after: true,
      status: 400,
      match: ({ form }) => Boolean((assertion = form.get("assertion") ?? "")),
      transform: () => ({ error: "invalid_grant", error_description: `Invalid JWT Signature of ${assertion}` }),
    });
    const error = await failureOf(account().getAccessToken());
    expect(error.code).toBe("service_key_rejected");
    expect(error.message).not.toContain(assertion);
  });
});

describe("a token endpoint that fails", () => {
  it("is retried, and then rejects all waiting calls with one request", async () => {
    const { google, account } = await startService();
    google.faults.add({ endpoint: "token", status: 503, times: 1 });
    await account().getAccessToken();
    expect(google.requests.of("token")).toHaveLength(2);

    google.faults.add({ endpoint: "token", status: 503, times: Infinity, headers: { "retry-after": "60" } });
    const source = account();
    const errors = await Promise.all(Array.from({ length: 50 }, () => failureOf(source.getAccessToken())));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["temporarily_unavailable"]));
    expect(errors[0]!.headers["Retry-After"]).toBe("60");
    expect(google.requests.of("token")).toHaveLength(3);
    google.faults.clear();
    expect(await source.getAccessToken()).toMatch(/./);
  });

  it("that does not respond runs into the timeout, and the next call works", async () => {
    const { google, account } = await startService();
    google.faults.add({ endpoint: "token", hang: true, times: Infinity });
    const source = account({ timeout: 100 });
    const waiting = Array.from({ length: 20 }, () => failureOf(source.getAccessToken()));
    for (const error of await Promise.all(waiting)) expect(error.message).toContain("within 100 ms");
    google.faults.clear();
    // The timeout is short for the test's sake. A busy machine may need more than one call within it.
    await expect.poll(() => source.getAccessToken().catch(() => "")).toMatch(/./);
  });

  it.each([
    ["HTML", { body: "<html>log in to the hotel's network</html>" }],
    ["JSON without a token", { body: { token_type: "Bearer", expires_in: 3600 } }],
    ["a truncated body", { truncate: true }],
    ["a redirect", { status: 302, headers: { location: "https://evil.example/" } }],
  ])("that responds with %s causes an AuthError, and the next call works", async (_, fault) => {
    const { google, account } = await startService();
    google.faults.add({ endpoint: "token", times: Infinity, ...fault });
    const source = account();
    const { code } = await failureOf(source.getAccessToken());
    expect(["invalid_response", "temporarily_unavailable"]).toContain(code);
    google.faults.clear();
    expect(await source.getAccessToken()).toMatch(/./);
  });
});
