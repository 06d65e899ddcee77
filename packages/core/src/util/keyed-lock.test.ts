import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { KeyedLock } from "./keyed-lock.ts";

describe("KeyedLock", () => {
  it("runs the works of a key one after the other, in the order of asking", async () => {
    const lock = new KeyedLock();
    const events: string[] = [];
    const work = (name: string) => async () => {
      events.push(`${name} begins`);
      await setImmediate();
      events.push(`${name} ends`);
      return name;
    };
    const results = await Promise.all(["first", "second", "third"].map((name) => lock.run("key", work(name))));
    expect(results).toEqual(["first", "second", "third"]);
    expect(events).toEqual(["first", "second", "third"].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it("runs the works of different keys side by side", async () => {
    const lock = new KeyedLock();
    const [left, right] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const works = [
      lock.run("left", async () => {
        left.resolve();
        await right.promise;
      }),
      lock.run("right", async () => {
        right.resolve();
        await left.promise;
      }),
    ];
    expect(await Promise.all(works)).toHaveLength(2);
  });

  it("passes a work's error to its caller alone, and runs the next", async () => {
    const lock = new KeyedLock();
    const failing = lock.run("key", () => Promise.reject(new Error("of the first")));
    const next = lock.run("key", async () => "second");
    await expect(failing).rejects.toThrow("of the first");
    expect(await next).toBe("second");
  });

  it("survives a work that throws instead of rejecting", async () => {
    const lock = new KeyedLock();
    const throwing = lock.run("key", () => {
      throw new Error("at once");
    });
    const next = lock.run("key", async () => "second");
    await expect(throwing).rejects.toThrow("at once");
    expect(await next).toBe("second");
  });

  it("begins at once where nobody else works", () => {
    const lock = new KeyedLock();
    let begun = false;
    void lock.run("key", async () => {
      begun = true;
    });
    expect(begun).toBe(true);
  });
});
