import { describe, expect, it } from "vitest";
import type { RequestView } from "../http/request-view.ts";
import { createSealer } from "../seal/sealer.ts";
import type { Sealer } from "../seal/sealer.ts";
import { Attempts } from "./attempt.ts";

const WANTED = { scopes: ["openid"], returnTo: "/drive", redirectUri: "https://app.example/oauth2callback" };
const MASTER = Buffer.alloc(32, 7);

/** The cookies that a browser sends to one origin. */
function browser() {
  const jar = new Map<string, string>();
  const lines: string[] = [];
  const request = (): RequestView =>
    ({
      header: (name: string) =>
        name === "cookie" ? [...jar].map(([key, value]) => `${key}=${value}`).join("; ") : undefined,
      appendHeader(_name: string, line: string) {
        lines.push(line);
        const [, key, value] = /^([^=]+)=([^;]*)/.exec(line)!;
        if (line.includes("Max-Age=0")) jar.delete(key!);
        else jar.set(key!, value!);
      },
    }) as unknown as RequestView;
  return { jar, lines, request };
}

function attemptsAt(clock: { now: number }, tag = "tag12345", kind = "attempt") {
  return new Attempts(createSealer([MASTER], kind), tag, () => clock.now);
}

describe("attempts", () => {
  it("are sealed in a `__Host-`, HttpOnly, Lax cookie, and can be taken once", () => {
    const clock = { now: 0 };
    const attempts = attemptsAt(clock);
    const { jar, lines, request } = browser();
    const attempt = attempts.begin(request(), WANTED);
    expect(lines[0]).toMatch(
      /^__Host-scopegate_tag12345_[\w-]{16}=v1\..*; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600; Secure$/,
    );
    for (const secret of [attempt.state, attempt.nonce, attempt.codeVerifier]) expect(lines[0]).not.toContain(secret);

    expect(attempts.take(request(), attempt.state, [WANTED.redirectUri])).toEqual(attempt);
    expect(jar.size).toBe(0);
    expect(() => attempts.take(request(), attempt.state, [WANTED.redirectUri])).toThrow(
      expect.objectContaining({ code: "attempt_spent" }),
    );
  });

  it("stay spent if the browser sends the cookie again", () => {
    const attempts = attemptsAt({ now: 0 });
    const { jar, request } = browser();
    const { state } = attempts.begin(request(), WANTED);
    const copy = [...jar];
    attempts.take(request(), state, [WANTED.redirectUri]);
    for (const [name, value] of copy) jar.set(name, value);
    expect(() => attempts.take(request(), state, [WANTED.redirectUri])).toThrow(
      expect.objectContaining({ code: "attempt_spent" }),
    );
  });

  it("cannot be taken by another browser or another instance, or from another kind of cookie", () => {
    const clock = { now: 0 };
    const mine = browser();
    const { state } = attemptsAt(clock).begin(mine.request(), WANTED);
    const notFound = expect.objectContaining({ code: "attempt_not_found" });
    expect(() => attemptsAt(clock).take(browser().request(), state, [WANTED.redirectUri])).toThrow(notFound);
    expect(() => attemptsAt(clock, "other").take(mine.request(), state, [WANTED.redirectUri])).toThrow(notFound);
    expect(() => attemptsAt(clock, "tag12345", "session").take(mine.request(), state, [WANTED.redirectUri])).toThrow(
      notFound,
    );
    const [[name, value] = ["", ""]] = mine.jar;
    mine.jar.set(name, `${value.slice(0, -4)}AAAA`);
    expect(() => attemptsAt(clock).take(mine.request(), state, [WANTED.redirectUri])).toThrow(notFound);
  });

  it("expire after ten minutes", () => {
    const clock = { now: 0 };
    const attempts = attemptsAt(clock);
    const { request } = browser();
    const first = attempts.begin(request(), WANTED);
    const second = attempts.begin(request(), WANTED);
    clock.now = 600_000;
    attempts.take(request(), first.state, [WANTED.redirectUri]);
    clock.now = 600_001;
    expect(() => attempts.take(request(), second.state, [WANTED.redirectUri])).toThrow(
      expect.objectContaining({ code: "attempt_expired" }),
    );
  });

  it("are at most five in one browser, and a new one replaces the oldest", () => {
    const clock = { now: 0 };
    const attempts = attemptsAt(clock);
    const { jar, request } = browser();
    const begun = Array.from({ length: 7 }, () => {
      clock.now += 1;
      return attempts.begin(request(), WANTED);
    });
    expect(jar.size).toBe(5);
    expect(() => attempts.take(request(), begun[1]!.state, [WANTED.redirectUri])).toThrow(
      expect.objectContaining({ code: "attempt_not_found" }),
    );
    expect(attempts.take(request(), begun[2]!.state, [WANTED.redirectUri])).toEqual(begun[2]);
  });

  it("are found among forged cookies by decrypting ten of them at most", () => {
    const clock = { now: 0 };
    let opened = 0;
    const sealer = createSealer([MASTER], "attempt");
    const counting: Sealer = {
      ...sealer,
      open: (...args) => {
        opened += 1;
        return sealer.open(...args);
      },
    };
    const attempts = new Attempts(counting, "tag12345", () => clock.now);
    const { jar, lines, request } = browser();
    attempts.begin(request(), WANTED);
    const [[real, value] = ["", ""]] = jar;
    const forge = (count: number, text: string) => {
      for (let index = 0; index < count; index++) {
        jar.set(real.slice(0, -16) + String(index).padStart(16, "0"), text);
      }
    };
    for (const [text, most] of [
      ["v1.junk.junk", 1],
      [value, 10],
      [`${value}${"A".repeat(4096)}`, 1],
    ] as const) {
      forge(300, text);
      [opened, lines.length] = [0, 0];
      attempts.begin(request(), WANTED);
      expect(opened).toBeLessThanOrEqual(most + 1);
      expect(lines.length).toBeLessThanOrEqual(11);
      for (const name of jar.keys()) if (name !== real) jar.delete(name);
    }
    // The forged cookies come after the real one, and take all ten places.
    forge(12, value);
    attempts.begin(request(), WANTED);
    expect([...jar.keys()]).toContain(real);
    expect(attempts.begin(request(), WANTED).returnTo).toBe("/drive");
    expect([...jar.keys()]).toContain(real);
    expect(jar.size).toBeLessThanOrEqual(5);
  });

  it("give way to a new one of another instance, where the cookies of both are too long", () => {
    const clock = { now: 0 };
    const { jar, request } = browser();
    const length = () => [...jar].map((pair) => pair.join("=")).join("; ").length;
    for (const tag of ["instance", "another1", "instance", "another2", "another3"]) {
      for (let visit = 0; visit < 4; visit++) {
        clock.now += 1;
        const attempts = attemptsAt(clock, tag);
        const { state, returnTo } = attempts.begin(request(), { ...WANTED, returnTo: `/${"x".repeat(1499)}` });
        expect(returnTo).toHaveLength(1500);
        expect(length()).toBeLessThan(7_500);
        expect([...jar.keys()].at(-1)).toContain(tag);
        if (visit === 3) expect(attempts.take(request(), state, [WANTED.redirectUri]).state).toBe(state);
      }
    }
  });

  it("lose a return address that is too long, but not the sign-in", () => {
    const attempts = attemptsAt({ now: 0 });
    const { request } = browser();
    const scopes = Array.from(
      { length: 25 },
      (_, index) => `https://www.googleapis.com/auth/some.scope.number.${index}`,
    );
    expect(attempts.begin(request(), { ...WANTED, scopes, returnTo: `/${"x".repeat(1900)}` }).returnTo).toBe("/");
    expect(() =>
      attempts.begin(request(), { ...WANTED, scopes: [...scopes, ...scopes.map((scope) => `${scope}x`)] }),
    ).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });

  it("are refused where many scopes and the other cookies make a line that proxies reject", () => {
    const attempts = attemptsAt({ now: 0 });
    const { jar, lines, request } = browser();
    const scopes = Array.from(
      { length: 40 },
      (_, index) => `https://www.googleapis.com/auth/a.scope.of.number.${index}`,
    );
    jar.set("__Host-scopegate_session", "x".repeat(5_500));
    expect(() => attempts.begin(request(), { ...WANTED, scopes })).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
    expect(lines).toEqual([]);
    expect(attempts.begin(request(), { ...WANTED, scopes: scopes.slice(0, 20) }).scopes).toHaveLength(20);
    expect([...jar].map((pair) => pair.join("=")).join("; ").length).toBeLessThan(8_182);
  });

  it("have no `__Host-` prefix and no `Secure` on plain HTTP, where browsers would reject them", () => {
    const { lines, request } = browser();
    attemptsAt({ now: 0 }).begin(request(), { ...WANTED, redirectUri: "http://localhost:3000/oauth2callback" });
    expect(lines[0]).toMatch(/^scopegate_tag12345_/);
    expect(lines[0]).not.toContain("Secure");
  });
});
