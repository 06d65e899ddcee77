import { describe, expect, it } from "vitest";
import { advance, Browser, make, visit } from "../../../../../test/harness/session-visits.ts";
import { AuthError } from "../../errors/auth-error.ts";

const DAY = 24 * 3600_000;

describe("a session encrypted in its cookie", () => {
  it("is split into two cookies where one is too small, and goes back to one", async () => {
    const [session, browser] = [make(), new Browser()];
    await visit(session, browser, (handle) => handle.set("cart", "x".repeat(3_900)));
    expect([...browser.cookies.keys()]).toEqual(["__Host-scopegate_session", "__Host-scopegate_session.1"]);
    for (const line of browser.lines) expect(line.length).toBeLessThan(4096);
    expect(await visit(session, browser)).toEqual({ cart: "x".repeat(3_900) });
    const half = browser.copy();
    half.cookies.delete("__Host-scopegate_session.1");
    expect(await visit(session, half)).toEqual({});
    await visit(session, browser, (handle) => handle.set("cart", "small"));
    expect([...browser.cookies.keys()]).toEqual(["__Host-scopegate_session"]);
    expect(await visit(session, browser)).toEqual({ cart: "small" });
  });

  it("rejects a change that does not fit, and keeps its former content", async () => {
    const [session, browser] = [make(), new Browser()];
    await visit(session, browser, (handle) => handle.set("cart", "small"));
    await visit(session, browser, async (handle) => {
      handle.set("cart", "x".repeat(8_000));
      const refused = handle.save();
      await expect(refused).rejects.toBeInstanceOf(AuthError);
      await expect(refused).rejects.toMatchObject({ code: "session_unavailable", message: /more than the 5500/ });
    });
    expect(browser.lines).toEqual([]);
    expect(await visit(session, browser)).toEqual({ cart: "small" });
  });

  it("warns where a change comes after the response headers", async () => {
    const [session, browser] = [make(), new Browser()];
    const warned = new Promise<Error & { code?: string }>((resolve) => process.once("warning", resolve));
    await visit(session, browser, (handle) => (handle.set("user", "ada"), handle.save()), { headersSent: true });
    expect((await warned).code).toBe("SCOPEGATE_UNSAVED");
    expect(browser.lines).toEqual([]);
  });

  it("stays ended for as long as a copy could live, even with a long idle lifetime", async () => {
    const [session, browser] = [make({ idleLifetime: 10 * DAY }), new Browser()];
    await visit(session, browser, (handle) => handle.set("user", "ada"));
    const copy = browser.copy();
    await visit(session, browser, async (handle) => handle.regenerate("nothing"));
    advance(9 * DAY);
    expect(await visit(session, copy)).toEqual({});
  });

  it("does not come back, or replace the next session, where a slow request changes it", async () => {
    const [session, browser] = [make(), new Browser()];
    await visit(session, browser, (handle) => handle.set("user", "ada"));
    const fast = browser.copy();
    await visit(session, browser, async (slow) => {
      await visit(session, fast, async (handle) => {
        await handle.regenerate("nothing");
        handle.set("user", "grace");
      });
      slow.set("cart", ["book"]);
      await slow.save();
    });
    expect(browser.lines).toEqual([]);
    expect(await visit(session, fast)).toEqual({ user: "grace" });
  });
});
