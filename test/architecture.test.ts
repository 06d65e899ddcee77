import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  findArrowsUp,
  findPhantoms,
  findViolations,
  type Manifest,
  type PackageSources,
} from "./harness/architecture.ts";
import { scanImports } from "./harness/imports.ts";

const root = join(import.meta.dirname, "..");

function readJson(...path: string[]): unknown {
  return JSON.parse(readFileSync(join(root, ...path), "utf8"));
}

function readPackage(folder: string): PackageSources {
  const source = join(root, "packages", folder, "src");
  const paths = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  return {
    folder,
    manifest: readJson("packages", folder, "package.json") as Manifest,
    sources: new Map(paths.map((path) => [path.replaceAll("\\", "/"), readFileSync(join(source, path), "utf8")])),
  };
}

/** The packages. Another branch may have left the ignored files of a package that this one does not have. */
const folders = readdirSync(join(root, "packages")).filter((folder) =>
  existsSync(join(root, "packages", folder, "package.json")),
);

describe("the architecture", () => {
  it.each(folders)("holds in packages/%s", (folder) => {
    expect(findViolations(readPackage(folder))).toEqual([]);
  });

  it.each(["core", "emulator"])("has no row for a room or an import that does not exist in %s", (folder) => {
    expect([...findPhantoms(readPackage(folder))]).toEqual([]);
  });

  it.each(["core", "emulator"])("lets the imports between rooms point down only in %s", (folder) => {
    expect([...findArrowsUp(folder)]).toEqual([]);
  });

  it.each(folders)("has a smoke script for packages/%s", (folder) => {
    expect(existsSync(join(root, "test", "smoke", `${folder}.ts`))).toBe(true);
  });

  it.each(["tsconfig.json", "tsconfig.tests.json"])("%s builds every package", (file) => {
    const { references } = readJson(file) as { references: { path: string }[] };
    const built = references.map(({ path }) => path).filter((path) => path.startsWith("packages/"));
    expect(built.toSorted()).toEqual(folders.map((folder) => `packages/${folder}`).toSorted());
  });
});

describe("the check of the architecture", () => {
  /** What is said of a package that holds these sources, and whose package.json declares these dependencies. */
  function judge(folder: string, sources: Record<string, string>, dependencies: readonly string[] = []): string[] {
    return findViolations({
      folder,
      manifest: {
        name: `@scopegate/${folder}`,
        dependencies: Object.fromEntries(dependencies.map((name) => [name, "*"])),
      },
      sources: new Map(Object.entries(sources)),
    });
  }

  it("accepts imports that point down", () => {
    const sources = {
      "errors/auth-error.ts": "export class AuthError extends Error {}",
      "google/jwks.ts": 'import { AuthError } from "../errors/auth-error.ts";\nconst load = () => import("jose");',
      "store/memory.ts": 'import type { Handle } from "../http/session-handle.ts";\nimport { a } from "./types.ts";',
      "flow/callback.ts": 'import { a } from "../google/jwks.ts";\nimport { b } from "../store/memory.ts";',
      "guard/check.ts": 'import { a } from "../flow/callback.ts";\nimport type { Dispatcher } from "undici";',
      "index.ts": 'export { a } from "./guard/check.ts";',
      "google/jwks.test.ts": 'import { startEmulator } from "@scopegate/emulator";',
    };
    expect(judge("core", sources, ["jose", "undici"])).toEqual([]);
  });

  it.each([
    ["core", "@scopegate/emulator", "core may import none of our packages"],
    ["emulator", "@scopegate/core", "emulator may import none of our packages"],
    ["express", "@scopegate/emulator", "express may import core"],
    ["redis", "@scopegate/express", "redis may import core"],
  ])("refuses that %s imports %s", (folder, specifier, message) => {
    expect(judge(folder, { "index.ts": `import type { A } from "${specifier}/part";` }, [specifier])).toContainEqual(
      expect.stringContaining(`index.ts imports ${specifier}/part: ${message}`),
    );
  });

  it.each([
    ["pages/html.ts", "google/scopes.ts"],
    ["google/jwks.ts", "store/types.ts"],
    ["store/memory.ts", "flow/context.ts"],
    ["session/middleware-session.ts", "store/types.ts"],
    ["flow/refresh.ts", "guard/check.ts"],
    ["guard/check.ts", "api/google-auth.ts"],
    ["guard/check.ts", "index.ts"],
  ])("rejects that %s imports %s, even for a type", (path, target) => {
    const room = path.split("/")[0];
    expect(judge("core", { [path]: `import type { A } from "../${target}";` })).toEqual([
      expect.stringContaining(`packages/core: ${path} imports ${target}: ${room} may import`),
    ]);
  });

  it("rejects a room that has no row, and a loose file at core's top", () => {
    expect(judge("core", { "misc/a.ts": "a();" })[0]).toContain("the room misc has no row yet");
    expect(judge("core", { "loose.ts": "a();" })).toEqual([
      "packages/core: loose.ts lies loose at the top: move it into a room",
    ]);
  });

  it.each([
    ['import { request } from "undici";', "loads undici at once"],
    ['import {\n  request, // why\n} from "undici";', "loads undici at once"],
    ['import "undici";', "loads undici at once"],
    ['export { request } from "undici";', "loads undici at once"],
    ['const { request } = require("undici");', "loads undici at once"],
    ['import { type Dispatcher } from "undici";', "loads undici at once"],
    ['const ms = await import("ms");', "imports ms: core depends on jose, undici only"],
  ])("refuses %s in core", (line, message) => {
    expect(judge("core", { "http/a.ts": `const a = 1;\n${line}` }, ["undici", "ms"])).toContainEqual(
      expect.stringContaining(message),
    );
  });

  it("refuses dependencies that are not declared, and declarations that nothing needs", () => {
    expect(judge("express", { "index.ts": 'import type { Request } from "express";' }, ["@scopegate/core"])).toEqual([
      "packages/express: imports express, which its package.json does not declare",
      "packages/express: declares @scopegate/core in package.json and never imports it",
    ]);
  });

  it("refuses a path into another package, except in tests", () => {
    expect(judge("express", { "a/b.ts": 'import { a } from "../../../core/src/seal/sealer.ts";' })[0]).toContain(
      "a/b.ts imports ../../../core/src/seal/sealer.ts, a file of another package",
    );
    expect(judge("core", { "google/a.test.ts": 'import { a } from "../../../../test/harness/server.ts";' })).toEqual(
      [],
    );
  });

  it("rejects export * and long files", () => {
    expect(judge("core", { "index.ts": 'export * from "./errors/auth-error.ts";' })[0]).toContain("index.ts exports *");
    expect(judge("core", { "util/a.ts": "a();\n".repeat(300) })).toEqual([]);
    expect(judge("core", { "util/a.ts": "a();\n".repeat(301) })[0]).toContain("util/a.ts has 301 lines");
  });

  it("does not take comments and strings for imports", () => {
    const source = [
      '// import { a } from "a";',
      ' * import("b")',
      'const text = "x"; // from "c"',
      "export const d = 1;",
    ];
    expect(scanImports(source.join("\n"))).toEqual([]);
  });
});
