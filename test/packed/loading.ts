// The packed packages in apps: they load by import and by require, load little, and their smoke scripts run through.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { execute } from "../harness/packed.ts";
import type { PackedPackage } from "../harness/packed.ts";

/** An app with the packed packages. */
export interface InstalledApp {
  readonly name: string;
  /** The app's folder, once it is installed. */
  readonly directory: () => string;
}

/** What an app may import of a package. */
export function specifiers({ name, manifest }: PackedPackage): string[] {
  return Object.keys(manifest.exports!)
    .filter((subpath) => subpath !== "./package.json")
    .map((subpath) => name + subpath.slice(1));
}

/** A few lines that an adapter hands itself to its framework with. */
const NEEDED_AT_ONCE = new Set(["fastify-plugin"]);

/** Prints, for a specifier, the names that it exports and the files that were loaded for it. */
const BY_IMPORT = `
  import { registerHooks } from "node:module";
  const files = [];
  registerHooks({ load: (url, context, next) => (files.push(url), next(url, context)) });
  const names = Object.keys(await import(process.argv[2])).sort();
  console.log(JSON.stringify({ names, files }));`;
const BY_REQUIRE = `console.log(JSON.stringify({ names: Object.keys(require(process.argv[2])).sort() }));`;

/**
 * Tests of each package in an app.
 * @param packages - every packed package, once they are packed
 */
export function describeLoading(
  { directory }: InstalledApp,
  folders: readonly string[],
  packages: () => ReadonlyMap<string, PackedPackage>,
): void {
  describe("in an app, the packed package", () => {
    const specifiersOf = (folder: string): string[] => specifiers(packages().get(folder)!);

    async function load(
      script: string,
      text: string,
      specifier: string,
    ): Promise<{ names: string[]; files?: string[] }> {
      writeFileSync(join(directory(), script), text);
      const outcome = await execute(process.execPath, [script, specifier], directory());
      expect(outcome, specifier).toMatchObject({ status: 0, stderr: "" });
      return JSON.parse(outcome.stdout) as { names: string[]; files?: string[] };
    }

    it.each(folders)("%s loads by import and by require, to the same names, without a warning", async (folder) => {
      for (const specifier of specifiersOf(folder)) {
        const { names } = await load("probe.mjs", BY_IMPORT, specifier);
        expect(await load("probe.cjs", BY_REQUIRE, specifier)).toEqual({ names });
      }
    });

    it.each(folders)("%s loads its dependencies only when they are needed", async (folder) => {
      const all = [...packages().values()];
      const dependencies = new Set(all.flatMap(({ manifest }) => Object.keys(manifest.dependencies ?? {})));
      const others = dependencies.difference(new Set(all.map(({ name }) => name))).difference(NEEDED_AT_ONCE);
      for (const specifier of specifiersOf(folder)) {
        const { files } = await load("probe.mjs", BY_IMPORT, specifier);
        const loaded = [...others].filter((name) => files!.some((file) => file.includes(`/node_modules/${name}/`)));
        expect(loaded, specifier).toEqual([]);
      }
    });

    it.each(folders)("%s loads nothing for use between servers, unless that was imported", async (folder) => {
      const web = specifiersOf(folder).filter((each) => !/\/(?:service|google-auth-library)$/.test(each));
      for (const specifier of web) {
        const { files } = await load("probe.mjs", BY_IMPORT, specifier);
        expect(files!.filter((file) => /core\/dist\/service\/|google-auth-library/.test(file))).toEqual([]);
      }
    });
  });
}

/**
 * Runs the smoke scripts in apps.
 * @param scripts - their names in the apps' folder `smoke`
 * @param variables - their environment
 */
export function describeSmoke(
  apps: readonly InstalledApp[],
  scripts: readonly string[],
  variables: NodeJS.ProcessEnv,
): void {
  describe.each(apps)("in an app with $name", ({ directory }) => {
    it.each(scripts)("the smoke script %s runs through", async (script) => {
      const outcome = await execute(process.execPath, [join("smoke", script)], directory(), variables);
      expect(outcome).toMatchObject({ status: 0 });
    });
  });
}
