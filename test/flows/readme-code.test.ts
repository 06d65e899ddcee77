// Compiles every code block of the documents, and runs those that are programs or tests.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import supertest from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyPatch, codeBlocks, documents, filesBelow, readDocument, root } from "../harness/markdown.ts";
import type { CodeBlock } from "../harness/markdown.ts";
import { execute, tsc } from "../harness/packed.ts";

const readme = readDocument("README.md");

/** Its blocks are parts of one test, and name what the others declare. */
const NOT_COMPILED = new Set(["packages/emulator/README.md"]);

/** Names that a fragment of an app may use without an import. */
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
export declare function findOrCreateUser(googleSub: string): Promise<string>;
export declare function saveUser(sub: string, scopes: readonly string[]): Promise<void>;
export declare function escapeHtml(text: string): string;
`;
const FRAGMENT = `import { AuthError, googleOAuth, memoryTokenStore, requireScopes, requireSignIn, app, google, DRIVE, CALENDAR, GMAIL_READ, GMAIL_MODIFY, subject, report, inbox, api, pay, findOrCreateUser, saveUser, escapeHtml, type ErrorRequestHandler } from "./surroundings.ts"; export const run = async () => {`;

let directory: string;

beforeAll(() => {
  // Inside the workspace, so that packages are found as in an app.
  mkdirSync(join(root, ".artifacts"), { recursive: true });
  directory = mkdtempSync(join(root, ".artifacts", "readme-"));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** A block as a module, its lines numbered as in the document. A block without imports is a fragment of an app. */
function moduleOf({ text, line }: CodeBlock): string {
  const above = "\n".repeat(line - 1);
  return /^import /m.test(text) ? above + text : `${FRAGMENT}${above}${text}}`;
}

/** The quick start, with the changes that put the emulator in Google's place. */
function quickStart(): string {
  const server = codeBlocks(readme).find(({ file }) => file === "server.mts");
  const patch = codeBlocks(readme).find(({ language }) => language === "diff");
  return applyPatch(server!.text, patch!.text);
}

/** The session middleware of the quick start, and Scopegate's own sessions in its place, as docs/own-session.md has them. */
const SESSIONS: readonly (readonly [name: string, change: (program: string) => string])[] = [
  ["session middleware", (program) => program],
  ["its own session in a cookie", (program) => withOwnSession(program, "")],
  ["its own session in a store", (program) => withOwnSession(program, ", store: memorySessionStore()")],
];

function withOwnSession(program: string, store: string): string {
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
    for (const document of documents.filter((path) => !NOT_COMPILED.has(path))) {
      const folder = folderOf(project, document);
      writeFileSync(join(folder, "surroundings.ts"), SURROUNDINGS);
      for (const block of codeBlocks(readDocument(document)).filter(({ language }) => language === "ts")) {
        writeFileSync(join(folder, block.file ?? `line-${block.line}.ts`), moduleOf(block));
      }
    }
    for (const [index, [, change]] of SESSIONS.entries())
      writeFileSync(join(project, `quick-start-${index}.mts`), change(quickStart()));
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
    const sources = filesBelow(["{packages,examples}/**/*.ts", "scripts/**/*.{ts,mjs}", "test/harness/**/*.ts"])
      .filter((path) => !path.endsWith(".test.ts"))
      .map(readDocument)
      .join("");
    for (const document of documents) {
      const text = readDocument(document);
      for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g)) expect(scripts, document).toHaveProperty(script!);
      for (const [, names] of text.matchAll(/npm install (?:--save-dev )?([^`\n]+)/g)) {
        for (const name of names!.split(" "))
          expect(Object.keys(devDependencies!), document).toContain(name.replace(/(?<=.)@\d+$/, ""));
      }
      // Not by toContain: its message would quote all sources.
      for (const [variable] of text.matchAll(/\b(?:GOOGLE|SCOPEGATE)_[A-Z_]{4,}\b/g))
        expect(sources.includes(variable), `${document}: ${variable} stands in the sources`).toBe(true);
    }
  });

  /** Documents with tests in them, and the files that their blocks name. */
  const tested = documents.flatMap((document) => {
    const files = codeBlocks(readDocument(document)).filter(({ file }) => file !== undefined);
    return files.some(({ file }) => isTest(file!)) ? [[document, files] as const] : [];
  });

  it("has the tests of an app and of a store", () => {
    expect(tested.map(([document]) => document)).toEqual(["docs/stores.md", "docs/testing.md"]);
  });

  it.each(tested)("runs: the tests in %s", async (document, files) => {
    const folder = folderOf(join(directory, "tests"), document);
    for (const { file, text } of files) writeFileSync(join(folder, file!), text);
    const tests = files.map(({ file }) => file!).filter(isTest);
    const { status, stdout } = await execute(process.execPath, ["--test", ...tests], folder);
    expect(status, stdout).toBe(0);
    expect(stdout).toMatch(/^. pass [1-9]/m);
  });
});

describe.each(SESSIONS)("the quick start on %s", (_name, change) => {
  let app: ChildProcess;
  let origin: string;

  beforeAll(async () => {
    const port = await freePort();
    origin = `http://localhost:${port}`;
    // The emulator acts for the user at Google. The test adds only this line, and changes only the port.
    const approval = "\nprocess.on('message', async (url: string) => process.send!(await emulator.approve(url)));\n";
    const folder = folderOf(join(directory, "quick-start"), String(port));
    // As `npm init -y` may write it: the program must work all the same.
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "app", type: "commonjs" }));
    const file = join(folder, "server.mts");
    writeFileSync(
      file,
      change(quickStart()).replaceAll("localhost:3000", `localhost:${port}`).replace("(3000", `(${port}`) + approval,
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
    expect(line).toBe(`${origin}/events`);
  });

  afterAll(async () => {
    if (app.exitCode !== null) return;
    app.kill();
    await once(app, "exit");
  });

  it("leads from the guarded page to Google, back to it, and to the user's events", async () => {
    const browser = supertest.agent(origin).set("Accept", "text/html");
    const toGoogle = await browser.get("/events").expect(302);
    app.send(toGoogle.headers["location"]!);
    const [approved] = (await once(app, "message")) as [string];
    const callback = new URL(approved);
    await browser.get(callback.pathname + callback.search).expect("Location", "/events");
    const { body } = await browser.get("/events").expect(200);
    expect(body.items).not.toHaveLength(0);
    await supertest(origin).get("/events").expect(401);
  });
});

/** A new folder for the files of a document. */
function folderOf(parent: string, document: string): string {
  const folder = join(parent, document.replace(/\.md$/, ""));
  mkdirSync(folder, { recursive: true });
  return folder;
}

function isTest(file: string): boolean {
  return /\.test\.m?ts$/.test(file);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
