import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../scripts/publish/packages.ts";
import { stagePackages } from "../../scripts/publish/stage.ts";

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
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
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
  /** Its package.json as packed. */
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
export async function execute(
  command: string,
  args: readonly string[],
  cwd: string,
  variables: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((entry) => !entry.startsWith(root));
  const env = {
    ...process.env,
    NODE_PATH: undefined,
    PATH: [dirname(process.execPath), ...path].join(delimiter),
    ...variables,
  };
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

function readManifest(directory: string): PackageJson {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as PackageJson;
}

/**
 * Builds and packs every public package of the workspace, as `npm run release` publishes them.
 * @param directory - where the tarballs go; must exist
 * @param repository - address of the repository that manifests and READMEs name
 */
export async function packWorkspace(directory: string, repository?: string): Promise<PackedPackage[]> {
  await succeed("Building", process.execPath, [join(root, "scripts", "build.ts")], root);
  return packBuilt(directory, repository);
}

/** As {@link packWorkspace}, with the code that is built already. */
export async function packBuilt(directory: string, repository?: string): Promise<PackedPackage[]> {
  const staged = stagePackages(join(directory, "staged"), repository);
  const folders = staged.map((each) => each.directory);
  await succeed(
    "npm pack",
    "npm",
    ["pack", "--ignore-scripts", "--pack-destination", directory, ...folders],
    directory,
  );
  return Promise.all(staged.map(({ name, folder }) => readPacked(directory, name, folder)));
}

async function readPacked(directory: string, name: string, folder: string): Promise<PackedPackage> {
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

/** Unpacks a tarball into a folder of its own. */
export async function unpack({ tarball }: PackedPackage, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const [file, from] = [basename(tarball), dirname(tarball)];
  await succeed(`Unpacking ${file}`, "tar", ["-xzf", file, "--strip-components=1", "-C", directory], from);
}

/** What the smoke scripts use beside our packages, by their own word: a line `// Needs: express-session, …`. */
function smokeNeeds(): string[] {
  const smoke = join(root, "test", "smoke");
  const scripts = readdirSync(smoke).filter((file) => file.endsWith(".ts"));
  const lines = scripts.map((file) => /^\/\/ Needs: (.+)$/m.exec(readFileSync(join(smoke, file), "utf8")));
  return lines.flatMap((line) => line?.[1]!.split(", ") ?? []);
}

/** Which versions an app has of a peer: the one that the workspace installs, or the oldest that the range admits. */
export type PeerVersions = "installed" | "oldest";

/**
 * Makes an app in an empty directory that depends on the packed packages and on what an app adds to them: the
 * frameworks, clients and types that they are peers of, and what the smoke scripts need.
 */
export async function installPacked(
  packages: readonly PackedPackage[],
  app: string,
  versions: PeerVersions = "installed",
): Promise<void> {
  const dependencies: Record<string, string> = { "@types/node": installedVersion("@types/node") };
  const { devDependencies: ours } = readManifest(root);
  for (const need of smokeNeeds()) {
    dependencies[need] = installedVersion(need);
    if (ours?.[typesOf(need)] !== undefined) dependencies[typesOf(need)] = installedVersion(typesOf(need));
  }
  for (const { name, folder, tarball, manifest } of packages) {
    dependencies[name] = `file:${tarball}`;
    for (const [peer, range] of Object.entries(manifest.peerDependencies ?? {})) {
      dependencies[peer] =
        versions === "oldest" ? oldestOf(range) : installedVersion(peer, join(root, "packages", folder));
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

/**
 * Makes apps that pnpm installs without hoisting: an import finds only what the importing package itself depends on.
 * Types are an exception, since packages of others rarely name the types that their declarations import.
 * @param directory - the folder of all apps, which does not exist yet
 * @param apps - the packages that each app depends on, by the name of its folder; the types of a package come with it
 */
export async function installStrict(
  packages: readonly PackedPackage[],
  directory: string,
  apps: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<void> {
  const { packageManager, devDependencies } = readManifest(root);
  const tarballs = new Map(packages.map(({ name, tarball }) => [name, `file:${tarball}`]));
  for (const [app, names] of apps) {
    const types = [...names].map(typesOf).filter((name) => devDependencies?.[name] !== undefined);
    const all = [...new Set([...names, ...types, "@types/node"])];
    const dependencies = Object.fromEntries(all.map((name) => [name, tarballs.get(name) ?? installedVersion(name)]));
    await mkdir(join(directory, app), { recursive: true });
    await writeFile(
      join(directory, app, "package.json"),
      JSON.stringify({ name: app, private: true, type: "module", dependencies }),
    );
  }
  await writeFile(join(directory, "package.json"), JSON.stringify({ name: "apps", private: true }));
  // YAML takes JSON as it is. The overrides let packed packages find each other, since no registry has them yet.
  const settings = {
    packages: ["*"],
    nodeLinker: "isolated",
    hoistPattern: ["@types/*"],
    publicHoistPattern: [],
    autoInstallPeers: false,
    overrides: Object.fromEntries(tarballs),
  };
  await writeFile(join(directory, "pnpm-workspace.yaml"), JSON.stringify(settings));
  const install = ["install", "--prefer-offline", "--no-frozen-lockfile", "--ignore-scripts", "--loglevel=error"];
  await succeed(`${packageManager} install`, "npx", ["--yes", packageManager!, ...install], directory);
}

/** The package that declares another's types. */
function typesOf(name: string): string {
  return `@types/${name.replace(/^@(.+)\//, "$1__")}`;
}

/** The version that the workspace tests a dependency in: the root, or one of its packages. */
function installedVersion(name: string, directory: string = root): string {
  if (!existsSync(join(directory, "node_modules", name)))
    throw new Error(`${name} is not installed in ${directory}: add it to the devDependencies of its package.json`);
  const { version } = readManifest(join(directory, "node_modules", name)) as PackageJson & { version: string };
  return version;
}

/** The first version of a range, which every range here begins with: 4.21.0 of "^4.21.0 || ^5.0.0". */
function oldestOf(range: string): string {
  const version = /^\^(\d+\.\d+\.\d+)/.exec(range)?.[1];
  if (version === undefined) throw new Error(`The range "${range}" does not begin with its oldest version`);
  return version;
}
