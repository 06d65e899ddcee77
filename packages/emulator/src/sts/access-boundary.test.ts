import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { callApi, signIn } from "../../test/client.ts";
import { cloud, serviceToken, startWithRobots } from "../../test/service.ts";
import { exchangeToken, tokenType } from "../../test/workload.ts";
import type { Emulator } from "../index.ts";

let google: Emulator;
beforeAll(async () => {
  google = await startWithRobots();
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

describe("an access boundary", () => {
  const rule = (bucket: string, role = "storage.objectViewer") => ({
    availableResource: `//storage.googleapis.com/projects/_/buckets/${bucket}`,
    availablePermissions: [`inRole:roles/${role}`],
  });
  const downscope = (subjectToken: string, rules: unknown, encode = JSON.stringify) =>
    exchangeToken(google, {
      audience: "",
      scope: "",
      subject_token: subjectToken,
      subject_token_type: tokenType("access_token"),
      options: encode({ accessBoundary: { accessBoundaryRules: rules } }),
    });
  const objects = (bucket: string, token: string) => callApi(`${google.apis.storage}/b/${bucket}/o`, token);

  it("allows only the buckets and roles in its rules", async () => {
    const whole = await serviceToken(google);
    const { body } = await downscope(whole, [rule("invoices"), rule("logs", "storage.objectCreator")]);
    expect(body.expires_in).toBe(3599);
    expect((await objects("invoices", body.access_token)).status).toBe(200);
    expect((await objects("logs", body.access_token)).status).toBe(403);
    expect((await objects("other", body.access_token)).status).toBe(403);
    expect((await callApi(`${google.apis.sqladmin}/projects/project/instances`, body.access_token)).status).toBe(403);
    expect((await objects("other", whole)).status).toBe(200);
  });

  it("may be percent-encoded, and the response for a user's token has no expires_in", async () => {
    const { access_token: user } = await signIn(google, { scope: cloud });
    const { status, body } = await downscope(user, [rule("invoices")], (value) =>
      encodeURIComponent(JSON.stringify(value)),
    );
    expect([status, body.expires_in]).toEqual([200, undefined]);
  });

  it.each<[string, unknown]>([
    ["1 to 10 rules", []],
    ["1 to 10 rules", undefined],
    ["1 to 10 rules", Array.from({ length: 11 }, () => rule("a"))],
    ["availableResource", [{ ...rule("a"), availableResource: "//pubsub.googleapis.com/a" }]],
    ["availablePermissions", [{ ...rule("a"), availablePermissions: [] }]],
    ["availablePermissions", [{ ...rule("a"), availablePermissions: ["storage.objects.get"] }]],
    ["availabilityCondition", [{ ...rule("a"), availabilityCondition: { expression: "true" } }]],
    ["availableResource", [null]],
  ])("is rejected: %s in %j", async (description, rules) => {
    const { body } = await downscope(await serviceToken(google), rules);
    expect(body.error).toBe("invalid_request");
    expect(body.error_description).toContain(description);
  });

  it("needs a valid access token without a boundary", async () => {
    expect((await downscope("ya29.unknown", [rule("a")])).body.error).toBe("invalid_grant");
    const { body } = await downscope(await serviceToken(google), [rule("a")]);
    expect((await downscope(body.access_token, [rule("b")])).body.error).toBe("invalid_grant");
  });
});
