// The packages as users install them: built, packed, checked, installed into empty apps by npm and pnpm, and used there.
//
// A package's smoke script is `test/smoke/<folder of the package>.ts`. It uses the package as an app does, by its public
// names, and throws where something is wrong. It is type-checked against the packed declarations and run in each app.
// `test/smoke/tools` has the parts that several smoke scripts need.
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { publicPackages } from "../scripts/publish/packages.ts";
import { installPacked, packWorkspace } from "./harness/packed.ts";
import type { PackedPackage } from "./harness/packed.ts";
import { isMissing, SERVERS } from "./harness/stores/servers.ts";
import { describeApi } from "./packed/api.ts";
import { describeContents } from "./packed/contents.ts";
import { describeDocuments } from "./packed/documents.ts";
import { describeLoading, describeSmoke } from "./packed/loading.ts";
import { describeRepository } from "./packed/repository.ts";
import { describeTypes } from "./packed/types.ts";

const smoke = join(import.meta.dirname, "smoke");
const folders = publicPackages().map(({ folder }) => folder);
const smokeScripts = readdirSync(smoke).filter((file) => file.endsWith(".ts"));

let directory: string;
let packed: ReadonlyMap<string, PackedPackage>;
const inDirectory = (name: string) => (): string => join(directory, name);

/** Two apps: one has the frameworks and clients that the workspace is tested with, one the oldest that peers may be. */
const newest = { name: "the newest peers", directory: inDirectory("newest") };
const oldest = { name: "the oldest peers", directory: inDirectory("oldest") };

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "scopegate-dist-"));
  packed = new Map((await packWorkspace(directory)).map((found) => [found.folder, found]));
  await installPacked([...packed.values()], newest.directory());
  await installPacked([...packed.values()], oldest.directory(), "oldest");
  for (const app of [newest, oldest]) cpSync(smoke, join(app.directory(), "smoke"), { recursive: true });
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const installed = (folder: string): string => join(newest.directory(), "node_modules", packed.get(folder)!.name);

describeContents(folders, (folder) => packed.get(folder)!, installed);

describeRepository(folders, inDirectory("with-repository"));

describeApi(folders, inDirectory("api"));

describeTypes([newest, oldest], () => packed);

describeLoading(newest, folders, () => packed);

describeSmoke([newest, oldest], smokeScripts, {
  ...((await isMissing("redis")) ? {} : { SMOKE_REDIS: SERVERS.redis }),
  ...((await isMissing("postgres")) ? {} : { SMOKE_POSTGRES: SERVERS.postgres }),
});

describeDocuments(() => packed, inDirectory("documents"));
