import { once } from "node:events";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { asOwnerId } from "../owner-id.ts";
import type { GrantKey } from "../types.ts";
import { createLeaser } from "./leaser.ts";
import type { LeaseTable } from "./leaser.ts";

const KEY: GrantKey = { client: "client", owner: asOwnerId("owner"), account: "account" };
const caller = "testStore";

/** A table that gives each caller a lease, with one method changed, and the names of the methods that were called. */
function tableWith(change: Partial<LeaseTable>) {
  const asked: string[] = [];
  const table: LeaseTable = {
    take: async () => asked.push("take"),
    renew: async () => asked.push("renew") > 0,
    release: async () => void asked.push("release"),
    ...change,
  };
  return { table, asked };
}

describe("createLeaser", () => {
  it.each([0, 99, 600_001, 1.5, Number.NaN, "1000"])("rejects leaseMs %j", (leaseMs) => {
    expect(() => createLeaser(tableWith({}).table, { leaseMs: leaseMs as number, caller })).toThrow(
      /^testStore: `leaseMs` must be a whole number of milliseconds from 100 to 600000/,
    );
  });

  it("aborts the signal where another holder has the lease", async () => {
    const { table } = tableWith({ renew: async () => false });
    const exclusively = createLeaser(table, { leaseMs: 100, caller });
    const reason = await exclusively(KEY, async ({ signal }) => {
      await once(signal, "abort");
      return signal.reason as Error;
    });
    expect(reason.message).toBe("the lease on this grant was lost");
  });

  it.each<[string, LeaseTable["renew"]]>([
    ["cannot be reached", () => Promise.reject(new Error("down"))],
    ["does not respond", () => Promise.withResolvers<boolean>().promise],
  ])("aborts the signal at the end of the lease where the server %s", async (_, renew) => {
    const exclusively = createLeaser(tableWith({ renew }).table, { leaseMs: 100, caller });
    const began = performance.now();
    await exclusively(KEY, async ({ signal }) => once(signal, "abort"));
    // Timers may fire up to a millisecond early.
    expect(performance.now() - began).toBeGreaterThanOrEqual(98);
  });

  it("keeps the lease where the server cannot be reached for a moment", async () => {
    let calls = 0;
    const later = Promise.withResolvers<void>();
    const renew = async () => {
      if (++calls === 1) throw new Error("down");
      if (calls === 6) later.resolve();
      return true;
    };
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const exclusively = createLeaser(tableWith({ renew }).table, { leaseMs: 100, caller });
    const working = exclusively(KEY, async ({ signal }) => {
      await later.promise;
      expect(signal.aborted).toBe(false);
    });
    await vi.advanceTimersByTimeAsync(250);
    await working;
  });

  it("returns the result of the work where the release of the lease fails", async () => {
    const { table } = tableWith({ release: () => Promise.reject(new Error("down")) });
    expect(await createLeaser(table, { caller })(KEY, async () => "result")).toBe("result");
  });

  it("releases the lease that may have been taken where the response was lost, and rejects with the server's error", async () => {
    const { table, asked } = tableWith({ take: () => Promise.reject(new Error("connection reset")) });
    await expect(createLeaser(table, { caller })(KEY, async () => "result")).rejects.toThrow("connection reset");
    expect(asked).toEqual(["release"]);
  });

  it("rejects where the server does not respond, lets the next caller ask, and releases a lease that comes late", async () => {
    const response = Promise.withResolvers<number>();
    let calls = 0;
    const { table, asked } = tableWith({ take: () => (++calls === 1 ? response.promise : Promise.resolve(2)) });
    const exclusively = createLeaser(table, { leaseMs: 100, caller });
    const first = exclusively(KEY, async () => "first");
    const second = exclusively(KEY, async () => "second");
    await expect(first).rejects.toThrow("the store did not respond within 100 ms");
    expect(await second).toBe("second");
    expect(asked).toEqual(["release", "release"]);
    response.resolve(1);
    await expect.poll(() => asked).toEqual(["release", "release", "release"]);
  });

  it("retries the release in the background where it fails", async () => {
    let calls = 0;
    const released = Promise.withResolvers<void>();
    const release = async () => {
      if (++calls < 4) throw new Error("down");
      released.resolve();
    };
    await createLeaser(tableWith({ release }).table, { caller })(KEY, async () => undefined);
    expect(calls).toBe(1);
    await released.promise;
    expect(calls).toBe(4);
  });

  it("returns the result of the work where the release of the lease gets no response", async () => {
    const { table } = tableWith({ release: () => Promise.withResolvers<void>().promise });
    expect(await createLeaser(table, { caller })(KEY, async () => "result")).toBe("result");
  });

  it("counts the duration of the lease from the request, not from the response", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { table } = tableWith({
      take: () => new Promise((resolve) => setTimeout(resolve, 400, 1)),
      renew: () => Promise.reject(new Error("down")),
    });
    const began = performance.now();
    let lost = 0;
    const working = createLeaser(table, { leaseMs: 600, caller })(KEY, async ({ signal }) => {
      await once(signal, "abort");
      lost = performance.now() - began;
    });
    await vi.advanceTimersByTimeAsync(2_000);
    await working;
    expect(lost).toBe(600);
  });

  it("asks the server for only one caller of a process at a time", async () => {
    const { table, asked } = tableWith({});
    const exclusively = createLeaser(table, { caller });
    await Promise.all([1, 2, 3].map(() => exclusively(KEY, async () => undefined)));
    expect(asked).toEqual(["take", "release", "take", "release", "take", "release"]);
  });
});
