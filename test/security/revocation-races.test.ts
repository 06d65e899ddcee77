import { memoryTokenStore } from "@scopegate/core";
import type { TokenStore } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import type { StartApp } from "../harness/app/test-app.ts";
import { startAttack } from "../harness/security/attack.ts";
import { grantsIn } from "../harness/security/effects.ts";

const SAME_ORIGIN = { "Sec-Fetch-Site": "same-origin" };

/** An app in which another tab's callback arrives when the store is about to delete the grant, `times` times. */
async function startRace(startApp: StartApp, times: number) {
  const store = memoryTokenStore();
  const refreshTokens: string[] = [];
  let consent = async () => {};
  let left = 0;
  const racing: TokenStore = {
    ...store,
    async delete(key, options) {
      if (left-- > 0) await consent();
      return store.delete(key, options);
    },
  };
  const attack = await startAttack(startApp, { options: { store: racing } });
  attack.google.faults.add({
    endpoint: "token",
    times: Infinity,
    transform: (answer: { refresh_token?: string }) => void refreshTokens.push(answer.refresh_token ?? "none"),
  });
  await attack.signIn();
  const tab = attack.victim.clone();
  consent = () => attack.signIn(tab, "/authorize?prompt=consent");
  left = times;
  const revokedTokens = () => attack.google.requests.of("revocation").map(({ form }) => form["token"]);
  return { ...attack, tab, store, refreshTokens, revokedTokens };
}

describe.each(frameworks)("revoking on %s while another tab's callback stores a new grant", (_name, startApp) => {
  it("S62 revokes the new grant at Google, too, and deletes it here", async () => {
    await using race = await startRace(startApp, 2);
    const { victim, store, refreshTokens, revokedTokens } = race;
    expect((await victim.post("/revoke", {}, SAME_ORIGIN)).status).toBe(303);
    expect(refreshTokens).toHaveLength(3);
    expect(await grantsIn(store)).toEqual([]);
    expect(revokedTokens()).toEqual([refreshTokens[2]]);
  });

  it("S62 does so for a job, too", async () => {
    await using race = await startRace(startApp, 1);
    const { app, google, store, refreshTokens, revokedTokens } = race;
    await app.google.forUser(google.users[0]!.sub).revoke();
    expect(refreshTokens).toHaveLength(2);
    expect(await grantsIn(store)).toEqual([]);
    expect(revokedTokens()).toEqual([refreshTokens[1]]);
  });

  it("S62 reports a grant that never stays the same, after Google was told", async () => {
    await using race = await startRace(startApp, 100);
    const { victim, refreshTokens, revokedTokens } = race;
    expect((await victim.post("/revoke", {}, SAME_ORIGIN)).status).toBe(503);
    expect(revokedTokens()).toHaveLength(1);
    expect(refreshTokens).toContain(revokedTokens()[0]);
  });
});
