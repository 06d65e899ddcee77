import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { serviceAccount } from "@scopegate/core/service";
import { type Emulator, startEmulator } from "@scopegate/emulator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CALENDAR } from "./calendar.ts";
import { report, type ReportOptions } from "./report.ts";

const main = join(import.meta.dirname, "main.ts");
const run = (env: Record<string, string>) => {
  const { GOOGLE_APPLICATION_CREDENTIALS: _, ...inherited } = process.env;
  const node = [
    process.execPath,
    ["--disable-warning=ExperimentalWarning", main],
    { env: { ...inherited, ...env } },
  ] as const;
  return promisify(execFile)(...node);
};

describe("the command", () => {
  it("lists instances and a user's events with the emulator if no key file is given", async () => {
    const { stdout, stderr } = await run({});
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^Cloud SQL instances of scopegate-local, as robot@scopegate-local/);
    expect(stdout).toMatch(/^ {2}orders +POSTGRES_17 +europe-west1 +RUNNABLE$/m);
    expect(stdout).toMatch(/^The calendar of grace@workspace\.example\n {2}\d{4}-\d\d-\d\d \d\d:\d\d +\w/m);
  });

  it("prints an error that names the key file if it cannot be read", async () => {
    await expect(run({ GOOGLE_APPLICATION_CREDENTIALS: "/none/key.json" })).rejects.toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("/none/key.json"),
    });
  });
});

describe("the report", () => {
  let google: Emulator;
  beforeAll(async () => {
    google = await startEmulator();
  });
  beforeEach(() => google.reset());
  afterAll(() => google.stop());

  const make = (options: Partial<ReportOptions> = {}) => {
    const credentials = google.serviceAccount().keyFile();
    const source = serviceAccount({ credentials, apiHosts: [new URL(google.url).host] });
    return report({ source, apis: google.apis, ...options });
  };

  it("lists the instances without a user", async () => {
    expect(await make()).toHaveLength(3);
    expect(google.requests.map(({ endpoint }) => endpoint)).toEqual(["token", "sqladmin"]);
  });

  it("acts for the user in the Calendar API only", async () => {
    google.serviceAccount().delegate({ scopes: [CALENDAR] });
    await make({ user: "grace@workspace.example" });
    const subjects = google.requests.of("token").map(({ form }) => {
      const [, claims = ""] = form["assertion"]!.split(".");
      return (JSON.parse(Buffer.from(claims, "base64url").toString()) as { sub?: string }).sub;
    });
    expect(subjects).toEqual([undefined, "grace@workspace.example"]);
  });

  it("fails with the remedy if the calendar scope is not delegated", async () => {
    await expect(make({ user: "grace@workspace.example" })).rejects.toMatchObject({
      name: "AuthError",
      remedy: expect.stringMatching(/delegat/),
    });
  });

  it("fails with the API's response if the account has no access to the project", async () => {
    await expect(make({ project: "another" })).rejects.toThrow(/403.*not authorized/s);
  });
});
