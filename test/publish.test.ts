// How a package of the workspace becomes a published one. `test/dist.test.ts` judges the result.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pendingEntries, withSection } from "../scripts/publish/changelog.ts";
import { publishedManifest } from "../scripts/publish/manifest.ts";
import { publicPackages } from "../scripts/publish/packages.ts";
import type { Package } from "../scripts/publish/packages.ts";
import { withAbsoluteLinks } from "../scripts/publish/readme.ts";
import { specifiersOf } from "../scripts/publish/specifiers.ts";
import { findObstacle } from "../scripts/release.ts";

const REPOSITORY = "https://git.example.com/acme/scopegate";

describe("a release", () => {
  it("is refused while the address of the repository is unset, with the name of what to set", () => {
    expect(findObstacle(undefined, [])).toMatch(/Set REPOSITORY in scripts\/publish\/repository\.ts/);
  });

  it.each(["github.com/acme/scopegate", "git@github.com:acme/scopegate", `${REPOSITORY}/`, `${REPOSITORY}.git`])(
    "is refused with an address that links cannot begin with: %s",
    (address) => {
      expect(findObstacle(address, [])).toContain(`REPOSITORY in scripts/publish/repository.ts is "${address}"`);
    },
  );

  it("is refused while changes wait for a version", () => {
    expect(findObstacle(REPOSITORY, [{ packages: ["@scopegate/core"], text: "A change." }])).toMatch(
      /npm run release:version/,
    );
  });

  it("is allowed otherwise", () => {
    expect(findObstacle(REPOSITORY, [])).toBeUndefined();
  });
});

describe("the published package.json", () => {
  const versions = new Map([["@scopegate/core", "1.2.3"]]);
  const some: Package = {
    folder: "some",
    directory: "/nowhere",
    manifest: {
      name: "@scopegate/some",
      version: "1.2.3",
      keywords: ["some", "oauth2"],
      exports: { ".": "./src/index.ts", "./part": "./src/part.ts" },
      publishConfig: {
        access: "public",
        exports: {
          ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
          "./part": { types: "./dist/part.d.ts", default: "./dist/part.js" },
        },
      },
      dependencies: { "@scopegate/core": "workspace:^", other: "^1.0.0" },
      devDependencies: { test: "^1.0.0" },
    },
  };

  it("names the repository, and where the package is in it", () => {
    expect(publishedManifest(some, versions, REPOSITORY)).toMatchObject({
      repository: { type: "git", url: `git+${REPOSITORY}.git`, directory: "packages/some" },
      homepage: `${REPOSITORY}/tree/HEAD/packages/some#readme`,
      bugs: { url: `${REPOSITORY}/issues` },
    });
  });

  it("leaves these fields out while the repository is not known", () => {
    const manifest = publishedManifest(some, versions, undefined);
    for (const field of ["repository", "homepage", "bugs"]) expect(manifest).not.toHaveProperty(field);
  });

  it("has the keywords of all packages and its own, each once", () => {
    const { keywords } = publishedManifest(some, versions, undefined) as { keywords: string[] };
    expect(keywords).toEqual(expect.arrayContaining(["google", "oauth2", "some"]));
    expect(keywords.filter((word) => word === "oauth2")).toHaveLength(1);
  });

  it("tells resolvers that do not know `exports` where code and declarations are", () => {
    expect(publishedManifest(some, versions, undefined)).toMatchObject({
      main: "./dist/index.js",
      types: "./dist/index.d.ts",
      typesVersions: { "*": { part: ["./dist/part.d.ts"] } },
      exports: some.manifest.publishConfig.exports,
    });
  });

  it("writes out the versions of our own packages, and has nothing that only the workspace needs", () => {
    const manifest = publishedManifest(some, versions, undefined);
    expect(manifest["dependencies"]).toEqual({ "@scopegate/core": "^1.2.3", other: "^1.0.0" });
    expect(manifest).not.toHaveProperty("devDependencies");
    expect(() => publishedManifest(some, new Map(), undefined)).toThrow(
      'The dependency @scopegate/core has the range "workspace:^". Write "workspace:^", for a public package.',
    );
  });
});

describe("the links of a published README", () => {
  const absolute = (markdown: string): string => withAbsoluteLinks("packages/core/README.md", markdown, REPOSITORY);

  it("lead into the repository, to files and to folders", () => {
    expect(absolute("[a](../../README.md#quick-start), [b](../express/README.md) and [c](../../docs)")).toBe(
      `[a](${REPOSITORY}/blob/HEAD/README.md#quick-start), [b](${REPOSITORY}/blob/HEAD/packages/express/README.md) ` +
        `and [c](${REPOSITORY}/tree/HEAD/docs)`,
    );
    expect(absolute("[a]: ../../LICENSE")).toBe(`[a]: ${REPOSITORY}/blob/HEAD/LICENSE`);
  });

  it("stay as they are where they are absolute, lead within the page, or stand in code", () => {
    const text = "[a](https://example.com/x) [b](#part) `[c](../../README.md)`\n```md\n[d](../../README.md)\n```\n";
    expect(absolute(text)).toBe(text);
  });

  it("may not lead to files that do not exist", () => {
    expect(() => absolute("[a](../../nothing.md)")).toThrow("links to ../../nothing.md, which does not exist");
  });
});

describe("the changelog", () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "scopegate-changes-"));
    writeFileSync(join(directory, "config.json"), "{}");
    writeFileSync(join(directory, "some.md"), '---\n"@scopegate/core": minor\n---\n\nA feature\nof core.\n');
    writeFileSync(
      join(directory, "all.md"),
      '---\n"@scopegate/koa": patch\n"@scopegate/core": patch\n---\n\nA repair.\n',
    );
  });

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it("gets a section with each entry, above earlier releases; an entry for some packages names them", () => {
    const entries = pendingEntries(directory);
    const all = ["@scopegate/core", "@scopegate/koa"];
    expect(withSection("# Changelog\n\nAbout it.\n\n## 1.0.0\n\n- First.\n", "1.1.0 (today)", entries, all)).toBe(
      "# Changelog\n\nAbout it.\n\n## 1.1.0 (today)\n\n- A repair.\n- `@scopegate/core`: A feature\n  of core.\n\n" +
        "## 1.0.0\n\n- First.\n",
    );
  });

  it("stays as it is without entries", () => {
    expect(withSection("# Changelog\n", "1.1.0", [], [])).toBe("# Changelog\n");
  });

  it("rejects an entry without packages", () => {
    writeFileSync(join(directory, "wrong.md"), "A change.\n");
    expect(() => pendingEntries(directory)).toThrow(
      ".changeset/wrong.md does not begin with packages between two lines of ---",
    );
  });
});

describe("the packages that are published", () => {
  const packages = publicPackages();

  it("come after the packages of ours that they depend on", () => {
    const names = packages.map(({ manifest }) => manifest.name);
    for (const { manifest } of packages) {
      for (const dependency of Object.keys(manifest.dependencies ?? {}).filter((name) => names.includes(name)))
        expect(names.indexOf(dependency)).toBeLessThan(names.indexOf(manifest.name));
    }
  });

  it("have the optional peers of core as their own where they re-export what needs them", () => {
    const peersOf = ({ manifest }: Package): object =>
      Object.fromEntries(
        Object.entries(manifest.peerDependencies ?? {}).filter(
          ([name]) => manifest.peerDependenciesMeta?.[name]?.optional,
        ),
      );
    const core = packages.find(({ folder }) => folder === "core")!;
    const reexporting = packages.filter((each) => each !== core && "./service" in each.manifest.exports);
    expect(reexporting).toHaveLength(5);
    for (const each of reexporting) expect(peersOf(each), each.folder).toMatchObject(peersOf(core));
  });
});

describe("the modules that a built file names", () => {
  it("are found in statements, calls and types, and not in comments or strings", () => {
    const text = `
      import { a } from "./a.js";
      export { b } from "b";
      export * from "./c.js";
      // import { d } from "./d.js";
      const e = 'import "./e.js"';
      const f = () => import("f");`;
    expect(specifiersOf("some.js", text).map(({ value }) => value)).toEqual(["./a.js", "b", "./c.js", "f"]);
    const types = `export type G = import("./g.ts").G; /** import("./h.ts") */ import "./i.ts";`;
    expect(
      specifiersOf("some.d.ts", types)
        .map(({ value }) => value)
        .toSorted(),
    ).toEqual(["./g.ts", "./i.ts"]);
  });
});
