import { describe, expect, it } from "vitest";
import { MAX_LINE, makeRoomFor } from "./cookie-line.ts";
import type { RequestView } from "./request-view.ts";

const attempt = (index: number, size: number) =>
  [`__Host-scopegate_tag12345_${String(index).padStart(16, "0")}`, "x".repeat(size)] as const;

/** The names that the response deletes, where the request has some cookies and the response sets others. */
function deletedFor(present: readonly (readonly [string, string])[], added: readonly (readonly [string, string])[]) {
  const lines: string[] = [];
  const request = {
    header: (name: string) => (name === "cookie" ? present.map((pair) => pair.join("=")).join("; ") : undefined),
    appendHeader: (_name: string, line: string) => lines.push(line),
  } as unknown as RequestView;
  makeRoomFor(new Map(added), request);
  for (const line of lines) expect(line).toMatch(/=; Path=\/; HttpOnly; SameSite=Lax; Max-Age=0; Secure$/);
  return lines.map((line) => line.slice(0, line.indexOf("=")));
}

describe("makeRoomFor", () => {
  const attempts = [attempt(1, 2000), attempt(2, 2000), attempt(3, 2000)];

  it("deletes nothing where all cookies fit", () => {
    expect(deletedFor(attempts, [["session", "x".repeat(1000)]])).toEqual([]);
    expect(deletedFor([], [["session", "x".repeat(MAX_LINE)]])).toEqual([]);
  });

  it("deletes the oldest attempts, and no other cookie", () => {
    const others = [
      ["app", "x".repeat(500)],
      ["__Host-scopegate_tag12345_rounds", "1"],
    ] as const;
    expect(deletedFor([...others, ...attempts], [["session", "x".repeat(3000)]])).toEqual([
      attempts[0]![0],
      attempts[1]![0],
    ]);
  });

  it("does not count the former value of a cookie that is replaced", () => {
    const session = ["session", "x".repeat(1200)] as const;
    expect(deletedFor([session, ...attempts], [session])).toEqual([]);
  });

  it("deletes ten cookies at most", () => {
    const many = Array.from({ length: 40 }, (_, index) => attempt(index, 300));
    expect(deletedFor(many, [["session", "x"]])).toHaveLength(10);
  });
});
