import { describe, expect, expectTypeOf, it } from "vitest";
import { asOwnerId, idOfOwner, ownerIdOf, ownerIdOfSubject, ownerIdOfUser } from "./owner-id.ts";
import type { OwnerId } from "./owner-id.ts";

describe("owner IDs", () => {
  it("have a prefix for their kind, so that a user ID that equals a subject is another owner", () => {
    expect(ownerIdOfUser("1001")).toBe("user:1001");
    expect(ownerIdOfSubject("1001")).toBe("google:1001");
  });

  it("name the app's user where there is one, and the Google account otherwise", () => {
    expect(ownerIdOf({ userId: "ada", subject: "1001" })).toBe("user:ada");
    expect(ownerIdOf({ userId: undefined, subject: "1001" })).toBe("google:1001");
  });

  it.each(["ada", "user:ada", "a:b:c", "", "google:1"])("convert back to the ID %j", (id) => {
    expect(idOfOwner(ownerIdOfUser(id))).toBe(id);
    expect(idOfOwner(ownerIdOfSubject(id))).toBe(id);
  });

  it("read from a database are unchanged", () => {
    expect(asOwnerId("user:ada")).toBe("user:ada");
  });

  it("are no plain text to the compiler", () => {
    expectTypeOf<string>().not.toExtend<OwnerId>();
    expectTypeOf<OwnerId>().toExtend<string>();
  });
});
