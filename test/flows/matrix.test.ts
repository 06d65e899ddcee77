// The share of frameworks and sessions that each test file runs on a day.
import { describe, expect, it } from "vitest";
import { everyCell, everyFramework } from "../harness/app/frameworks.ts";
import { cellsOn, matrixFiles } from "../harness/app/matrix.ts";
import type { Framework } from "../harness/app/matrix.ts";
import { root } from "../harness/markdown.ts";

/** As many days in a row as there are frameworks. */
const DAYS = everyFramework.map((_, index) => new Date(Date.UTC(2026, 10, 28 + index)).toISOString().slice(0, 10));
const files = matrixFiles(root);
const namesOn = (file: string, day: string) => cellsOn(file, day, everyFramework).map(([name]) => name);

describe("the matrix of frameworks and sessions", () => {
  it("has each framework on its usual session and on both kinds of own session", () => {
    const names = everyFramework.flatMap(([name]) => [
      name,
      `${name}, own session in a cookie`,
      `${name}, own session in a store`,
    ]);
    expect(everyCell.map(([name]) => name)).toEqual(names);
  });

  it("finds the test files that run over it", () => {
    expect(files).toContain("test/flows/sign-in.test.ts");
    expect(files).toContain("test/security/state.test.ts");
    expect(files.length).toBeGreaterThan(40);
  });

  it("gives every cell its turn in every file, in as many days as there are frameworks", () => {
    for (const file of files) {
      const names = new Set(DAYS.flatMap((day) => namesOn(file, day)));
      expect(
        everyCell.filter(([name]) => !names.has(name)).map(([name]) => name),
        file,
      ).toEqual([]);
    }
  });

  it("runs each file on all cells of one framework a day, and on another framework the next day", () => {
    for (const file of files) {
      const leaders = DAYS.map((day) => {
        const names = new Set(namesOn(file, day));
        const whole = everyFramework.filter(
          ([name]) => names.has(name) && names.has(`${name}, own session in a store`),
        );
        expect(whole, `${file} on ${day}`).toHaveLength(1);
        return whole[0]![0];
      });
      expect(new Set(leaders).size, file).toBe(everyFramework.length);
    }
  });

  it("runs less than half of the cells in a file a day", () => {
    for (const file of files)
      for (const day of DAYS) expect(namesOn(file, day).length).toBeLessThan(everyCell.length / 2);
  });

  it("depends on nothing but the file's name and the day", () => {
    const start = everyFramework[0]![1];
    const three: Framework[] = ["A", "B", "C"].map((name) => [name, start]);
    const names = (file: string) => cellsOn(file, "2026-11-28", three).map(([name]) => name);
    // Written down, so that a change of the choice is seen.
    expect(names("test/flows/example.test.ts")).toEqual([
      "A, own session in a store",
      "C",
      "C, own session in a cookie",
      "C, own session in a store",
    ]);
    expect(names(String.raw`test\flows\example.test.ts`)).toEqual(names("test/flows/example.test.ts"));
  });

  it.each(["today", "2026-11-31x", "2026-13-01", "28.11.2026"])("refuses %j as a day, naming TEST_DAY", (day) => {
    expect(() => namesOn("test/flows/example.test.ts", day)).toThrow(/^TEST_DAY must be a date/);
  });
});
