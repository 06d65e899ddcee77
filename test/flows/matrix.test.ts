// The share of frameworks and sessions that each test file runs on a day.
import { describe, expect, it } from "vitest";
import { everyCell, everyFramework } from "../harness/app/frameworks.ts";
import { cellsOn, matrixFiles } from "../harness/app/matrix.ts";
import { root } from "../harness/markdown.ts";

const WEEK = ["2026-11-28", "2026-11-29", "2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04"];
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

  it("gives every cell its turn within a week, in every file", () => {
    for (const file of files) {
      const names = new Set(WEEK.flatMap((day) => namesOn(file, day)));
      expect(
        everyCell.filter(([name]) => !names.has(name)).map(([name]) => name),
        file,
      ).toEqual([]);
    }
  });

  it("runs each file on all cells of one framework a day, and on each framework once a week", () => {
    for (const file of files) {
      const leaders = WEEK.map((day) => {
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

  it("runs eight of the 21 cells in a file a day at most", () => {
    for (const file of files) for (const day of WEEK) expect(namesOn(file, day).length).toBeLessThanOrEqual(8);
  });

  it("depends on nothing but the file's name and the day", () => {
    // Written down, so that a change of the choice is seen.
    expect(namesOn("test/flows/example.test.ts", "2026-11-28")).toEqual([
      "Express 5, own session in a store",
      "Fastify 5, own session in a cookie",
      "Node http",
      "Express 4, own session in a store",
      "Koa 2",
      "Koa 2, own session in a cookie",
      "Koa 2, own session in a store",
    ]);
    expect(namesOn(String.raw`test\flows\example.test.ts`, "2026-11-28")).toEqual(
      namesOn("test/flows/example.test.ts", "2026-11-28"),
    );
  });

  it.each(["today", "2026-11-31x", "2026-13-01", "28.11.2026"])("refuses %j as a day, naming TEST_DAY", (day) => {
    expect(() => namesOn("test/flows/example.test.ts", day)).toThrow(/^TEST_DAY must be a date/);
  });
});
