// A process that is stopped for longer than its lease lasts, and then goes on where it was.
import { expect, it } from "vitest";
import { keyOf } from "../../harness/stores/deployment.ts";
import { onEveryStore } from "../../harness/stores/suite.ts";

const HOUR = 3600_000;
const REFRESH = "grant_type=refresh_token";
// The tests wait for the end of the paused process's lease.
const options = { count: 1, leaseMs: 1_000, users: 8 };

onEveryStore("a process that was paused for longer than its lease", options, (suite) => {
  /** A grant whose access token has expired, a process to pause while it refreshes, and another process. */
  async function prepare(omit?: "fence" | "ifVersion") {
    const { deployment, nextUser } = suite();
    const user = nextUser();
    const browser = await deployment.signIn(user);
    const paused = await deployment.start(omit && { omit });
    await deployment.advance(HOUR);
    deployment.google.requests.clear();
    const [other] = deployment.processes;
    return {
      deployment,
      user,
      paused,
      ask: () => paused.browser(browser).call("/token"),
      askAnother: () => other!.browser(browser).call("/token"),
      stored: () => deployment.store.get(keyOf(user)),
    };
  }

  it.each([
    ["by fence and version", undefined],
    ["by the fence alone", "ifVersion"],
    ["by the version alone", "fence"],
  ] as const)("S30 does not overwrite the newer grant: the store rejects its write %s", async (_, omit) => {
    const { deployment, user, paused, ask, askAnother, stored } = await prepare(omit);
    const { stopped } = await paused.stopAt("before the write");
    const late = ask();
    await stopped;
    await paused.pause();

    const { status, json } = await askAnother();
    expect([status, await deployment.whose(json["token"])]).toEqual([200, user.sub]);
    const newer = await stored();

    paused.resume();
    paused.goOn();
    // Its caller gets the newer token. The token of the rejected write is in no store.
    expect((await late).json).toEqual(json);
    expect((await paused.report()).writes).toEqual([false]);
    expect(await stored()).toEqual(newer);
    expect((await askAnother()).json).toEqual(json);
    expect(deployment.tokenRequests("refresh_token")).toHaveLength(2);
  });

  it.each([
    ["responded while it was paused", "responded"],
    ["does not respond", "requested"],
  ] as const)("S30 returns the newer grant if Google %s", async (_, stage) => {
    const { deployment, paused, ask, askAnother, stored } = await prepare();
    const held = deployment.tokenEndpoint.hold(stage, REFRESH);
    const late = ask();
    await held.arrived;
    await paused.pause();

    const { status, json } = await askAnother();
    expect(status).toBe(200);
    const newer = await stored();

    if (stage === "responded") held.release();
    paused.resume();
    expect((await late).json).toEqual(json);
    const { writes, events } = await paused.report();
    expect(writes).not.toContain(true);
    expect(events).toEqual([]);
    expect(await stored()).toEqual(newer);
  });

  it("S30 does not restore a grant that the user revoked and replaced meanwhile", async () => {
    const { deployment, user, paused, ask, stored } = await prepare();
    const { stopped } = await paused.stopAt("before the write");
    const late = ask();
    await stopped;
    await paused.pause();

    deployment.google.revokeUser(user.sub);
    await deployment.store.delete(keyOf(user));
    const again = await deployment.signIn(user);
    const newer = await stored();

    paused.resume();
    paused.goOn();
    const { json } = await late;
    expect(json).toEqual((await again.call("/token")).json);
    expect(await deployment.whose(json["token"])).toBe(user.sub);
    expect((await paused.report()).writes).toEqual([false]);
    expect(await stored()).toEqual(newer);
  });

  it("S31 does not delete the user's new grant when Google rejects the old refresh token", async () => {
    const { deployment, user, paused, ask, stored } = await prepare();
    deployment.google.revokeUser(user.sub);
    const held = deployment.tokenEndpoint.hold("responded", REFRESH);
    const late = ask();
    await held.arrived;
    await paused.pause();

    const again = await deployment.signIn(user);
    const newer = await stored();

    held.release();
    paused.resume();
    expect((await late).json).toEqual((await again.call("/token")).json);
    const { deletions, events } = await paused.report();
    expect(deletions).toEqual([false]);
    expect(events).toEqual([]);
    expect(await stored()).toEqual(newer);
  });
});
