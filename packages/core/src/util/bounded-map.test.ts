import { describe, expect, it } from "vitest";
import { BoundedMap } from "./bounded-map.ts";

describe("BoundedMap", () => {
  function mapOf(size: number, lifetime = 1_000) {
    const clock = { now: 0 };
    return { clock, map: new BoundedMap<string>(size, lifetime, () => clock.now) };
  }

  it("returns no entry whose lifetime is over", () => {
    const { clock, map } = mapOf(10);
    map.set("a", "1");
    clock.now = 999;
    expect(map.get("a")).toBe("1");
    clock.now = 1_000;
    expect(map.get("a")).toBeUndefined();
  });

  it("restarts the lifetime when an entry is set again", () => {
    const { clock, map } = mapOf(10);
    map.set("a", "1");
    clock.now = 600;
    map.set("a", "2");
    clock.now = 1_500;
    expect(map.get("a")).toBe("2");
  });

  it("drops the oldest entry beyond its size, and counts an entry that was set again as new", () => {
    const { map } = mapOf(2);
    map.set("a", "1");
    map.set("b", "1");
    map.set("a", "2");
    map.set("c", "1");
    expect(["a", "b", "c"].map((key) => map.get(key))).toEqual(["2", undefined, "1"]);
    expect(map.size).toBe(2);
  });

  it("drops expired entries from memory on the next write", () => {
    const { clock, map } = mapOf(1_000);
    for (let index = 0; index < 500; index++) map.set(`key ${index}`, "1");
    clock.now = 1_000;
    map.set("new", "1");
    expect(map.size).toBe(1);
  });

  it("never holds more entries than its size", () => {
    const { clock, map } = mapOf(16);
    for (let index = 0; index < 1_000; index++) {
      clock.now = index * 7;
      map.set(`key ${index % 40}`, String(index));
      expect(map.size).toBeLessThanOrEqual(16);
    }
  });
});
