import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "..", "..");

/** The parts of a package.json that are read here. */
export interface PackageJson {
  readonly name: string;
  readonly private?: boolean;
  readonly packageManager?: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package as it would be published. */
export interface PackedPackage {
  readonly name: string;
  /** Its folder below `packages`. */
  readonly folder: string;
  /** Absolute path of the tarball. */
  readonly tarball: string;
  /** What the tarball holds, without the `package/` that all its paths begin with. */
  readonly files: readonly string[];
  /** Its package.json as packed: `publishConfig` applied, workspace versions resolved. */
  readonly manifest: PackageJson;
}

const run = promisify(execFile);

/** How a command ended. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command to its end, whatever its status.
 *
 * NODE_PATH is taken away: the workspace's launchers set it, and with it an installed package would find modules that
 * it never declared. `.bin` leaves PATH for the same reason.
 */
export async function execute(command: string, args: readonly string[], cwd: string): Promise<Outcome> {
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((entry) => !entry.startsWith(root));
  const env = { ...process.env, NODE_PATH: undefined, PATH: [dirname(process.execPath), ...path].join(delimiter) };
  const shell = process.platform === "win32" && (command === "npm" || command === "npx");
  try {
    return { status: 0, ...(await run(command, args, { cwd, env, shell, maxBuffer: 1 << 26 })) };
  } catch (error) {
    const { code, stdout = "", stderr = "", message } = error as Error & Partial<Outcome> & { code?: unknown };
    return typeof code === "number" ? { status: code, stdout, stderr } : { status: 1, stdout, stderr: message };
  }
}

async function succeed(what: string, ...call: Parameters<typeof execute>): Promise<string> {
  const { status, stdout, stderr } = await execute(...call);
  if (status !== 0) throw new Error(`${what} failed with status ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** The script that the workspace's own TypeScript compiler is. */
export const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

function readManifest(folder: string): PackageJson {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageJson;
}

/** The folders below `packages` that are meant for publishing. */
export function publicPackages(): string[] {
  return readdirSync(join(root, "packages")).filter((folder) => !readManifest(join(root, "packages", folder)).private);
}

/** Builds every package, and removes what an earlier build left of sources that are gone. */
async function build(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const base = join(root, "packages", folder);
    const built = existsSync(join(base, "dist"))
      ? readdirSync(join(base, "dist"), { recursive: true, encoding: "utf8" })
      : [];
    for (const path of built) {
      const output = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(path);
      if (output && !existsSync(join(base, "src", `${output[1]}.ts`))) rmSync(join(base, "dist", path));
    }
  }
  const projects = folders.map((folder) => join("packages", folder));
  await succeed("tsc -b", process.execPath, [tsc, "-b", ...projects], root);
  await succeed("bundling", process.execPath, [join(root, "scripts", "bundle.ts")], root);
}

/**
 * Builds and packs every public package of the workspace.
 * @param directory - where the tarballs go; must exist
 */
export async function packWorkspace(directory: string): Promise<PackedPackage[]> {
  const folders = publicPackages();
  await build(folders);
  const { packageManager } = readManifest(root);
  const filters = folders.map((folder) => `--filter=./packages/${folder}`);
  await succeed(
    `${packageManager} pack`,
    "npx",
    ["--yes", packageManager!, "--recursive", ...filters, "pack", "--pack-destination", directory],
    root,
  );
  return Promise.all(folders.map((folder) => readPacked(directory, folder)));
}

async function readPacked(directory: string, folder: string): Promise<PackedPackage> {
  const { name } = readManifest(join(root, "packages", folder));
  const prefix = `${name.replace("@", "").replace("/", "-")}-`;
  const file = readdirSync(directory).find((entry) => entry.startsWith(prefix) && entry.endsWith(".tgz"));
  if (file === undefined) throw new Error(`No tarball of ${name} in ${directory}`);
  // Relative, because tar takes what stands before a colon, such as a drive letter, for a host.
  const list = await succeed(`Listing ${file}`, "tar", ["-tzf", file], directory);
  const manifest = await succeed(`Reading ${file}`, "tar", ["-xzOf", file, "package/package.json"], directory);
  return {
    name,
    folder,
    tarball: join(directory, file),
    files: list
      .split(/\r?\n/)
      .filter((path) => path !== "")
      .map((path) => path.replace(/^package\//, "")),
    manifest: JSON.parse(manifest) as PackageJson,
  };
}

/** What the smoke scripts use beside our packages, by their own word: a line `// Needs: express-session, …`. */
function smokeNeeds(): string[] {
  const smoke = join(root, "test", "smoke");
  const scripts = readdirSync(smoke).filter((file) => file.endsWith(".ts"));
  const lines = scripts.map((file) => /^\/\/ Needs: (.+)$/m.exec(readFileSync(join(smoke, file), "utf8")));
  return lines.flatMap((line) => line?.[1]!.split(", ") ?? []);
}

/**
 * Makes an app in an empty directory that depends on the packed packages and on what an app adds to them: the
 * frameworks they are peers of, what the smoke scripts need, and type declarations, in the versions that this
 * workspace is tested with.
 */
export async function installPacked(packages: readonly PackedPackage[], app: string): Promise<void> {
  const dependencies: Record<string, string> = { "@types/node": installedVersion(root, "@types/node") };
  const { devDependencies: ours } = readManifest(root);
  for (const need of smokeNeeds()) {
    dependencies[need] = installedVersion(root, need);
    if (ours?.[typesOf(need)] !== undefined) dependencies[typesOf(need)] = installedVersion(root, typesOf(need));
  }
  for (const { name, folder, tarball } of packages) {
    dependencies[name] = `file:${tarball}`;
    const base = join(root, "packages", folder);
    const { peerDependencies, devDependencies } = readManifest(base);
    for (const peer of Object.keys(peerDependencies ?? {})) {
      dependencies[peer] = installedVersion(base, peer);
      const types = typesOf(peer);
      if (devDependencies?.[types] !== undefined) dependencies[types] = installedVersion(base, types);
    }
  }
  await mkdir(app, { recursive: true });
  await writeFile(
    join(app, "package.json"),
    JSON.stringify({ name: "app", private: true, type: "module", dependencies }),
  );
  const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  const { status, stdout, stderr } = await execute("npm", install, app);
  if (status !== 0) {
    throw new Error(
      `npm could not install the packed packages, status ${status}. It needs the registry that npm is configured with, ` +
        `or a cache that holds their dependencies.\n${stdout}${stderr}`,
    );
  }
}

/** The package that declares another's types. */
function typesOf(name: string): string {
  return `@types/${name.replace(/^@(.+)\//, "$1__")}`;
}

function installedVersion(folder: string, dependency: string): string {
  const { version } = readManifest(join(folder, "node_modules", dependency)) as PackageJson & { version: string };
  return version;
}
