// Compares the documents with the code: their tables, wherever they stand, and their links.
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ERROR_TABLE } from "@scopegate/core";
import { googleOAuth, scopegateSession } from "@scopegate/express";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, CLIENT, startScenario } from "../harness/app/scenario.ts";
import type { Scenario, ScenarioOptions } from "../harness/app/scenario.ts";
import {
  anchorsOf,
  documents,
  filesBelow,
  linksOf,
  namesOf,
  readDocument,
  root,
  tablesOf,
} from "../harness/markdown.ts";
import type { Table } from "../harness/markdown.ts";

const redirectUri = "https://app.example.com/oauth2callback";

const texts = new Map(documents.map((document) => [document, readDocument(document)]));
const tables: readonly (Table & { readonly document: string })[] = [...texts].flatMap(([document, text]) =>
  tablesOf(text).map(({ header, rows }) => ({ document, header, rows })),
);
const tablesWith = (firstHeader: string) => tables.filter(({ header }) => header[0] === firstHeader);

const sources = filesBelow(["packages/*/src/**/*.ts"])
  .filter((path) => !path.endsWith(".test.ts"))
  .map(readDocument);

/** The body of a top-level declaration of a package, between its braces. */
function bodyOf(declaration: string): string {
  const bodies = sources.flatMap((source) => {
    const start = source.search(new RegExp(`^export ${declaration}\\b`, "m"));
    return start === -1 ? [] : source.slice(start, source.indexOf("\n}", start));
  });
  expect(bodies, `the sources declare ${declaration} once`).toHaveLength(1);
  return bodies[0]!;
}

/** The members of an interface, its parents' included. */
function membersOf(name: string): string[] {
  const body = bodyOf(`interface ${name}`);
  const parent = /^[^{]*\bextends (\w+)/.exec(body)?.[1];
  const members = [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map(([, member]) => member!);
  return [...(parent === undefined ? [] : membersOf(parent)), ...members];
}

/**
 * The names that tables with this first header explain, in order of the alphabet. Only tables that explain nothing else
 * than `known` count: a table of another function's options has names of its own. A name that is misspelled, missing or
 * explained twice makes the result differ from `known`.
 */
function explained(firstHeader: string, known: readonly string[]): string[] {
  return tablesWith(firstHeader)
    .map(({ rows }) => namesOf(rows))
    .filter((names) => names.length > 0 && names.every((name) => known.includes(name)))
    .flat()
    .toSorted();
}

/** The options of every token store that is a package, with the folder of the package. */
const storeOptions = filesBelow(["packages/*/src/*-token-store.ts"]).flatMap((path) =>
  [...readDocument(path).matchAll(/^export interface (\w+TokenStoreOptions)\b/gm)].map(
    ([, name]) => [name!, path.split("/")[1]!] as const,
  ),
);

describe("the documents' tables", () => {
  it.each(["ScopegateOptions", "ScopegateSessionOptions", "PagesOption", "SourceOptions"])(
    "explain every option of %s once",
    (name) => {
      const options = membersOf(name);
      expect(options).not.toEqual([]);
      expect(explained("option", options)).toEqual(options.toSorted());
    },
  );

  it.each(storeOptions)("explain every option of %s once in the README of packages/%s", (name, folder) => {
    const options = membersOf(name);
    const own = tables.filter(({ document }) => document === `packages/${folder}/README.md`);
    // The first argument of a store may have a table of its own.
    const rows = own
      .filter(({ header }) => header[0] === "option" || header[0] === "argument")
      .flatMap((table) => table.rows);
    const names = rows.map(([cell]) => cell?.replaceAll(/`|options\./g, ""));
    expect(names).toEqual(expect.arrayContaining(options));
  });

  it("explain every hook and every route once, and the errors about unknown ones name them all", () => {
    const complaint = (options: object): string => {
      try {
        googleOAuth({ client: CLIENT, redirectUri, ...options });
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    const hooks = membersOf("HookEvents");
    expect(explained("hook", hooks)).toEqual(hooks.toSorted());
    for (const hook of hooks) expect(complaint({ on: { nothing: () => undefined } })).toContain(hook);
    const routes = [...bodyOf("const ROUTES").matchAll(/^ {2}(\w+): \{/gm)].map(([, route]) => route!);
    expect(routes).not.toEqual([]);
    expect(explained("route", routes)).toEqual(routes.toSorted());
    for (const route of routes) expect(complaint({ routes: { nothing: "/" } })).toContain(route);
  });

  it("explain every field of the hooks' events", () => {
    const fields = new Set(["HookEvent", "DeniedEvent", "FailureEvent"].flatMap(membersOf));
    const events = tablesWith("field").find(({ document }) => basename(document) === "hooks.md")!;
    expect(namesOf(events.rows).toSorted()).toEqual([...fields].toSorted());
  });

  it("explain every member of `req.googleAuth` and of an account once", () => {
    for (const [header, name] of [
      ["member", "GoogleAuth"],
      ["member of an account", "Account"],
    ] as const) {
      const published = bodyOf(`class ${name}`).replaceAll(/^ {2}\/\*\* @internal[^\n]*\*\/\n[^\n]*\n/gm, "");
      const members = [...published.matchAll(/^ {2}(?:async |get )*(\w+)(?:<.*>)?\(/gm)]
        .map(([, member]) => member!)
        .filter((member) => member !== "constructor");
      expect(explained(header, members)).toEqual(members.toSorted());
    }
  });

  it("explain every channel once", () => {
    const channels = sources.flatMap((source) =>
      [...source.matchAll(/\bchannel\("(scopegate:[^"]+)"\)/g)].map(([, name]) => `\`${name}\``),
    );
    expect(channels).not.toEqual([]);
    expect(tablesWith("channel").flatMap(({ rows }) => rows.map(([name]) => name))).toEqual(channels);
  });

  it("explain every error's code once", () => {
    const codes = tablesWith("code").flatMap(({ rows }) => namesOf(rows));
    expect(codes.toSorted()).toEqual(Object.keys(ERROR_TABLE).toSorted());
  });

  // With `vitest run -u` the documents get the code's texts.
  it("give every error's status, meaning and remedy as the code has them", async () => {
    for (const document of new Set(tablesWith("code").map((table) => table.document))) {
      const text = texts.get(document)!.replaceAll(/^\| `(\w+)` \|.*$/gm, (line, code: string) => {
        if (!Object.hasOwn(ERROR_TABLE, code)) return line;
        const { status, meaning, remedy } = ERROR_TABLE[code as keyof typeof ERROR_TABLE];
        return `| \`${code}\` | ${status} | ${meaning} | ${remedy} |`;
      });
      await expect(text).toMatchFileSnapshot(join(root, document));
    }
  });
});

describe("the tables of exports", () => {
  const session = scopegateSession({ keys: ["a key of these tests with 32 characters"] });
  const options = { client: CLIENT, redirectUri, session };
  const adapters = filesBelow(["packages/*/src/index.ts"])
    .filter((path) => readDocument(path).includes("createAdapter("))
    .map((path) => path.split("/")[1]!);
  const tablesOfExports = tablesWith("export").map(({ document, rows }) => [document.split("/")[1]!, rows] as const);

  it("stand in the README of every adapter and of every store", () => {
    const others = new Set(["core", "emulator"]);
    const packages = filesBelow(["packages/*/package.json"]).map((path) => path.split("/")[1]!);
    expect(tablesOfExports.map(([folder]) => folder).toSorted()).toEqual(
      packages.filter((folder) => !others.has(folder)).toSorted(),
    );
  });

  it.each(tablesOfExports)("name every export of @scopegate/%s", async (folder, rows) => {
    const exported = Object.keys((await import(`@scopegate/${folder}`)) as object);
    expect(namesOf(rows).toSorted()).toEqual(exported.toSorted());
  });

  it.each(adapters)("name every member of what googleOAuth() of %s returns", async (folder) => {
    const adapter = (await import(`@scopegate/${folder}`)) as { googleOAuth: (given: typeof options) => object };
    const [, rows] = tablesOfExports.find(([name]) => name === folder)!;
    const [, meaning = ""] = rows.find(([name]) => name?.startsWith("`googleOAuth("))!;
    const google = adapter.googleOAuth(options);
    // Frameworks read these, not apps: @koa/router a router, and Fastify the names under which a plugin has itself.
    const members = Object.entries(google).filter(([name, value]) => name !== "router" && value !== google);
    expect(namesOf([[meaning]]).toSorted()).toEqual(members.map(([name]) => name).toSorted());
  });
});

describe("the tables of guards", () => {
  /** How a visitor gets into the situation of a row, in an app with these options. */
  const situations: Readonly<Record<string, readonly [ScenarioOptions, (scenario: Scenario) => Promise<unknown>]>> = {
    "No user is signed in.": [{}, async () => undefined],
    "The user is signed in, but scopes are missing.": [{}, ({ visitor }) => visitor.walk("/me")],
    "The user left these scopes out less than ten minutes ago.": [
      {},
      ({ visitor }) => visitor.walk("/drive", { scopes: [] }),
    ],
    "The user is signed in, but the grant is gone.": [
      {},
      async ({ google, visitor }) => {
        await visitor.walk("/drive");
        google.revokeUser(ADA);
        google.clock.advance(3600_000);
        await visitor.call("/token");
      },
    ],
    "The session or the store fails.": [{ session: "none" }, async () => undefined],
  };
  const guards = tablesWith("situation");
  const rows = guards.flatMap(({ document, rows: found }) =>
    found.map(([situation = "", navigation = "", other = ""]) => [document, situation, navigation, other] as const),
  );

  it("have the rows that are tested here", () => {
    expect(guards).not.toEqual([]);
    for (const { document, rows: found } of guards)
      expect(
        found.map(([situation]) => situation),
        document,
      ).toEqual(Object.keys(situations));
  });

  it.each(rows)("are true in %s: %s", async (_document, situation, navigation, other) => {
    const [options, prepare] = situations[situation]!;
    await using scenario = await startScenario(frameworks[0]![1], options);
    await prepare(scenario);
    const page = await scenario.visitor.open("/drive");
    expect(navigation).toContain(String(page.status));
    expect(page.headers["location"] !== undefined).toBe(navigation.includes("to Google"));
    const call = await scenario.visitor.call("/drive");
    expect(other).toContain(String(call.status));
    if (other.includes("`")) expect(other).toContain(`\`${call.body.error}\``);
  });
});

describe("the documents' links", () => {
  it.each(documents)("lead to a file and a heading that exist: %s", (document) => {
    for (const link of linksOf(texts.get(document)!).filter((target) => !/^https?:/.test(target))) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? document : join(dirname(document), path);
      expect(existsSync(join(root, target)), `${document}: ${link}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(readDocument(target)), `${document}: ${link}`).toContain(anchor);
    }
  });

  it("lead from the index to every page", () => {
    const pages = documents.filter((document) => dirname(document) === "docs").map((document) => basename(document));
    const linked = new Set(linksOf(texts.get("docs/README.md")!));
    expect(pages.filter((page) => page !== "README.md" && !linked.has(page))).toEqual([]);
  });
});
