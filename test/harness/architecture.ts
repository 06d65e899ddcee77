import { exportsStar, packageOf, resolveRelative, scanImports } from "./imports.ts";

/** The dependencies that a package declares, by the names of its package.json. */
export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A package to judge: its manifest, and its sources by their path below `src`. */
export interface PackageSources {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly sources: ReadonlyMap<string, string>;
}

/** The packages that import other packages than core. All others may import core only. */
const PACKAGE_DIRECTIONS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  emulator: [],
};

type Rooms = Readonly<Record<string, readonly string[]>>;

/** The rooms of a package from the bottom to the top, each with the rooms below it that it may import. */
const ROOMS: Readonly<Record<string, { readonly top: readonly string[]; readonly rooms: Rooms }>> = {
  core: {
    top: ["index.ts"],
    rooms: {
      http: [],
      seal: [],
      errors: ["http"],
      util: ["errors"],
      pages: ["errors", "http", "util"],
      google: ["errors", "util"],
      store: ["errors", "google", "http", "seal", "util"],
      session: ["errors", "http", "seal", "util"],
      service: ["errors", "google", "util"],
      options: ["errors", "google", "pages", "seal", "session", "store"],
      flow: ["errors", "google", "http", "options", "pages", "seal", "store", "util"],
      routes: ["errors", "flow", "google", "http", "options", "pages", "util"],
      guard: ["errors", "flow", "google", "http", "pages", "routes", "util"],
      api: ["errors", "flow", "google", "guard", "http", "options", "pages", "routes", "seal", "session", "store"],
      adapter: ["api", "errors", "flow", "guard", "http", "options", "routes", "session"],
    },
  },
  emulator: {
    top: ["bin.ts", "index.ts"],
    rooms: {
      options: [],
      protocol: [],
      signing: [],
      http: ["protocol"],
      state: ["http", "options", "signing"],
      server: ["http", "protocol", "signing"],
      pages: ["http", "options", "protocol", "state"],
      service: ["http", "options", "protocol", "signing", "state"],
      sts: ["http", "options", "protocol", "signing", "state"],
      oauth: ["http", "options", "pages", "protocol", "service", "signing", "state"],
      apis: ["http", "options", "protocol", "service", "state"],
      iam: ["apis", "http", "options", "protocol", "service", "signing", "state"],
      metadata: ["http", "options", "service", "state"],
      browser: ["options", "protocol", "state"],
      control: ["options", "protocol", "signing", "state", "sts"],
      emulator: [
        "apis",
        "browser",
        "control",
        "http",
        "iam",
        "metadata",
        "oauth",
        "options",
        "pages",
        "protocol",
        "server",
        "service",
        "signing",
        "state",
        "sts",
      ],
      command: ["emulator", "options"],
    },
  },
};

/** What core may load, and only once it is needed: together they take longer to load than a framework does. */
const CORE_LAZY: readonly string[] = ["jose", "undici"];
/** Optional peers of core, each with the file or folder that may import it; a file of the same name may load it at once. */
const CORE_PEERS: ReadonlyMap<string, string> = new Map([
  ["aws4fetch", "service/"],
  ["google-auth-library", "service/google-auth-library.ts"],
]);

const LONGEST_FILE = 300;

const isTest = (path: string): boolean => path.endsWith(".test.ts");
/** The folder directly below `src`, or `undefined` for a file that lies there itself. */
const roomOf = (path: string): string | undefined =>
  path.includes("/") ? path.slice(0, path.indexOf("/")) : undefined;

/** All that a package's sources do against the architecture, a sentence each. */
export function findViolations(subject: PackageSources): string[] {
  const violations = [
    ...checkFiles(subject),
    ...checkPackageDirections(subject),
    ...checkManifest(subject),
    ...checkRooms(subject),
    ...(subject.folder === "core" ? checkLaziness(subject) : []),
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
  const allowed = PACKAGE_DIRECTIONS[subject.folder] ?? ["core"];
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
  for (const name of declared) {
    // An optional peer may be a client that the app hands over, a package of types, or what core loads for an adapter.
    if (imported.has(name) || subject.manifest.peerDependenciesMeta?.[name]?.optional === true) continue;
    yield `declares ${name} in package.json and never imports it`;
  }
}

/** Each file but those at the top lives in a room, and imports only its own room and those that the table names. */
function* checkRooms(subject: PackageSources): Generator<string> {
  const house = ROOMS[subject.folder];
  if (house === undefined) return;
  for (const path of subject.sources.keys()) {
    const room = roomOf(path);
    if (room === undefined) {
      if (!house.top.includes(path) && !isTest(path)) yield `${path} lies loose at the top: move it into a room`;
    } else if (house.rooms[room] === undefined) {
      yield `${path}: the room ${room} has no row yet: say what it may import, in test/harness/architecture.ts`;
    }
  }
  for (const { path, specifier } of publishedImports(subject)) {
    const room = roomOf(path);
    const allowed = room && house.rooms[room];
    if (!allowed || !specifier.startsWith(".")) continue;
    const target = resolveRelative(path, specifier);
    const targetRoom = roomOf(target);
    if (targetRoom === room || (targetRoom !== undefined && allowed.includes(targetRoom))) continue;
    yield `${path} imports ${target}: ${room} may import ${listOr(allowed, "no other room")}`;
  }
}

/** The rows of the table without a file, and the rooms that a row allows and no file of its room imports. */
export function* findPhantoms({ folder, sources }: PackageSources): Generator<string> {
  const rooms = new Set([...sources.keys()].map(roomOf));
  const used = new Set<string>();
  for (const [path, text] of sources) {
    if (isTest(path)) continue;
    for (const { specifier } of scanImports(text)) {
      if (specifier.startsWith(".")) used.add(`${roomOf(path)} → ${roomOf(resolveRelative(path, specifier))}`);
    }
  }
  for (const [room, allowed] of Object.entries(ROOMS[folder]?.rooms ?? {})) {
    if (!rooms.has(room)) yield `no file lives in ${room}`;
    for (const target of allowed) if (!used.has(`${room} → ${target}`)) yield `${room} never imports ${target}`;
  }
}

/** The rooms must be listed from the bottom to the top: a row names only rows above it. That rules out cycles. */
export function* findArrowsUp(folder: string): Generator<string> {
  const below = new Set<string>();
  for (const [room, allowed] of Object.entries(ROOMS[folder]?.rooms ?? {})) {
    for (const target of allowed) if (!below.has(target)) yield `${room} may import ${target}, which stands above it`;
    below.add(room);
  }
}

function* checkLaziness(subject: PackageSources): Generator<string> {
  for (const { path, specifier, kind } of publishedImports(subject)) {
    const name = packageOf(specifier);
    if (name === undefined) continue;
    const place = CORE_PEERS.get(name);
    if (place !== undefined && path.startsWith(place) && (kind !== "static" || path === place)) continue;
    if (!CORE_LAZY.includes(name))
      yield `${path} imports ${name}: core depends on ${listOr(CORE_LAZY, "nothing")} only`;
    else if (kind === "static") yield `${path} loads ${name} at once: use import("${name}") where it is needed`;
  }
}

function listOr(names: readonly string[], none: string): string {
  return names.length === 0 ? none : names.join(", ");
}
