// That what a test file leaves out of the matrix of frameworks and sessions is in another.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { everyCell, everyFramework } from "../harness/app/frameworks.ts";
import { onOurSessions, onUsualSession, suitesIn, turnOf } from "../harness/app/matrix.ts";
import { root } from "../harness/markdown.ts";

const filesOf = (folder: string) => suitesIn(join(root, "test", folder));
const namesOf = (cells: readonly (readonly [name: string, ...unknown[]])[]) => new Set(cells.map(([name]) => name));

describe("the matrix of frameworks and sessions", () => {
  it("has each framework on its usual session, and on both kinds of ours", () => {
    const cells = namesOf([...onUsualSession(everyFramework), ...onOurSessions(everyFramework)]);
    expect(namesOf(everyCell)).toEqual(cells);
    expect(cells.size).toBe(3 * everyFramework.length);
  });

  it.each(["flows", "security"])("has a turn for each framework on our sessions in test/%s", (folder) => {
    const files = filesOf(folder);
    const turns = files.flatMap((file) => turnOf(file, everyFramework));
    expect(namesOf(turns)).toEqual(namesOf(everyFramework));
  });

  it("gives one framework a turn in each file, and so leaves no file out", () => {
    for (const file of [...filesOf("flows"), ...filesOf("security")])
      expect(turnOf(file, everyFramework), file).toHaveLength(1);
  });
});
