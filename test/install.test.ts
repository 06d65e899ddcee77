// What an empty clone installs. `npm run demo` waits for the install of the workspace; `heavy/` holds the rest.
import { lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { expect, it } from "vitest";
import { root } from "./harness/markdown.ts";

/** In November 2026 the install had 300 MB on Linux, without Node.js. Binaries for other platforms differ a little in size. */
const LIMIT_MB = 320;
const STORE = join(root, "node_modules", ".pnpm");

/** The packages in a folder `node_modules`, by their real paths. */
function packagesIn(modules: string): string[] {
  const names = readdirSync(modules).filter((name) => !name.startsWith("."));
  return names
    .flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(modules, name)).map((part) => join(name, part)) : [name],
    )
    .map((name) => realpathSync(join(modules, name)))
    .filter((path) => path.startsWith(STORE + sep));
}

/** The packages that the workspace reaches, by their real paths. pnpm's store also keeps packages of earlier installs. */
function installedPackages(): Set<string> {
  const workspaces = ["packages", "examples"].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(root, folder, name, "node_modules")),
  );
  const found = new Set<string>();
  const folders = new Set([join(root, "node_modules"), ...workspaces]);
  // The loop also visits the folders that it adds.
  for (const folder of folders) {
    if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) continue;
    for (const path of packagesIn(folder)) {
      found.add(path);
      const [entry] = relative(STORE, path).split(sep);
      folders.add(join(STORE, entry!, "node_modules"));
    }
  }
  return found;
}

/** The bytes of all files below a folder. A file that has several names counts once. */
function sizeOf(folder: string, counted = new Set<number>()): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += sizeOf(path, counted);
    if (!entry.isFile()) continue;
    const { ino, size } = lstatSync(path);
    if (!counted.has(ino)) bytes += size;
    counted.add(ino);
  }
  return bytes;
}

it("the install of the workspace stays small, so that the demo starts soon", () => {
  const sizes = [...installedPackages()]
    // Node.js itself has 127 or 189 MB: its install script keeps a second copy, and pnpm's cache of built packages does not.
    .filter((path) => !relative(STORE, path).startsWith("node@"))
    .map((path) => ({ name: relative(STORE, path).split(sep)[0]!, megabytes: sizeOf(path) / 1e6 }))
    .toSorted((a, b) => b.megabytes - a.megabytes);
  const total = Math.round(sizes.reduce((sum, { megabytes }) => sum + megabytes, 0));
  const largest = sizes.slice(0, 10).map(({ name, megabytes }) => `${megabytes.toFixed(0)} MB ${name}`);
  const message =
    `The install has ${total} MB without Node.js, and may have ${LIMIT_MB}. Move packages that only CI needs into heavy/, or remove ` +
    `them. The largest packages: ${largest.join(", ")}`;
  expect(sizes.length, "packages found").toBeGreaterThan(300);
  expect(total, message).toBeLessThanOrEqual(LIMIT_MB);
});

it("heavy/ has the oldest Node.js that the packages support", () => {
  const manifestOf = (path: string) =>
    JSON.parse(readFileSync(join(root, path), "utf8")) as Record<"engines" | "dependencies", Record<string, string>>;
  const oldest = manifestOf("packages/core/package.json").engines["node"]!.replace(">=", "");
  expect(Object.values(manifestOf("heavy/package.json").dependencies)).toContain(`npm:node@${oldest}.0`);
});

it.each(["pnpm-lock.yaml", "heavy/pnpm-lock.yaml"])(
  "%s names no registry, so that each machine uses its own",
  (path) => {
    expect(readFileSync(join(root, path), "utf8")).not.toMatch(/tarball:|https?:\/\//);
  },
);
