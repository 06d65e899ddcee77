import { describe, expect, it } from "vitest";
import { isServerSession, ServerHandle } from "./server-session.ts";

/** A session in the form of express-session, whose store never responds. */
class UnansweredSession {
  get id(): string {
    return "an ID";
  }
  regenerate(): void {}
  save(): void {}
}

const done = (callback: () => void) => callback();

describe("isServerSession", () => {
  it("wants an ID that is no content, beside the methods", () => {
    expect(isServerSession(new UnansweredSession())).toBe(true);
    expect(isServerSession({ regenerate: done, save: done })).toBe(false);
    expect(isServerSession({ regenerate: done, save: done, id: "of the app's user" })).toBe(false);
    expect(isServerSession(undefined)).toBe(false);
  });
});

describe("ServerHandle", () => {
  it.each(["regenerate", "save"] as const)("does not wait for a store that never responds to `%s`", async (method) => {
    const handle = new ServerHandle({ session: new UnansweredSession() }, 10);
    const called = method === "save" ? handle.save() : handle.regenerate("all");
    await expect(called).rejects.toMatchObject({
      code: "session_unavailable",
      message: expect.stringContaining(`did not respond to \`${method}\` within 10 ms`) as string,
    });
  });
});
