// Builds what is published into `packages/*/dist`: bundled code, and the type declarations that the exports reach.
//
// A module takes about 0.4 ms to load whatever is in it, and core has many small ones: bundled it loads four times as fast.
// There are no source maps. They would have to carry the sources, since those are not published, and would double the
// download; the code itself keeps its names, its line breaks and its documentation comments.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { reachableDeclarations } from "./publish/declarations.ts";
import { publicPackages, root } from "./publish/packages.ts";
import type { Package } from "./publish/packages.ts";

const DIST = "./dist/";
const compiled = join(root, ".artifacts", "compiled");
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

/** Builds every package that is published. */
export async function buildPackages(): Promise<void> {
  rmSync(compiled, { recursive: true, force: true });
  execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.publish.json")], { stdio: "inherit" });
  for (const each of publicPackages()) {
    rmSync(join(each.directory, "dist"), { recursive: true, force: true });
    writeDeclarations(each);
    await bundle(each);
  }
}

function belowDist(path: string): string {
  if (!path.startsWith(DIST)) throw new Error(`publishConfig leads to ${path}, which is not below ${DIST}`);
  return path.slice(DIST.length);
}

function writeDeclarations({ folder, directory, manifest }: Package): void {
  const entries = Object.values(manifest.publishConfig.exports).map(({ types }) => belowDist(types));
  for (const [path, text] of reachableDeclarations(join(compiled, folder, "src"), entries)) {
    const target = join(directory, DIST, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}

async function bundle({ folder, directory, manifest }: Package): Promise<void> {
  const { exports, bin = {} } = manifest.publishConfig;
  const outputs = [...Object.values(exports).map((entry) => entry.default), ...Object.values(bin)].map(belowDist);
  const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const bundled = await rolldown({
    cwd: root,
    input: Object.fromEntries(outputs.map((path) => [path.replace(/\.js$/, ""), join(compiled, folder, "src", path)])),
    platform: "node",
    external: (id) => id.startsWith("node:") || dependencies.some((name) => id === name || id.startsWith(`${name}/`)),
  });
  await bundled.write({
    dir: join(directory, DIST),
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
  });
  await bundled.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPackages();
