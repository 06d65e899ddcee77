// Bundles the packages that are published as bundles: those whose `publishConfig.exports` lead to `dist/bundle`.
// A module takes about 0.4 ms to load whatever is in it, and core has many small ones: bundled it loads four times as fast.
// What `tsc -b` has built goes in; its type declarations stay as they are.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const BUNDLE = "./dist/bundle/";

interface Manifest {
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, { readonly default?: string }>> };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Bundles every package of the workspace at `root` that is published as a bundle. */
export async function bundlePackages(root: string): Promise<void> {
  for (const folder of readdirSync(join(root, "packages"))) await bundlePackage(join(root, "packages", folder));
}

async function bundlePackage(directory: string): Promise<void> {
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
  const outputs = Object.values(manifest.publishConfig?.exports ?? {})
    .map((entry) => entry.default ?? "")
    .filter((path) => path.startsWith(BUNDLE))
    .map((path) => path.slice(BUNDLE.length).replace(/\.js$/, ""));
  if (outputs.length === 0) return;

  const target = join(directory, BUNDLE);
  rmSync(target, { recursive: true, force: true });
  const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const bundle = await rolldown({
    cwd: directory,
    input: Object.fromEntries(outputs.map((name) => [name, join(directory, "dist", `${name}.js`)])),
    platform: "node",
    external: (id) => id.startsWith("node:") || dependencies.some((name) => id === name || id.startsWith(`${name}/`)),
  });
  await bundle.write({
    dir: target,
    format: "esm",
    sourcemap: true,
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
  });
  await bundle.close();
  console.log(`bundled ${relative(process.cwd(), directory)}: ${outputs.join(", ")}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bundlePackages(fileURLToPath(new URL("..", import.meta.url)));
}
