import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { AuthError } from "@scopegate/core";
import { serviceAccount } from "@scopegate/core/service";
import type { ServiceAccountOptions, TokenSource } from "@scopegate/core/service";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator, EmulatorOptions, EmulatorServiceAccount } from "@scopegate/emulator";
import { expect, onTestFinished } from "vitest";
import { DRIVE } from "./app/scenario.ts";

export const ROBOT = "robot@tests.iam.gserviceaccount.com";
/** A user of the Workspace domain that the emulator has. */
export const GRACE = "grace@workspace.example";

/** One key for all tests of a file, since making a key takes longer than most tests. */
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keys = [{ privateKey: String(privateKey.export({ type: "pkcs8", format: "pem" })) }];

/** A Google with a service account. */
export interface ServiceScenario {
  readonly google: Emulator;
  /** Options that direct a source to this Google, with its clock. */
  readonly common: {
    readonly now: () => number;
    readonly apiHosts: readonly string[];
    readonly endpoints: { readonly token: string; readonly sts: string; readonly iamCredentials: string };
  };
  /** A source with the account's key. */
  account(options?: Partial<ServiceAccountOptions>): TokenSource;
}

function withKey(account: EmulatorServiceAccount): EmulatorServiceAccount {
  return account.email === ROBOT ? { keys, ...account } : account;
}

/** Starts a Google with a service account for one test. */
export async function startService(options: EmulatorOptions = {}): Promise<ServiceScenario> {
  const { serviceAccounts = [{ email: ROBOT }] } = options;
  const google = await startEmulator({ ...options, serviceAccounts: serviceAccounts.map(withKey) });
  onTestFinished(() => google.stop());
  const common = {
    now: () => google.clock.now(),
    apiHosts: [new URL(google.url).host],
    endpoints: { token: google.endpoints.token, sts: `${google.url}/v1/token`, iamCredentials: `${google.url}/v1` },
  };
  return {
    google,
    common,
    account: (own = {}) =>
      serviceAccount({
        credentials: { ...google.serviceAccount(ROBOT).keyFile() },
        scopes: [DRIVE],
        now: common.now,
        apiHosts: common.apiHosts,
        ...own,
      }),
  };
}

/** A directory for one test. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "scopegate-service-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The claims of a JWT, unverified. */
export function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split(".")[1]!, "base64url").toString()) as Record<string, unknown>;
}

/** The `AuthError` of a promise. Expects that it holds none of these secrets. */
export async function failureOf(promise: Promise<unknown>, ...secrets: string[]): Promise<AuthError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AuthError);
  const text = inspect(error, { depth: null, showHidden: true });
  for (const secret of ["-----BEGIN", ...secrets]) expect(text).not.toContain(secret);
  return error as AuthError;
}
