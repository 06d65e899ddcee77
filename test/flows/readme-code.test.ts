// The code in the documents, held against the code: every block is compiled, and those that make a program are run.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import supertest from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyPatch, codeBlocks, documents, readDocument, root } from "../harness/markdown.ts";
import type { CodeBlock } from "../harness/markdown.ts";
import { execute, tsc } from "../harness/packed.ts";

const readme = readDocument("README.md");

/** What a fragment of an app may name without saying where it comes from. */
const SURROUNDINGS = `
import type { googleOAuth } from "@scopegate/express";
import type { Express, RequestHandler } from "express";
declare module "express-session" {
  interface SessionData { userId: string }
}
export { AuthError, googleOAuth, memoryTokenStore, requireScopes, requireSignIn } from "@scopegate/express";
export type { ErrorRequestHandler } from "express";
export declare const app: Express;
export declare const google: ReturnType<typeof googleOAuth>;
export declare const DRIVE: string, CALENDAR: string, GMAIL_READ: string, GMAIL_MODIFY: string, subject: string;
export declare const report: RequestHandler, inbox: RequestHandler, api: RequestHandler, pay: RequestHandler;
export declare function saveUser(sub: string, scopes: readonly string[]): Promise<void>;
export declare function escapeHtml(text: string): string;
`;
const FRAGMENT = `import { AuthError, googleOAuth, memoryTokenStore, requireScopes, requireSignIn, app, google, DRIVE, CALENDAR, GMAIL_READ, GMAIL_MODIFY, subject, report, inbox, api, pay, saveUser, escapeHtml, type ErrorRequestHandler } from "./surroundings.ts"; export const run = async () => {`;

let directory: string;

beforeAll(() => {
  // Inside the workspace, so that packages are found as in an app.
  mkdirSync(join(root, ".artifacts"), { recursive: true });
  directory = mkdtempSync(join(root, ".artifacts", "readme-"));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** A block as a module, its lines numbered as in the document. What imports nothing is a part of some app. */
function moduleOf({ text, line }: CodeBlock): string {
  const above = "\n".repeat(line - 1);
  return /^import /m.test(text) ? above + text : `${FRAGMENT}${above}${text}}`;
}

/** The quick start with the lines changed that put the emulator in Google's place. */
function quickStart(): string {
  const server = codeBlocks(readme).find(({ file }) => file === "server.ts");
  const patch = codeBlocks(readme).find(({ language }) => language === "diff");
  return applyPatch(server!.text, patch!.text);
}

/** The session middleware of the quick start, and what takes its place as the section on our own session has it. */
const SESSIONS: readonly (readonly [name: string, change: (program: string) => string])[] = [
  ["session middleware", (program) => program],
  ["our session in a cookie", (program) => withOurSession(program, "")],
  ["our session in a store", (program) => withOurSession(program, ", store: memorySessionStore()")],
];

function withOurSession(program: string, store: string): string {
  const changes = [
    [/^import session from .*\n/m, ""],
    [/^app\.use\(session\(.*\n/m, ""],
    ["requireScopes }", `requireScopes, scopegateSession${store && ", memorySessionStore"} }`],
    ["googleOAuth({", `googleOAuth({ session: scopegateSession({ keys: [process.env["SESSION_KEY"]!]${store} }),`],
  ] as const;
  return changes.reduce((text, [from, to]) => {
    const changed = text.replace(from, to);
    expect(changed, `the quick start has no ${String(from)}`).not.toBe(text);
    return changed;
  }, program);
}

describe("the code in the documents", () => {
  it("is of a kind that can be checked", () => {
    for (const document of documents) {
      for (const { language, line } of codeBlocks(readDocument(document)))
        expect(["ts", "diff", "sh", "text"], `${document}:${line}`).toContain(language);
    }
  });

  it("compiles under the workspace's strict settings", async () => {
    const project = join(directory, "types");
    for (const document of documents) {
      const folder = join(project, dirname(document));
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "surroundings.ts"), SURROUNDINGS);
      for (const block of codeBlocks(readDocument(document)).filter(({ language }) => language === "ts")) {
        writeFileSync(join(folder, block.file ?? `line-${block.line}.ts`), moduleOf(block));
      }
    }
    for (const [index, [, change]] of SESSIONS.entries())
      writeFileSync(join(project, `quick-start-${index}.ts`), change(quickStart()));
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({ extends: join(root, "tsconfig.base.json"), compilerOptions: { noEmit: true } }),
    );
    expect(await execute(process.execPath, [tsc, "-p", project], project)).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("names commands, packages and variables that exist", () => {
    const { scripts, devDependencies } = JSON.parse(readDocument("package.json")) as Record<
      string,
      Record<string, string>
    >;
    const service = ["application-default", "executable", "metadata-server", "account-key"].map(
      (file) => `service/${file}`,
    );
    const sources = [
      "resolve-options",
      "encryption-keys",
      "google/client-config",
      "google/redirect-uri",
      "service-error-table",
      ...service,
    ]
      .map((file) => readDocument(`packages/core/src/${file}.ts`))
      .join("");
    for (const document of documents) {
      const text = readDocument(document);
      const shell = codeBlocks(text)
        .filter(({ language }) => language === "sh")
        .map((block) => block.text)
        .join("");
      for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g)) expect(scripts, document).toHaveProperty(script!);
      for (const [, names] of shell.matchAll(/npm install (?:--save-dev )?(.+)/g)) {
        for (const name of names!.split(" ")) expect(Object.keys(devDependencies!), document).toContain(name);
      }
      for (const [variable] of text.matchAll(/\b(?:GOOGLE|SCOPEGATE)_[A-Z_]{4,}\b/g)) {
        if (!["GOOGLE_PORT", "SCOPEGATE_HANDLER", "SCOPEGATE_HOOK", "SCOPEGATE_UNSAVED"].includes(variable))
          expect(sources, `${document}: ${variable}`).toContain(variable);
      }
    }
  });

  it("runs: the tests of an app and of a store", async () => {
    const files = codeBlocks(readme).filter(({ file }) => file !== undefined && file !== "server.ts");
    for (const { file, text } of files) writeFileSync(join(directory, file!), text);
    const tests = files.map(({ file }) => file!).filter((file) => file.endsWith(".test.ts"));
    expect(tests).toEqual(["store.test.ts", "app.test.ts"]);
    const { status, stdout } = await execute(process.execPath, ["--test", ...tests], directory);
    expect(status, stdout).toBe(0);
    expect(stdout).toMatch(/whoever leaves the box empty is told what is switched off/);
  });
});

describe.each(SESSIONS)("the quick start on %s", (_name, change) => {
  let app: ChildProcess;
  let origin: string;

  beforeAll(async () => {
    const port = await freePort();
    origin = `http://localhost:${port}`;
    // At Google, the emulator answers for the user. Nothing else is added, and only the port is changed.
    const answers = "\nprocess.on('message', async (url: string) => process.send!(await emulator.approve(url)));\n";
    const file = join(directory, `quick-start-${port}.ts`);
    writeFileSync(
      file,
      change(quickStart()).replaceAll("localhost:3000", `localhost:${port}`).replace("(3000", `(${port}`) + answers,
    );
    app = fork(file, {
      stdio: ["ignore", "pipe", "inherit", "ipc"],
      execArgv: ["--disable-warning=ExperimentalWarning"],
      env: { ...process.env, SESSION_KEY: "a session key of the tests, 32 characters" },
    });
    const [line] = (await Promise.race([
      once(createInterface({ input: app.stdout! }), "line"),
      once(app, "exit").then(([status]) => [`ended with status ${status}`]),
    ])) as [string];
    expect(line).toBe(`${origin}/files`);
  });

  afterAll(async () => {
    if (app.exitCode !== null) return;
    app.kill();
    await once(app, "exit");
  });

  it("leads from the guarded page to Google, back to it, and to the user's files", async () => {
    const browser = supertest.agent(origin).set("Accept", "text/html");
    const asked = await browser.get("/files").expect(302);
    app.send(asked.headers["location"]!);
    const [answer] = (await once(app, "message")) as [string];
    const callback = new URL(answer);
    await browser.get(callback.pathname + callback.search).expect("Location", "/files");
    const { body } = await browser.get("/files").expect(200);
    expect(body.files).not.toHaveLength(0);
    await supertest(origin).get("/files").expect(401);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
