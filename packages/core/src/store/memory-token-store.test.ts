import { describe, expect, it } from "vitest";
import { memoryTokenStore } from "./memory-token-store.ts";
import { asOwnerId } from "./owner-id.ts";
import type { GrantKey } from "./types.ts";

const keyOf = (owner: string): GrantKey => ({ client: "client", owner: asOwnerId(owner), account: "account" });
const GRANT = { id: "grant", version: 1, payload: "sealed" };

describe("memoryTokenStore", () => {
  it("drops the grant that was unused longest beyond maxGrants", () => {
    const store = memoryTokenStore({ maxGrants: 2 });
    void store.put(keyOf("ada"), GRANT);
    void store.put(keyOf("grace"), GRANT);
    void store.get(keyOf("ada"));
    void store.put(keyOf("katherine"), GRANT);
    const present = ["ada", "grace", "katherine"].filter((owner) => store.get(keyOf(owner)) !== undefined);
    expect(present).toEqual(["ada", "katherine"]);
  });

  it.each([0, -1, 1.5, Number.NaN, "10"])("rejects maxGrants %j", (maxGrants) => {
    expect(() => memoryTokenStore({ maxGrants: maxGrants as number })).toThrow(
      /^memoryTokenStore: `maxGrants` must be a whole number of at least 1/,
    );
  });

  it("is neither durable nor shared", () => {
    expect(memoryTokenStore().capabilities).toEqual({ durable: false, shared: false });
  });
});
