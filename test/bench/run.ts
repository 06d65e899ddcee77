// npm run bench [-- [--quick] [--grants=N] [section …]]: how Scopegate compares with named baselines, measured in the same run.
// Ratios are what counts: they hold on another machine, and in a noisy hour. Nothing here fails because it is slow.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchAuthorizationUrls } from "./authorization-urls.ts";
import { benchFrameworks } from "./frameworks.ts";
import { benchGuardedRoute } from "./guarded-route.ts";
import { benchIdToken } from "./id-token.ts";
import { benchImports } from "./imports.ts";
import { benchOwnSession } from "./own-session.ts";
import { canPin, CORES, pinSelf } from "./processes.ts";
import { describeMachine, renderReport } from "./report.ts";
import type { Scale, SectionResult } from "./report.ts";
import { benchService } from "./service.ts";
import { benchStampede } from "./stampede.ts";
import { benchStoresGuardedRoute } from "./stores-guarded-route.ts";
import { benchStoresScale } from "./stores-scale.ts";
import { benchStores } from "./stores.ts";

const root = join(import.meta.dirname, "..", "..");

const SECTIONS: Readonly<Record<string, (scale: Scale) => Promise<SectionResult>>> = {
  "guarded-route": benchGuardedRoute,
  "own-session": benchOwnSession,
  frameworks: benchFrameworks,
  "authorization-urls": benchAuthorizationUrls,
  "id-token": benchIdToken,
  service: benchService,
  stampede: benchStampede,
  stores: benchStores,
  "stores-guarded-route": benchStoresGuardedRoute,
  "stores-scale": benchStoresScale,
  imports: benchImports,
};

const COMPARED = [
  "@fastify/secure-session",
  "@fastify/session",
  "@hono/node-server",
  "@keyv/redis",
  "autocannon",
  "cookie-session",
  "express",
  "express-openid-connect",
  "express-session",
  "fastify",
  "google-auth-library",
  "hono",
  "ioredis",
  "iron-session",
  "jose",
  "keyv",
  "koa",
  "koa-session",
  "openid-client",
  "pg",
  "redis",
  "undici",
];

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: "boolean" }, grants: { type: "string" } },
  });
  const { quick = false } = values;
  const grants = values.grants === undefined ? undefined : Number(values.grants);
  if (grants !== undefined && !(Number.isInteger(grants) && grants > 0)) {
    console.error(`--grants must be a whole number above zero, not ${values.grants}.`);
    process.exitCode = 2;
    return;
  }
  const unknown = positionals.filter((name) => !Object.hasOwn(SECTIONS, name));
  if (unknown.length > 0) {
    console.error(`There is no section ${unknown.join(", ")}; there are ${Object.keys(SECTIONS).join(", ")}.`);
    process.exitCode = 2;
    return;
  }

  const machine = describeMachine();
  pinSelf(CORES.server);
  const results: SectionResult[] = [];
  for (const [name, bench] of Object.entries(SECTIONS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    console.error(`${name} …`);
    results.push(await bench({ quick, ...(grants !== undefined && { grants }) }));
  }

  const versions = await installedVersions();
  const report = renderReport(machine, remarksOn(versions, quick), results);
  const directory = join(root, ".artifacts");
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "bench.md"), report);
  await writeFile(
    join(directory, "bench.json"),
    JSON.stringify({ machine, quick, pinned: canPin, versions, results }, null, 2),
  );
  console.log(report);
}

function remarksOn(versions: Readonly<Record<string, string>>, quick: boolean): string[] {
  return [
    `Compared with ${Object.entries(versions)
      .map((entry) => entry.join(" "))
      .join(", ")}.`,
    "Medians over rounds, in brackets their 95 % bootstrap intervals. Ratios are taken round by round: candidate over baseline.",
    canPin
      ? "Servers and the load generator had a core each."
      : "Processes were not bound to cores (no `taskset`): expect more noise.",
    ...(quick ? ["**A quick run: it shows that the bench works, and says nothing about speed.**"] : []),
  ];
}

async function installedVersions(): Promise<Record<string, string>> {
  const versions = COMPARED.map(async (name) => {
    const manifest = await readFile(join(root, "node_modules", name, "package.json"), "utf8");
    return [name, (JSON.parse(manifest) as { version: string }).version] as const;
  });
  return Object.fromEntries(await Promise.all(versions));
}

await main();
