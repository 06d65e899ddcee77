import { memoryTokenStore } from "@scopegate/core";
import { tokenStoreContract } from "@scopegate/core/store-contract";
import { describe, it } from "vitest";

describe("the memory token store", () => {
  it.each(tokenStoreContract(() => memoryTokenStore()))("$name", ({ run }) => run());
});
