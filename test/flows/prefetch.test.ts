import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { startScenario } from "../harness/app/scenario.ts";

/** The headers by which browsers and apps say that the user has not opened the address yet. */
const PREFETCHES: readonly Readonly<Record<string, string>>[] = [
  { "Sec-Purpose": "prefetch" },
  { "Sec-Purpose": "prefetch;prerender" },
  { "Sec-Purpose": "prefetch;anonymous-client-ip" },
  { Purpose: "prefetch" },
  { "X-Purpose": "preview" },
  { "X-Moz": "prefetch" },
  // A `<link rel="prefetch">` in Chromium.
  { "Sec-Purpose": "prefetch", Purpose: "prefetch", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty" },
];

describe.each(frameworks)("a prefetch on %s", (_name, startApp) => {
  it("begins no sign-in at /authorize and at a guarded page, and sets no cookie", async () => {
    await using scenario = await startScenario(startApp);
    const { visitor } = scenario;
    for (const path of ["/authorize?return_to=/me", "/authorize?link=1", "/me", "/drive"]) {
      for (const headers of PREFETCHES) {
        const response = await visitor.open(path, headers);
        const named = `${path} ${JSON.stringify(headers)}`;
        expect(response.status, named).toBe(503);
        expect(response.headers["cache-control"], named).toBe("no-store");
        expect(response.headers["set-cookie"], named).toBeUndefined();
        expect(response.headers["location"], named).toBeUndefined();
      }
    }
    expect((await visitor.open("/authorize?return_to=/me")).status).toBe(302);
  });

  it("leaves an attempt alone that waits at Google", async () => {
    await using scenario = await startScenario(startApp);
    const { visitor } = scenario;
    const waiting = (await visitor.open("/drive")).headers["location"] as string;
    for (let times = 0; times < 7; times++) await visitor.open("/authorize", { "Sec-Purpose": "prefetch" });
    const { response } = await visitor.walk(await visitor.decide(waiting));
    expect(response.body).toMatchObject({ page: "drive" });
  });

  it("passes a guard as any other request of a signed-in user does", async () => {
    await using scenario = await startScenario(startApp);
    const { visitor } = scenario;
    await visitor.walk("/drive");
    const allowed = await visitor.open("/drive", { "Sec-Purpose": "prefetch" });
    expect([allowed.status, allowed.body.page]).toEqual([200, "drive"]);
    const refused = await visitor.open("/calendar", { "Sec-Purpose": "prefetch" });
    expect([refused.status, refused.headers["cache-control"]]).toEqual([503, "no-store"]);
    expect(refused.headers["set-cookie"]).toBeUndefined();
  });
});
