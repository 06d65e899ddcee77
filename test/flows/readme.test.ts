// What the documents say, held against the code: tables and links.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { GoogleAuth } from "@scopegate/core";
import { ERROR_TABLE } from "@scopegate/core/adapter";
import { googleOAuth } from "@scopegate/express";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, CLIENT, startScenario } from "../harness/app/scenario.ts";
import type { Scenario, ScenarioOptions } from "../harness/app/scenario.ts";
import { anchorsOf, documents, linksOf, namesOf, readDocument, root, tableOf } from "../harness/markdown.ts";

const readme = readDocument("README.md");
const redirectUri = "https://app.example.com/oauth2callback";

describe("the README's tables", () => {
  it("name every option", () => {
    const known = /const KNOWN = new Set<string>\(\[([^\]]+)\]/.exec(
      readDocument("packages/core/src/resolve-options.ts"),
    )![1]!;
    expect(namesOf(tableOf(readme, "option"))).toEqual([...known.matchAll(/"(\w+)"/g)].map(([, name]) => name));
  });

  it("name every hook and every route, as the errors about unknown ones list them", () => {
    const listed = (options: object): string[] => {
      try {
        googleOAuth({ client: CLIENT, redirectUri, ...options });
      } catch (error) {
        return /there are (.+)$/.exec((error as Error).message)![1]!.split(", ");
      }
      return [];
    };
    expect(namesOf(tableOf(readme, "hook"))).toEqual(listed({ on: { nothing: () => undefined } }));
    const routes = tableOf(readme, "route").map((row) => namesOf([row])[0]);
    expect(new Set(routes)).toEqual(new Set(listed({ routes: { nothing: "/" } })));
  });

  it("name every member of `req.googleAuth`", () => {
    const members = Object.getOwnPropertyNames(GoogleAuth.prototype).filter((name) => name !== "constructor");
    expect(new Set(namesOf(tableOf(readme, "member")))).toEqual(new Set(members));
  });

  it("name every channel", () => {
    const channels = [...readDocument("packages/core/src/diagnostics.ts").matchAll(/channel\("([^"]+)"\)/g)];
    expect(tableOf(readme, "channel").map(([name]) => name)).toEqual(channels.map(([, name]) => `\`${name}\``));
  });

  it("give every error's status, meaning and remedy", () => {
    const rows = Object.entries(ERROR_TABLE).map(([code, { status, meaning, remedy }]) => [
      `\`${code}\``,
      String(status),
      meaning,
      remedy,
    ]);
    expect(tableOf(readme, "code")).toEqual(rows);
  });
});

describe("the README's table of guards", () => {
  /** How a visitor comes to be who the row says, on an app of these options. */
  const visitors: Readonly<Record<string, readonly [ScenarioOptions, (scenario: Scenario) => Promise<unknown>]>> = {
    "nobody is signed in": [{}, async () => undefined],
    "signed in, scopes are missing": [{}, ({ visitor }) => visitor.walk("/me")],
    "left these scopes out, less than ten minutes ago": [{}, ({ visitor }) => visitor.walk("/drive", { scopes: [] })],
    "signed in, the grant is gone": [
      {},
      async ({ google, visitor }) => {
        await visitor.walk("/drive");
        google.revokeUser(ADA);
        google.clock.advance(3600_000);
        await visitor.call("/token");
      },
    ],
    "the session or the store fails": [{ session: "none" }, async () => undefined],
  };
  const rows = tableOf(readme, "who") as [who: string, navigation: string, other: string][];

  it("has the rows that are tested here", () => {
    expect(rows.map(([who]) => who)).toEqual(Object.keys(visitors));
  });

  it.each(rows)("is true of one who fits: %s", async (who, navigation, other) => {
    const [options, become] = visitors[who]!;
    await using scenario = await startScenario(frameworks[0]![1], options);
    await become(scenario);
    const page = await scenario.visitor.open("/drive");
    expect(navigation).toContain(String(page.status));
    expect(page.headers["location"] !== undefined).toBe(navigation.includes("to Google"));
    const call = await scenario.visitor.call("/drive");
    expect(other).toContain(String(call.status));
    if (other.includes("`")) expect(other).toContain(`\`${call.body.error}\``);
  });
});

describe("the documents' links", () => {
  it.each([...documents, "packages/emulator/README.md"])("lead somewhere: %s", (document) => {
    for (const link of linksOf(readDocument(document)).filter((target) => !/^https?:/.test(target))) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? document : join(dirname(document), path);
      expect(existsSync(join(root, target)), `${document}: ${link}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(readDocument(target)), `${document}: ${link}`).toContain(anchor);
    }
  });
});
