// A process that is killed while it handles a callback, at each step after it has sent the code.
import { expect, it } from "vitest";
import { RawBrowser } from "../../harness/security/browser.ts";
import type { AppProcess } from "../../harness/stores/app-process.ts";
import { keyOf } from "../../harness/stores/deployment.ts";
import type { Deployment } from "../../harness/stores/deployment.ts";
import { onEveryStore } from "../../harness/stores/suite.ts";

const HOUR = 3600_000;
const EXCHANGE = "grant_type=authorization_code";

type Arm = (deployment: Deployment, victim: AppProcess) => Promise<{ readonly isThere: Promise<unknown> }>;

const holdGoogle =
  (stage: "requested" | "responded" | "begun"): Arm =>
  async ({ tokenEndpoint }) => ({ isThere: tokenEndpoint.hold(stage, EXCHANGE).arrived });
const stopAt =
  (step: Parameters<AppProcess["stopAt"]>[0]): Arm =>
  async (_, victim) => ({ isThere: (await victim.stopAt(step)).stopped });

/** Stops in the write after Google's response. The write before it has marked the attempt as used. */
const stopInGrant: Arm = async ({ tokenEndpoint }, victim) => {
  const held = tokenEndpoint.hold("responded", EXCHANGE);
  const reach = async () => {
    await held.arrived;
    const { stopped } = await victim.stopAt("in the middle of the write");
    held.release();
    await stopped;
  };
  return { isThere: reach() };
};

/** Each step, how to stop there, and the grant that the store has then. */
const STEPS: readonly (readonly [step: string, arm: Arm, left: "old" | "new"])[] = [
  ["while the code is on the way", holdGoogle("requested"), "old"],
  ["when Google has responded and no byte has arrived", holdGoogle("responded"), "old"],
  ["in the middle of Google's response", holdGoogle("begun"), "old"],
  ["before it writes", stopAt("before the write"), "old"],
  ["after it has written, before it responds", stopAt("after the write"), "new"],
];
const MIDDLE = ["in the middle of its write", stopInGrant, "old"] as const;

const options = { count: 1, leaseMs: 1_000, users: 16 };
onEveryStore("a process killed while it handles a callback", options, (suite, kind) => {
  // A single statement of PostgreSQL has no middle.
  const steps = kind === "PostgreSQL" ? STEPS : [...STEPS, MIDDLE];
  const cases = steps.flatMap((step) => [["/drive", ...step] as const, ["/calendar", ...step] as const]);

  it.each(cases)("S37 of %s, %s, leaves either the old grant or the new one", async (page, _, arm, left) => {
    const { deployment, nextUser } = suite();
    const { balancer, google, store } = deployment;
    const user = nextUser();
    const key = keyOf(user);
    const [survivor] = deployment.processes;
    balancer.target = survivor!.origin;
    // The user of the calendar has a grant already. The user of Drive is new.
    const isKnown = page === "/calendar";
    const browser = isKnown ? await deployment.signIn(user) : new RawBrowser(balancer.origin);
    const before = await store.get(key);
    expect(before !== undefined).toBe(isKnown);
    const { location } = await browser.open(page);
    const callback = await google.approve(location, { user: user.sub });

    const victim = await deployment.start();
    balancer.target = victim.origin;
    const { isThere } = await arm(deployment, victim);
    const dying = browser.open(callback);
    dying.catch(() => undefined);
    await isThere;
    await victim.kill();
    await expect(dying).rejects.toThrow(/socket hang up|ECONNRESET/);
    balancer.target = survivor!.origin;

    const after = await store.get(key);
    if (left === "old") expect(after).toEqual(before);
    else expect(after).not.toEqual(before);
    if (isKnown) {
      expect((await browser.call("/drive")).status).toBe(200);
      expect((await browser.call("/token")).status).toBe(200);
    }
    // The browser reloads, and gets a page with a link to try again. The code may be used, so that it is not sent twice.
    const sent = deployment.tokenRequests("authorization_code").length;
    const reloaded = await browser.open(callback);
    expect([reloaded.status, reloaded.text]).toEqual([400, expect.stringContaining('<a class="action')]);
    expect(deployment.tokenRequests("authorization_code")).toHaveLength(sent);
    expect(await store.get(key)).toEqual(after);

    // The link leads to the requested page, and to a grant that can be refreshed.
    expect((await deployment.walk(browser, page, user)).status).toBe(200);
    await deployment.advance(HOUR);
    const { status, json } = await browser.call("/token");
    expect([status, await deployment.whose(json["token"])]).toEqual([200, user.sub]);
    expect(await store.keysOf(key.client, key.account)).toEqual([key]);
  });
});
