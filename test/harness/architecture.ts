import { exportsStar, packageOf, resolveRelative, scanImports } from "./imports.ts";

/** The dependencies that a package declares, by the names of its package.json. */
export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package to judge: its manifest, and its sources by their path below `src`. */
export interface PackageSources {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly sources: ReadonlyMap<string, string>;
}

/** Which of our packages each package may import. */
const PACKAGE_DIRECTIONS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  emulator: [],
  express: ["core"],
  koa: ["core"],
  fastify: ["core"],
  hono: ["core"],
  node: ["core"],
  sqlite: ["core"],
  redis: ["core"],
  postgres: ["core"],
  keyv: ["core"],
  cli: ["core", "emulator"],
};
const ADAPTERS: ReadonlySet<string> = new Set(["express", "koa", "fastify", "hono", "node"]);

/** Which topics of core each topic may import, beside itself and the ground. */
const CORE_DIRECTIONS: Readonly<Record<string, readonly string[]>> = {
  pages: [],
  google: [],
  session: [],
  "own-session": [],
  store: ["session"],
  service: ["google"],
  "google-auth-library": [],
  events: ["google", "store"],
  flow: ["google", "session", "own-session", "store", "pages"],
  routes: ["flow", "google", "session", "own-session", "store", "pages"],
  guard: ["routes", "flow", "google", "session", "own-session", "store", "pages"],
};
/** What core may load, and only once it is needed: together they take longer to load than a framework does. */
const CORE_LAZY: readonly string[] = ["jose", "undici"];
/** Optional peers of core, each with the one folder that may import it; one of the same name may load it at once. */
const CORE_PEERS: ReadonlyMap<string, string> = new Map([
  ["aws4fetch", "service"],
  ["google-auth-library", "google-auth-library"],
]);

const LONGEST_FILE = 300;
const LONGEST_ADAPTER = 130;

const isTest = (path: string): boolean => path.endsWith(".test.ts");
/** The folder directly below `src`, or `undefined` for a file that lies there itself. */
const topicOf = (path: string): string | undefined =>
  path.includes("/") ? path.slice(0, path.indexOf("/")) : undefined;

/** All that a package's sources do against the architecture, a sentence each. */
export function findViolations(subject: PackageSources): string[] {
  const violations = [
    ...checkFiles(subject),
    ...checkPackageDirections(subject),
    ...checkManifest(subject),
    ...(subject.folder === "core" ? [...checkTopics(subject), ...checkLaziness(subject)] : []),
    ...(ADAPTERS.has(subject.folder) ? checkAdapterSize(subject) : []),
  ];
  return [...new Set(violations)].map((violation) => `packages/${subject.folder}: ${violation}`);
}

function* checkFiles({ folder, sources }: PackageSources): Generator<string> {
  for (const [path, text] of sources) {
    const lines = text.trimEnd().split("\n").length;
    if (lines > LONGEST_FILE)
      yield `${path} has ${lines} lines, more than ${LONGEST_FILE}: which second topic moved in?`;
    if (exportsStar(text)) yield `${path} exports * of a module: name what is public`;
    if (isTest(path)) continue;
    for (const { specifier } of scanImports(text)) {
      if (specifier.startsWith(".") && resolveRelative(`${folder}/src/${path}`, specifier).split("/")[0] !== folder) {
        yield `${path} imports ${specifier}, a file of another package: import that package by its name`;
      }
    }
  }
}

/** Each import in what is published, with the file that it is in. */
function* publishedImports({ sources }: PackageSources) {
  for (const [path, text] of sources) {
    if (isTest(path)) continue;
    for (const found of scanImports(text)) yield { path, ...found };
  }
}

function* checkPackageDirections(subject: PackageSources): Generator<string> {
  const allowed = PACKAGE_DIRECTIONS[subject.folder];
  if (allowed === undefined) {
    yield "has no place in the architecture yet: say what it may import, in test/harness/architecture.ts";
    return;
  }
  for (const { path, specifier } of publishedImports(subject)) {
    const target = /^@scopegate\/([^/]+)/.exec(specifier)?.[1];
    if (target !== undefined && !allowed.includes(target)) {
      yield `${path} imports ${specifier}: ${subject.folder} may import ${listOr(allowed, "none of our packages")}`;
    }
  }
}

function* checkManifest(subject: PackageSources): Generator<string> {
  const declared = new Set(Object.keys({ ...subject.manifest.dependencies, ...subject.manifest.peerDependencies }));
  const imported = new Set<string>();
  for (const { specifier } of publishedImports(subject)) {
    const name = packageOf(specifier);
    if (name !== undefined) imported.add(name);
  }
  for (const name of imported)
    if (!declared.has(name)) yield `imports ${name}, which its package.json does not declare`;
  for (const name of declared) if (!imported.has(name)) yield `declares ${name} in package.json and never imports it`;
}

/**
 * Between topics, the table decides. A file at core's top belongs to no topic: it counts as all the topics that it
 * imports itself. So the ground (errors, http, …) is open to everyone, and what composes topics (index, options, …)
 * only to those that stand above them.
 */
function* checkTopics(subject: PackageSources): Generator<string> {
  const reach = topFileReach(subject);
  for (const { path, specifier } of publishedImports(subject)) {
    const topic = topicOf(path);
    if (topic === undefined || !specifier.startsWith(".")) continue;
    const allowed = CORE_DIRECTIONS[topic];
    if (allowed === undefined) {
      yield `${path}: the topic ${topic} has no place yet: say what it may import, in test/harness/architecture.ts`;
      continue;
    }
    const target = resolveRelative(path, specifier);
    const targetTopic = topicOf(target);
    if (targetTopic === topic) continue;
    const tooHigh = [...(targetTopic === undefined ? (reach.get(target) ?? []) : [targetTopic])].filter(
      (reached) => !allowed.includes(reached),
    );
    if (tooHigh.length === 0) continue;
    const through = targetTopic === undefined ? `, which leads to ${tooHigh.join(", ")}` : "";
    yield `${path} imports ${target}${through}: ${topic} may import ${listOr(allowed, "no other topic")}`;
  }
}

/** The topics that each file at the top imports, by itself or through others at the top. */
function topFileReach(subject: PackageSources): Map<string, ReadonlySet<string>> {
  const targets = Map.groupBy(
    [...publishedImports(subject)].filter(({ specifier }) => specifier.startsWith(".")),
    ({ path }) => path,
  );
  const visit = (path: string, seen: Set<string>): Set<string> => {
    const topics = new Set<string>();
    if (seen.has(path)) return topics;
    seen.add(path);
    for (const { specifier } of targets.get(path) ?? []) {
      const target = resolveRelative(path, specifier);
      const topic = topicOf(target);
      for (const reached of topic === undefined ? visit(target, seen) : [topic]) topics.add(reached);
    }
    return topics;
  };
  const top = [...subject.sources.keys()].filter((path) => topicOf(path) === undefined);
  return new Map(top.map((path) => [path, visit(path, new Set())]));
}

function* checkLaziness(subject: PackageSources): Generator<string> {
  for (const { path, specifier, kind } of publishedImports(subject)) {
    const name = packageOf(specifier);
    if (name === undefined) continue;
    const folder = CORE_PEERS.get(name);
    if (folder === topicOf(path) && folder !== undefined && (kind !== "static" || folder === name)) continue;
    if (!CORE_LAZY.includes(name))
      yield `${path} imports ${name}: core depends on ${listOr(CORE_LAZY, "nothing")} only`;
    else if (kind === "static") yield `${path} loads ${name} at once: use import("${name}") where it is needed`;
  }
}

/** Lines of comment and blank ones do not count, so that nobody saves on documentation. */
function* checkAdapterSize({ sources }: PackageSources): Generator<string> {
  let lines = 0;
  for (const [path, text] of sources) {
    if (isTest(path)) continue;
    lines += text.split("\n").filter((line) => line.trim() !== "" && !/^\s*(?:\/\/|\/?\*)/.test(line)).length;
  }
  if (lines > LONGEST_ADAPTER) {
    yield `has ${lines} lines of code, more than ${LONGEST_ADAPTER}: what is not about the framework belongs to core`;
  }
}

function listOr(names: readonly string[], none: string): string {
  return names.length === 0 ? none : names.join(", ");
}
