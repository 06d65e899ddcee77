import { expect, it } from "vitest";
import { watchWrites } from "./watch-writes.ts";

it("returns the keys that were assigned, also with the value that they had, and no other", () => {
  const content: Record<string, unknown> = { cookie: {}, role: "member", cart: ["book"], visits: { count: 1 }, old: 1 };
  const end = watchWrites(() => content);
  content["role"] = "member";
  content["userId"] = 7;
  (content["visits"] as { count: number }).count++;
  delete content["old"];
  content["cookie"] = { secure: true };
  expect(Object.fromEntries(end())).toEqual({ role: "member", userId: 7, visits: { count: 2 } });
  expect(Object.getOwnPropertyDescriptor(content, "role")).toMatchObject({ value: "member", writable: true });
  expect(JSON.parse(JSON.stringify(content))).toEqual({
    cookie: { secure: true },
    role: "member",
    cart: ["book"],
    visits: { count: 2 },
    userId: 7,
  });
});

it("counts a key that was deleted and set again as written", () => {
  const content: Record<string, unknown> = { name: "Ada" };
  const end = watchWrites(() => content);
  delete content["name"];
  content["name"] = "Ada";
  expect([...end()]).toEqual([["name", "Ada"]]);
});

it("returns what is different in a session object that took the place of the first one", () => {
  let content: Record<string, unknown> = { cart: ["book"], lang: "en" };
  const end = watchWrites(() => content);
  content = { cart: ["book"], passport: { user: 7 } };
  expect([...end()]).toEqual([["passport", { user: 7 }]]);
});
