import { describe, expect, it } from "vitest";
import { AuthError } from "../errors/auth-error.ts";
import { memoryTokenStore } from "../store/memory-token-store.ts";
import { asOwnerId } from "../store/owner-id.ts";
import { SpentAttempts } from "./spent-attempts.ts";

const LIFETIME = 600_000;

function setUp() {
  const store = memoryTokenStore();
  const clock = { now: Date.now() };
  const process = () => new SpentAttempts(store, "client", LIFETIME, () => clock.now);
  return { store, clock, process };
}

describe("spent attempts in a store", () => {
  it("can be claimed once, in all processes together", async () => {
    const { process } = setUp();
    const processes = Array.from({ length: 8 }, process);
    const claims = await Promise.all(processes.map((each) => each.claim("AAattempt")));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await process().claim("AAattempt")).toBe(false);
    expect(await process().claim("AAanother")).toBe(true);
    expect(await process().claim("ABattempt")).toBe(true);
  });

  it("are forgotten after the lifetime of their cookie, and need a bounded number of records", async () => {
    const { store, clock, process } = setUp();
    for (let index = 0; index < 250; index++) await process().claim(`AA${index}`);
    const key = { client: "client spent attempts", owner: asOwnerId("AA"), account: "spent" };
    const full = (await store.get(key))!.payload.length;
    expect(full).toBeLessThan(6_000);
    clock.now += LIFETIME;
    expect(await process().claim("AA249")).toBe(true);
    expect((await store.get(key))!.payload.length).toBeLessThan(full / 100);
    for await (const [found] of store.entries("client")) expect.unreachable(`${found.owner} is among the grants`);
  });

  it("cannot be claimed if the store fails or never settles", async () => {
    const { store, clock } = setUp();
    const failing = { ...store, get: () => Promise.reject(new Error("down")) };
    const contested = { ...store, put: () => false };
    for (const broken of [failing, contested]) {
      const error: unknown = await new SpentAttempts(broken, "client", LIFETIME, () => clock.now)
        .claim("AA")
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AuthError);
      expect(error).toMatchObject({ code: "store_unavailable" });
    }
  });
});
