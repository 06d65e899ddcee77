import { memoryTokenStore } from "@scopegate/core";
import { tokenStoreContract } from "@scopegate/core/store-contract";
import { describe, expect, it } from "vitest";

describe("the memory token store", () => {
  it.each(tokenStoreContract(() => memoryTokenStore()))("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});
