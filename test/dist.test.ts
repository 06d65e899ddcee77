// The packages as users install them: built, packed, checked, installed into empty apps by npm and pnpm, and used there.
//
// A package's smoke script is `test/smoke/<folder of the package>.ts`. It uses the package as an app does, by its public
// names, and throws where something is wrong. It is type-checked against the packed declarations and run in each app.
// `test/smoke/tools` has the parts that several smoke scripts need.
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { publicPackages } from "../scripts/publish/packages.ts";
import { installPacked, packWorkspace } from "./harness/packed.ts";
import type { PackedPackage } from "./harness/packed.ts";
import { isMissing, SERVERS } from "./harness/servers.ts";
import { describeContents } from "./packed/contents.ts";
import { describeDocuments } from "./packed/documents.ts";
import { describeLoading } from "./packed/loading.ts";
import { describeRepository } from "./packed/repository.ts";
import { describeTypes } from "./packed/types.ts";

const root = join(import.meta.dirname, "..");
const smoke = join(import.meta.dirname, "smoke");
const folders = publicPackages().map(({ folder }) => folder);
const smokeScripts = readdirSync(smoke).filter((file) => file.endsWith(".ts"));

let directory: string;
let packed: ReadonlyMap<string, PackedPackage>;
const inDirectory = (name: string) => (): string => join(directory, name);

/** One app has the newest of everything, the other the oldest that is supported. */
const newest = { name: "this Node.js with the newest peers", node: process.execPath, directory: inDirectory("newest") };
const oldest = {
  name: "the oldest Node.js with the oldest peers",
  node: join(root, "node_modules", "node22", "bin", "node"),
  directory: inDirectory("oldest"),
};

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "scopegate-dist-"));
  packed = new Map((await packWorkspace(directory)).map((found) => [found.folder, found]));
  await installPacked([...packed.values()], newest.directory(), "installed");
  await installPacked([...packed.values()], oldest.directory(), "oldest");
  for (const app of [newest, oldest]) cpSync(smoke, join(app.directory(), "smoke"), { recursive: true });
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const installed = (folder: string): string => join(newest.directory(), "node_modules", packed.get(folder)!.name);

describeContents(folders, (folder) => packed.get(folder)!, installed);

describeRepository(folders, inDirectory("with-repository"));

describeTypes(
  [
    ["the newest peers", newest.directory],
    ["the oldest peers", oldest.directory],
  ],
  () => packed,
);

describeLoading(
  [newest, oldest].filter(({ node }) => existsSync(node)),
  folders,
  () => packed,
  smokeScripts,
  {
    ...((await isMissing("redis")) ? {} : { SMOKE_REDIS: SERVERS.redis }),
    ...((await isMissing("postgres")) ? {} : { SMOKE_POSTGRES: SERVERS.postgres }),
  },
);

describeDocuments(() => packed, inDirectory("documents"));
