import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { KeyedLock } from "./keyed-lock.ts";

describe("KeyedLock", () => {
  it("runs the tasks of a key one after the other, in the order of the calls", async () => {
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

  it("runs tasks of different keys concurrently", async () => {
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

  it("rejects only the call whose task failed, and runs the next task", async () => {
    const lock = new KeyedLock();
    const failing = lock.run("key", () => Promise.reject(new Error("first task failed")));
    const next = lock.run("key", async () => "second");
    await expect(failing).rejects.toThrow("first task failed");
    expect(await next).toBe("second");
  });

  it("runs the next task where a task throws instead of rejecting", async () => {
    const lock = new KeyedLock();
    const throwing = lock.run("key", () => {
      throw new Error("thrown synchronously");
    });
    const next = lock.run("key", async () => "second");
    await expect(throwing).rejects.toThrow("thrown synchronously");
    expect(await next).toBe("second");
  });

  it("starts a task synchronously where no other task of the key is running", () => {
    const lock = new KeyedLock();
    let begun = false;
    void lock.run("key", async () => {
      begun = true;
    });
    expect(begun).toBe(true);
  });
});
