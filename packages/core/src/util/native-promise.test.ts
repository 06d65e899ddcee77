import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { nativePromise } from "./native-promise.ts";

describe("nativePromise", () => {
  it.each([undefined, null, 0, "text", { some: "object" }])("returns %j unchanged", (value) => {
    expect(nativePromise(value)).toBe(value);
  });

  it("returns a global promise as it is", () => {
    const promise = Promise.resolve(1);
    expect(nativePromise(promise)).toBe(promise);
  });

  it("turns a promise of another realm into a global one", async () => {
    const foreign = runInNewContext("Promise.resolve(1)") as Promise<number>;
    expect(foreign).not.toBeInstanceOf(Promise);
    const native = nativePromise(foreign);
    expect(native).toBeInstanceOf(Promise);
    expect(await native).toBe(1);
  });
});
